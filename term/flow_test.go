package term

import (
	"testing"
	"time"

	"tailpty/term/wire"
)

// A line of the test's own, in time of its own: what is sent takes its turn at a
// rate, and is acknowledged a round trip later.
type simulatedLine struct {
	rate float64 // bytes a second
	trip time.Duration
	free time.Time // when what was sent has passed
	acks []simulatedAck
}

type simulatedAck struct {
	at time.Time
	to uint64
}

// send returns how long the last of n bytes waits in front of the line.
func (l *simulatedLine) send(now time.Time, to uint64, n int) (waits time.Duration) {
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
	l.acks = append(l.acks, simulatedAck{l.free.Add(l.trip), to})
	return l.free.Sub(now)
}

// flood has a program without end send over a line for a while: how much of the
// line's rate was used, and the longest that anything waited once half of the time
// was over.
func (l *simulatedLine) flood(f *flow, now time.Time, d time.Duration) (used float64, wait time.Duration, end time.Time) {
	begin, sent, counted := now, uint64(0), uint64(0)
	for now.Before(begin.Add(d)) {
		for len(l.acks) > 0 && !l.acks[0].at.After(now) {
			f.acknowledged(l.acks[0].to, now)
			l.acks = l.acks[1:]
		}
		for f.room(now) > 0 {
			n := min(max(f.room(now), leastOutput), f.piece(now))
			sent += uint64(n)
			f.sent(f.offset()+uint64(n), n, true, now)
			w := l.send(now, f.offset(), n)
			if now.Sub(begin) > d/2 {
				wait = max(wait, w)
				counted += uint64(n)
			}
		}
		now = now.Add(100 * time.Microsecond)
	}
	return float64(counted) / (l.rate * (d / 2).Seconds()), wait, now
}

// offset is the offset after what was sent last.
func (f *flow) offset() uint64 {
	if len(f.pieces) == 0 {
		return uint64(f.delivered)
	}
	return f.pieces[len(f.pieces)-1].to
}

// Whatever the line, it is used, and what is new waits behind little.
func TestFlow(t *testing.T) {
	for _, l := range []struct {
		name string
		rate float64
		trip time.Duration
		wait time.Duration // at most
		used float64       // at least: what a window carries bounds long fat lines
	}{
		{"a terminal of 1 MB/s", 1e6, 100 * time.Microsecond, 25 * time.Millisecond, 0.93},
		{"a terminal of 25 MB/s", 25e6, 100 * time.Microsecond, 15 * time.Millisecond, 0.93},
		{"a line of 1 Mbit/s and 200 ms", 125e3, 200 * time.Millisecond, 300 * time.Millisecond, 0.93},
		{"a line of 20 Mbit/s and 40 ms", 2.5e6, 40 * time.Millisecond, 45 * time.Millisecond, 0.75},
		{"a line of 100 Mbit/s and 5 ms", 12.5e6, 5 * time.Millisecond, 20 * time.Millisecond, 0.93},
	} {
		line, f := &simulatedLine{rate: l.rate, trip: l.trip}, &flow{}
		now := time.Unix(1000, 0)
		used, wait, now := line.flood(f, now, 40*time.Second)
		if used < l.used || wait > l.wait {
			t.Errorf("%s: %.2f of it used, what is new waits %v; window %d, trip %v, rate %.0f", l.name, used, wait, f.window(), f.trip, f.rate())
		}
		// It gets ten times slower, as a phone does that leaves the house.
		line.rate /= 10
		line.trip *= 3
		used, wait, _ = line.flood(f, now, 60*time.Second)
		if bound := max(10*l.wait, 3*l.trip); used < 0.9 || wait > bound {
			t.Errorf("%s, ten times slower: %.2f used, what is new waits %v; window %d", l.name, used, wait, f.window())
		}
	}
}

// Before anything is known, little is sent; and one who never answers gets no more.
func TestFlowWithoutAnswer(t *testing.T) {
	f, now := &flow{}, time.Unix(1000, 0)
	n := 0
	for f.room(now) > 0 {
		f.sent(f.offset()+1024, 1024, true, now)
		n += 1024
	}
	if n > firstWindow+1024 {
		t.Errorf("%d bytes were sent without an answer", n)
	}
	f.acknowledged(f.offset(), now.Add(time.Second))
	if f.bytes != 0 || len(f.pieces) != 0 {
		t.Errorf("%d bytes are still on their way", f.bytes)
	}
}

// Somebody who types and acknowledges late is not taken for a slow line.
func TestFlowOfTyping(t *testing.T) {
	f, now := &flow{}, time.Unix(1000, 0)
	for range 200 {
		f.sent(f.offset()+3, 3, false, now)
		now = now.Add(250 * time.Millisecond)
		f.acknowledged(f.offset(), now)
	}
	if f.window() != firstWindow || f.skip() != wire.SkipBehind {
		t.Errorf("window %d, skip %d", f.window(), f.skip())
	}
}
