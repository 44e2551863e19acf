package main

import (
	"io"
	"sync"
	"time"
)

// outlet writes to a terminal on a goroutine of its own, so that one that takes
// nothing (Ctrl-S, a laptop's lid) holds up no key, no signal and no answer to
// the server. It keeps what waits: whoever writes much asks busy first, or waits.
type outlet struct {
	w    io.Writer
	room chan struct{} // says once that it is no longer busy, to who was told so
	quit chan struct{}

	mu      sync.Mutex
	waiting []byte
	idle    chan struct{} // closed when nothing waits and all is written
	told    bool          // somebody was told that it is busy
	wake    chan struct{}
}

// newOutlet begins to write to w. close ends it.
func newOutlet(w io.Writer) *outlet {
	o := &outlet{w: w, room: make(chan struct{}, 1), quit: make(chan struct{}), idle: make(chan struct{}), wake: make(chan struct{}, 1)}
	close(o.idle)
	go o.run()
	return o
}

// Write keeps p to be written, and waits for nothing.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	if isClosed(o.idle) {
		o.idle = make(chan struct{})
	}
	o.waiting = append(o.waiting, p...)
	signalOnce(o.wake)
	return len(p), nil
}

// busy reports whether something still waits. If it does, room tells when it no
// longer does.
func (o *outlet) busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = !isClosed(o.idle)
	return o.told
}

// wait waits until all is written, or until quit is closed.
func (o *outlet) wait(quit <-chan struct{}) {
	o.mu.Lock()
	idle := o.idle
	o.mu.Unlock()
	select {
	case <-idle:
	case <-quit:
	}
}

// finish waits for a while until all is written, and reports whether it is.
func (o *outlet) finish(within time.Duration) bool {
	late := make(chan struct{})
	timer := time.AfterFunc(within, func() { close(late) })
	defer timer.Stop()
	o.wait(late)
	return !o.busy()
}

// close ends the writing. A write that hangs is left to itself.
func (o *outlet) close() { close(o.quit) }

func (o *outlet) run() {
	for {
		select {
		case <-o.wake:
		case <-o.quit:
			return
		}
		for o.next() {
		}
	}
}

// next writes what waits, and reports whether there may be more.
func (o *outlet) next() bool {
	o.mu.Lock()
	p := o.waiting
	o.waiting = nil
	if len(p) == 0 {
		if !isClosed(o.idle) {
			close(o.idle)
		}
		if o.told {
			o.told = false
			signalOnce(o.room)
		}
	}
	o.mu.Unlock()
	if len(p) > 0 {
		_, _ = o.w.Write(p) // a terminal that is gone is noticed where it is read
	}
	return len(p) > 0
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// signalOnce says something to whoever looks at a channel with a buffer of one.
func signalOnce(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
