package client

import (
	"context"
	"sync"

	"tailpty/term/wire"
)

// event is one thing for the receiver: a frame, a message, how much input is
// applied, or the end.
type event struct {
	frame   wire.Frame
	control wire.Control
	applied uint64 // 0 for not this
	end     error
}

func (e event) size() int { return len(e.frame.Payload) + 64 }

// maxQueued is how many bytes may wait for the receiver before nothing more is
// read. The server stops earlier, at a window without an acknowledgement; a
// snapshot may be larger by itself.
const maxQueued = 1 << 20

// queue is what was read and has not been taken by the receiver: so that a slow
// one does not keep answers to what is typed from being read.
type queue struct {
	more, room chan struct{}

	mu     sync.Mutex
	events []event
	bytes  int
}

func newQueue() *queue {
	return &queue{more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put adds an event; full reports that nothing more is to be read until the room
// channel says so.
func (q *queue) put(e event) (full bool) {
	q.mu.Lock()
	q.events = append(q.events, e)
	q.bytes += e.size()
	full = q.bytes > maxQueued
	q.mu.Unlock()
	tell(q.more)
	return full
}

// full reports whether it is.
func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes > maxQueued
}

// get waits for the next event.
func (q *queue) get(ctx context.Context) (event, error) {
	for {
		q.mu.Lock()
		if len(q.events) > 0 {
			e := q.events[0]
			q.events[0] = event{}
			q.events = q.events[1:]
			q.bytes -= e.size()
			q.mu.Unlock()
			tell(q.room)
			return e, nil
		}
		q.mu.Unlock()
		select {
		case <-q.more:
		case <-ctx.Done():
			return event{}, context.Cause(ctx)
		}
	}
}

// tell says something once to whoever looks at a channel with a buffer of one.
func tell(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
