package session

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// input writes to the PTY, one piece after the other, on a goroutine of its own:
// a program that does not read holds up nobody who drains its output.
type input struct {
	queue chan piece
	quit  chan struct{}

	mu     sync.Mutex
	queued int // bytes of answers that wait
}

type piece struct {
	p     []byte
	reply bool
	done  chan<- error
}

func (in *input) start(w io.Writer) {
	in.queue, in.quit = make(chan piece, 256), make(chan struct{})
	go func() {
		for {
			select {
			case <-in.quit:
				return
			case one := <-in.queue:
				_, err := w.Write(one.p) // ends with an error when the PTY is closed
				if one.reply {
					in.mu.Lock()
					in.queued -= len(one.p)
					in.mu.Unlock()
				}
				if one.done != nil {
					one.done <- err
				}
			}
		}
	}()
}

func (in *input) stop() { close(in.quit) }

// reply queues an answer of the screen's, or drops it where too many wait.
func (in *input) reply(p []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.queued+len(p) > maxQueued {
		return
	}
	select {
	case in.queue <- piece{p: append([]byte(nil), p...), reply: true}:
		in.queued += len(p)
	default:
	}
}

// write writes what a person typed, and waits until the kernel has it.
func (in *input) write(ctx context.Context, p []byte) error {
	done := make(chan error, 1)
	select {
	case in.queue <- piece{p: p, done: done}:
	case <-in.quit:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	// It is queued and will be applied, so its fate must be known before its
	// number is used up: only the program's end ends the waiting.
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEnded, err)
		}
		return nil
	case <-in.quit:
		return ErrEnded
	}
}

// maxClients bounds how many clients' numbers are remembered; the client that
// typed least recently is forgotten first.
const maxClients = 1024

// sequences remembers the last input number of each client.
type sequences struct {
	last  map[string]*clientSequence
	clock uint64
}

type clientSequence struct {
	turn chan struct{} // holds one value; whoever has it applies input
	seq  uint64
	used uint64
}

// of is the record of a client.
func (q *sequences) of(client string) *clientSequence {
	q.clock++
	if c, ok := q.last[client]; ok {
		c.used = q.clock
		return c
	}
	if q.last == nil {
		q.last = map[string]*clientSequence{}
	}
	if len(q.last) >= maxClients {
		oldest, at := "", q.clock
		for name, c := range q.last {
			if c.used < at {
				oldest, at = name, c.used
			}
		}
		delete(q.last, oldest)
	}
	c := &clientSequence{turn: make(chan struct{}, 1), used: q.clock}
	c.turn <- struct{}{}
	q.last[client] = c
	return c
}

// Accepted is the last input number of a client that was applied, 0 for none.
func (s *Session) Accepted(client string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.seqs.last[client]; ok {
		return c.seq
	}
	return 0
}

// Input types p, numbered seq by its client, and returns the last number that is
// applied. A number that was applied before is not applied again; one that
// leaves a hole is ErrSequence. It waits for a program that does not read, until
// ctx ends.
func (s *Session) Input(ctx context.Context, client string, seq uint64, p []byte) (accepted uint64, err error) {
	s.mu.Lock()
	if s.state.Ended {
		s.mu.Unlock()
		return 0, ErrEnded
	}
	c := s.seqs.of(client)
	s.mu.Unlock()

	select {
	case <-c.turn:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { c.turn <- struct{}{} }()
	s.mu.Lock()
	last := c.seq
	s.mu.Unlock()
	if seq <= last {
		return last, nil
	}
	if seq != last+1 {
		return last, ErrSequence
	}
	if len(p) > 0 {
		if err := s.in.write(ctx, p); err != nil {
			return last, err
		}
	}
	s.mu.Lock()
	c.seq = seq
	s.mu.Unlock()
	return seq, nil
}
