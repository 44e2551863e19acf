package main

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// clock is the speed of something that takes its time for each byte. What a sleep
// takes too long is made up for by the next.
type clock struct {
	rate float64 // bytes/s
	free time.Time
}

// spend takes the time for n bytes that could be begun with at came at the
// earliest.
func (c *clock) spend(n int, came time.Time) {
	if c.free.Before(came) {
		c.free = came
	}
	c.free = c.free.Add(time.Duration(float64(n) / c.rate * 1e9))
	time.Sleep(time.Until(c.free))
}

// arrival is a piece of output that came off the socket.
type arrival struct {
	p  []byte
	at time.Time
}

// renderer is a browser's terminal: one side takes what comes off the socket at
// once, the other renders it at a fixed speed and says so.
type renderer struct {
	t     terminal
	clock clock

	mu     sync.Mutex
	more   *sync.Cond
	queue  []arrival
	closed bool
}

// render renders what comes until a marker has been rendered. begun is called with
// the first byte that comes, if not nil.
func render(ctx context.Context, t terminal, rate float64, f *finder, begun func()) error {
	r := &renderer{t: t, clock: clock{rate: rate}}
	r.more = sync.NewCond(&r.mu)
	read := make(chan error, 1)
	stop := make(chan struct{})
	go func() { read <- r.drain(begun, stop) }()
	defer close(stop)
	defer context.AfterFunc(ctx, r.close)()
	for ctx.Err() == nil {
		a, ok := r.next()
		if !ok {
			break
		}
		r.clock.spend(len(a.p), a.at)
		t.consumed(len(a.p))
		if found, _ := f.feed(a.p); found {
			return nil
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return <-read
}

// drain takes what comes off the socket, until the terminal is closed or the
// marker has been rendered and one more piece comes.
func (r *renderer) drain(begun func(), stop <-chan struct{}) error {
	defer r.close()
	for b := make([]byte, 32<<10); ; {
		n, err := r.t.Read(b)
		if n > 0 && begun != nil {
			begun()
			begun = nil
		}
		r.mu.Lock()
		r.queue = append(r.queue, arrival{bytes.Clone(b[:n]), time.Now()})
		r.mu.Unlock()
		r.more.Signal()
		select {
		case <-stop:
			return nil
		default:
		}
		if err != nil {
			return err
		}
	}
}

// next is the next piece to render, and false when there will be none.
func (r *renderer) next() (arrival, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.queue) == 0 && !r.closed {
		r.more.Wait()
	}
	if len(r.queue) == 0 {
		return arrival{}, false
	}
	a := r.queue[0]
	r.queue = r.queue[1:]
	return a, true
}

func (r *renderer) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.more.Broadcast()
}
