package term

import (
	"time"

	"tailpty/term/wire"
)

// flow is what is on its way to a client, and how fast that client is: the slower
// of its line and of its terminal, which acknowledges what it has shown. From that
// it says how much may be in flight, so that the line is never idle and what is
// new, such as the prompt after a Ctrl-C, waits behind little.
//
// It is a small congestion control of the kind that keeps to the measured rate and
// the least round trip (BBR, by Cardwell et al., 2016) and not to losses, because
// a slow terminal loses nothing: it only answers late. Bytes are counted and not
// offsets: a snapshot moves the offset further than it has bytes. It is used by one
// goroutine.
type flow struct {
	pieces    []piece
	acked     uint64
	bytes     int       // sent and not acknowledged
	delivered int64     // acknowledged, in all
	heard     time.Time // when that was last said, or sending began after a pause

	rates [8]float64 // the last that were measured, in bytes a second
	next  int        // which of them is replaced next
	trip  time.Duration
	since time.Time // when trip was measured
}

// piece is consecutive messages that end at an offset.
type piece struct {
	to    uint64
	bytes int
	sent  time.Time
	// What was known when it was sent, for the rate between then and its
	// acknowledgement.
	delivered int64
	heard     time.Time
	// clean: so little was in flight that its way says how long an empty line takes.
	clean bool
	// full: more would have been sent had there been room, so that the client and
	// not the program set the pace.
	full bool
}

const (
	// mergeBelow is the size up to which small pieces are counted as one, in bytes:
	// it bounds the list while someone types.
	mergeBelow = 1 << 10
	// leastWindow is what may always be in flight, in bytes: some pieces, so that a
	// client that acknowledges every 4 KiB never waits for itself.
	leastWindow = 12 << 10
	// firstWindow is what may be in flight before anything is known, in bytes: what
	// fits 300 ms at 1 Mbit/s.
	firstWindow = 32 << 10
	// queued is how long what is in flight may wait in front of the client's
	// terminal, beside the way itself. Half of what a person would call at once.
	queued = 10 * time.Millisecond
	// probe is the most that may be in flight before and in a message that measures
	// the round trip, in bytes.
	probe = 2 << 10
	// tripFor is how long a measured round trip is believed.
	tripFor = 10 * time.Second
	// skipAfter is how long a client in mode latest would need for what it has not
	// been sent, when it gets a snapshot in its place, within the bounds of leastSkip
	// and wire.SkipBehind.
	skipAfter = 20 * time.Millisecond
	leastSkip = 24 << 10
	// slowBelow and slowFrom are the rate, in bytes a second, and the round trip of a
	// line for which output is compressed: terminals' output shrinks to a fifth, for
	// 7 ms of CPU for each MB. A terminal that is slow by itself has a short way.
	slowBelow = 8 << 20
	slowFrom  = 20 * time.Millisecond
)

// sent counts a message of n bytes that takes the client to an offset. full says
// that more would have been sent had there been room.
func (f *flow) sent(to uint64, n int, full bool, now time.Time) {
	if to <= f.acked {
		return // it stands for what the client has, who will not acknowledge it again
	}
	if f.bytes == 0 {
		f.heard = now // the client had nothing to do until now
	}
	clean := f.bytes <= probe && n <= probe
	f.bytes += n
	if last := len(f.pieces) - 1; last >= 0 && f.pieces[last].bytes+n <= mergeBelow {
		f.pieces[last].to, f.pieces[last].bytes = to, f.pieces[last].bytes+n
		return
	}
	f.pieces = append(f.pieces, piece{to: to, bytes: n, sent: now, delivered: f.delivered, heard: f.heard, clean: clean, full: full})
}

// acknowledged takes off what the client has consumed, and measures.
func (f *flow) acknowledged(to uint64, now time.Time) {
	f.acked = max(f.acked, to)
	n, bytes := 0, 0
	for n < len(f.pieces) && f.pieces[n].to <= to {
		bytes += f.pieces[n].bytes
		n++
	}
	if n == 0 {
		return
	}
	last := f.pieces[n-1]
	f.pieces = append(f.pieces[:0], f.pieces[n:]...)
	f.bytes -= bytes
	f.delivered += int64(bytes)
	f.heard = now
	if bytes < mergeBelow {
		return // clients take their time with little: it says nothing of theirs
	}
	took := max(now.Sub(last.heard), 50*time.Microsecond)
	if rate := float64(f.delivered-last.delivered) / took.Seconds(); last.full || rate > f.rate() {
		f.rates[f.next] = rate
		f.next = (f.next + 1) % len(f.rates)
	}
	if last.bytes < mergeBelow {
		return // some of it was sent before the rest
	}
	if trip := now.Sub(last.sent); f.trip == 0 || last.clean && (trip < f.trip || now.Sub(f.since) > tripFor) {
		f.trip, f.since = max(trip, time.Microsecond), now
	}
}

// rate is how fast the client was of late, in bytes a second, 0 if nobody knows. It
// is the third best of eight measurements: what delays one makes it less, and what
// makes acknowledgements come in a bunch makes it more.
func (f *flow) rate() float64 {
	var best [3]float64
	for _, r := range f.rates {
		for i := range best {
			if r > best[i] {
				r, best[i] = best[i], r
			}
		}
	}
	if best[2] == 0 {
		return best[0]
	}
	return best[2]
}

// window is how many bytes may be in flight.
func (f *flow) window() int {
	rate := f.rate()
	if rate == 0 || f.trip == 0 {
		return firstWindow
	}
	// A quarter more than the way needs, to notice when the line gets faster.
	return f.within(f.trip+f.trip/4+queued, leastWindow, wire.Window)
}

// room is how many more bytes may be sent now.
func (f *flow) room(now time.Time) int {
	if f.trip > 0 && now.Sub(f.since) > tripFor {
		if f.bytes > probe-mergeBelow {
			return 0 // until the line is nearly empty, and its way can be measured again
		}
		return probe - f.bytes
	}
	return f.window() - f.bytes
}

// piece is how much a message carries at most, in bytes: some messages fit a
// window, so that acknowledgements come while it is used.
func (f *flow) piece(now time.Time) int {
	if f.trip == 0 || now.Sub(f.since) > tripFor {
		return probe
	}
	return min(f.window()/4, wire.MaxOutput)
}

// skip is how far behind a client in mode latest may fall, in bytes, before it gets
// a snapshot in place of what is between.
func (f *flow) skip() int { return f.within(skipAfter, leastSkip, wire.SkipBehind) }

// slow reports whether to compress what is sent. Before anything is known it says
// so: the first screen, with its history, is the largest message of all.
func (f *flow) slow() bool {
	if f.trip == 0 {
		return f.delivered == 0
	}
	return f.trip >= slowFrom && f.rate() < slowBelow
}

// within is what the client consumes in a time, in bytes, within bounds; the upper
// one if nobody knows.
func (f *flow) within(d time.Duration, least, most int) int {
	rate := f.rate()
	if rate == 0 {
		return most
	}
	return int(min(max(rate*d.Seconds(), float64(least)), float64(most)))
}
