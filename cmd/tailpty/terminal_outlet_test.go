package main

import (
	"bytes"
	"io"
	"sync"
	"testing"
	"time"
)

// stopping is a terminal that takes nothing until it goes on.
type stopping struct {
	goOn chan struct{}

	mu  sync.Mutex
	got bytes.Buffer
}

func (s *stopping) Write(p []byte) (int, error) {
	<-s.goOn
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.Write(p)
}

func TestOutlet(t *testing.T) {
	w := &stopping{goOn: make(chan struct{})}
	o := newOutlet(w)
	defer o.close()
	if o.busy() {
		t.Error("busy, and nothing was written")
	}
	for _, text := range []string{"one, ", "", "two, ", "three"} {
		if _, err := io.WriteString(o, text); err != nil {
			t.Fatal(err)
		}
	}
	if !o.busy() {
		t.Error("not busy, and the terminal has taken nothing")
	}
	if o.finish(20 * time.Millisecond) {
		t.Error("finished, and the terminal has taken nothing")
	}
	quit := make(chan struct{})
	close(quit)
	o.wait(quit) // does not wait
	select {
	case <-o.room:
		t.Error("there is room, and the terminal has taken nothing")
	default:
	}
	close(w.goOn)
	o.wait(nil)
	w.mu.Lock()
	got := w.got.String()
	w.mu.Unlock()
	if got != "one, two, three" {
		t.Errorf("wrote %q", got)
	}
	select {
	case <-o.room:
	case <-time.After(soon):
		t.Error("nobody says that there is room again")
	}
	if o.busy() || !o.finish(soon) {
		t.Error("busy, and all is written")
	}
}

// What is shown waits for the terminal where it would be much, and is not lost.
func TestViewOfATerminalThatStops(t *testing.T) {
	w := &stopping{goOn: make(chan struct{})}
	o := newOutlet(w)
	defer o.close()
	v := newTestView(o, 40, 4)
	v.reset(40, 4, []byte("before"), time.Unix(0, 0))
	for range 1000 { // the window changes, and lines are said
		v.resized(40, 4, time.Unix(0, 0))
		v.say("away")
		v.last = time.Time{}
		v.show(time.Unix(1, 0))
		v.say("")
		v.show(time.Unix(1, 0))
	}
	o.mu.Lock()
	kept := len(o.waiting)
	o.mu.Unlock()
	if kept > 64<<10 {
		t.Errorf("%d bytes wait", kept)
	}
	close(w.goOn)
	o.wait(nil)
	v.screen.Write([]byte(", after"))
	v.resized(40, 4, time.Unix(2, 0))
	v.show(time.Unix(2, 0))
	o.wait(nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !bytes.Contains(w.got.Bytes(), []byte("before, after")) {
		t.Errorf("the terminal got %q", w.got.Bytes())
	}
}

// What is acknowledged has been written: the client's turn ends when it is, or
// when the attachment does.
func TestShownIsWritten(t *testing.T) {
	w := &stopping{goOn: make(chan struct{})}
	a := attachment{do: make(chan func()), quit: make(chan struct{}), out: newOutlet(w)}
	defer a.out.close()
	show := func(text string) <-chan struct{} {
		shown := make(chan struct{})
		go func() {
			select {
			case f := <-a.do:
				f()
			case <-a.quit:
			}
		}()
		go func() {
			defer close(shown)
			a.show(func() { _, _ = io.WriteString(a.out, text) })
		}()
		return shown
	}
	first := show("first")
	select {
	case <-first:
		t.Error("shown, and the terminal has taken nothing")
	case <-time.After(50 * time.Millisecond):
	}
	close(w.goOn)
	<-first
	w.mu.Lock()
	if got := w.got.String(); got != "first" {
		t.Errorf("shown, and the terminal has %q", got)
	}
	w.goOn = make(chan struct{})
	w.mu.Unlock()
	second := show("second")
	close(a.quit)
	<-second
	close(w.goOn)
}
