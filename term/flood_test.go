package term

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/screen"
	"tailpty/term/wire"
)

// wakeUp has a viewer that stopped go on.
func (c *client) wakeUp() {
	c.noAck = false
	c.send(wire.Control{T: wire.Ack, Offset: &c.offset})
}

// shows is a condition: the client's screen has the text. Snapshots and output
// are played as a terminal would.
func (c *client) shows(s **screen.Screen, text string) func() bool {
	done := 0
	return func() bool {
		for ; done < len(c.frames); done++ {
			f := c.frames[done]
			if f.Kind == wire.Snapshot || *s == nil {
				*s = screen.New(screen.Options{Cols: c.state.Cols, Rows: c.state.Rows, Scrollback: 100})
			}
			(*s).Write(f.Payload)
		}
		return *s != nil && strings.Contains((*s).Text(), text)
	}
}

// A viewer that stops under a flood costs little, and is exact when it wakes. With
// TAILPTY_TEST_LONG it is stopped for a minute.
func TestStoppedViewer(t *testing.T) {
	stopped := 3 * time.Second
	if os.Getenv("TAILPTY_TEST_LONG") != "" {
		stopped = time.Minute
	}
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{Client: "driver"})
	const many = 10
	var sleepers []*client
	for i := range many {
		c := h.attach("bob", id, wire.Control{Client: fmt.Sprint("sleeper", i)})
		c.noAck = true
		sleepers = append(sleepers, c)
	}
	a.typ("yes 'a line of a flood that nobody can read'\n")
	r, _ := h.s.get(id)
	begin := heap()
	_, from := r.process().Range()
	for until := time.Now().Add(stopped); time.Now().Before(until); {
		if err := a.next(); err != nil {
			t.Fatal(err)
		}
		a.out.Reset()
		a.frames, a.controls = a.frames[:0], a.controls[:0]
	}
	_, to := r.process().Range()
	if each := (heap() - begin) / many; each > 1<<20 {
		t.Errorf("a stopped viewer costs %d bytes", each)
	}
	if to-from < 10<<20 {
		t.Errorf("only %d bytes of flood", to-from)
	}
	a.typ("\x03")
	a.typ("clear; echo 'the'' end'\n")
	var mine *screen.Screen
	a.until("the end", a.shows(&mine, "the end"))
	for i, c := range sleepers {
		if stopped > lineDead { // its connection was given up meanwhile: it comes back
			c.noAck, c.frames = false, nil
			h.again(c, "bob", id, wire.Control{Client: fmt.Sprint("sleeper", i)})
		} else {
			c.wakeUp()
		}
		var theirs *screen.Screen
		c.until("the end", c.shows(&theirs, "the end"))
		c.until("all of it", func() bool { return c.offset >= a.offset })
		c.shows(&theirs, "")()
		if a.offset == c.offset && theirs.Text() != mine.Text() {
			t.Errorf("it shows\n%s\nand not\n%s", theirs.Text(), mine.Text())
		}
	}
}

// heap is what is in use, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// Sixty-four people watch one session, and all see its end.
func TestManyViewers(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{Client: "driver"})
	viewers := make([]*client, 64)
	for i := range viewers {
		viewers[i] = h.attach("bob", id, wire.Control{Client: fmt.Sprint("viewer", i)})
	}
	a.typ("seq 100000; clear; echo 'the'' end'\n")
	var wg sync.WaitGroup
	for _, c := range viewers {
		wg.Go(func() {
			var s *screen.Screen
			shows := c.shows(&s, "the end")
			for deadline := time.Now().Add(within); !shows(); {
				if err := c.next(); err != nil || time.Now().After(deadline) {
					t.Errorf("a viewer does not see the end: %v", err)
					return
				}
			}
		})
	}
	a.until("the end", func() bool { return a.offset > 500_000 && strings.Contains(a.tail(), "the end") })
	wg.Wait()
}

// A program that changes its title all the time does not keep its output from a
// viewer on a slow line.
func TestTitlesLeaveRoomForOutput(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	v := h.attach("bob", id, wire.Control{})
	a := h.attach("alice", id, wire.Control{Client: "driver"})
	go a.swallow()
	a.typ("i=0; while :; do printf '\\033]0;%d\\007%d\\r\\n' $i $i; i=$((i+1)); done\n")
	states, frames := 0, 0
	for states+frames < 600 {
		n, m := len(v.controls), len(v.frames)
		if err := v.next(); err != nil {
			t.Fatal(err)
		}
		if len(v.controls) > n && v.controls[n].T == wire.State {
			states++
		}
		frames += len(v.frames) - m
		time.Sleep(5 * time.Millisecond) // a slow line
	}
	// Where the program is the slower one, states come without output between them;
	// where output was kept back, there were 25 of them to a piece.
	if states > 10*frames {
		t.Errorf("%d states and %d pieces of output", states, frames)
	}
}

// BenchmarkFlood is the speed of a program that floods, with one who reads all
// they can, alone and with others: compare the lines of one run.
func BenchmarkFlood(b *testing.B) {
	for _, bb := range []struct {
		name             string
		stopped, viewers int
	}{{"alone", 0, 0}, {"one stopped viewer", 1, 0}, {"ten stopped viewers", 10, 0}, {"63 more viewers", 0, 63}, {"alone again", 0, 0}} {
		b.Run(bb.name, func(b *testing.B) { flood(b, bb.stopped, bb.viewers) })
	}
}

const floodPiece = 8 << 20

func flood(b *testing.B, stopped, viewers int) {
	h := newHost(b)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{Client: "driver"})
	for i := range stopped {
		h.attach("bob", id, wire.Control{Client: fmt.Sprint("sleeper", i)}).noAck = true
	}
	for i := range viewers {
		c := h.attach("bob", id, wire.Control{Client: fmt.Sprint("viewer", i)})
		go c.swallow()
	}
	go a.swallow()
	a.typ("yes 'a line of a flood that nobody can read'\n")
	r, _ := h.s.get(id)
	end := func() uint64 { _, end := r.process().Range(); return end }
	for from := end(); end() < from+floodPiece; time.Sleep(time.Millisecond) {
	}
	b.SetBytes(floodPiece)
	from := end()
	for i := 0; b.Loop(); i++ {
		for end() < from+uint64(i+1)*floodPiece {
			time.Sleep(200 * time.Microsecond)
		}
	}
}

// swallow reads all there is, as fast as it comes, until the connection ends.
func (c *client) swallow() {
	for {
		kind, b, err := c.conn.Read(context.Background())
		if err != nil {
			return
		}
		if f, err := wire.ParseFrame(b); kind == websocket.MessageBinary && err == nil {
			offset := f.Number
			if f.Kind == wire.Output {
				offset += uint64(len(f.Payload))
			}
			if err := c.conn.Write(context.Background(), websocket.MessageText, wire.Control{T: wire.Ack, Offset: &offset}.Encode()); err != nil {
				return
			}
		}
	}
}
