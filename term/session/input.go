package session

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
)

// input writes to the PTY, one piece after the other, on a goroutine of its own:
// a program that does not read holds up nobody who drains its output.
type input struct {
	queue chan *piece
	quit  chan struct{}

	// busy counts the pieces that wait or are being written, and a direct write.
	busy atomic.Int32

	mu     sync.Mutex
	queued int // bytes of answers that wait
}

// piece is an answer of the screen's, or what somebody typed.
type piece struct {
	p     []byte
	reply bool
	// may is asked before each chunk is written; then, once, written is told how
	// much was. Both are nil for an answer.
	may     func() bool
	written func(n int, err error)
	state   atomic.Int32
}

// States of a piece: one that waits can still be taken back.
const (
	waiting int32 = iota
	taken
	withdrawn
)

// chunk is how much is written at once, in bytes: the most that the kernel keeps
// for a program that does not read.
const chunk = 4 << 10

func (in *input) start(w io.Writer) {
	in.queue, in.quit = make(chan *piece, 256), make(chan struct{})
	go func() {
		for {
			select {
			case <-in.quit:
				return
			case one := <-in.queue:
				in.one(w, one)
				in.busy.Add(-1)
			}
		}
	}()
}

// one writes one piece. Writing ends with an error when the PTY is closed.
func (in *input) one(w io.Writer, one *piece) {
	if one.reply {
		_, _ = w.Write(one.p)
		in.mu.Lock()
		in.queued -= len(one.p)
		in.mu.Unlock()
		return
	}
	if !one.state.CompareAndSwap(waiting, taken) {
		return
	}
	n := 0
	for n < len(one.p) {
		if !one.may() {
			one.written(n, ErrNotDriver)
			return
		}
		k, err := w.Write(one.p[n:min(len(one.p), n+chunk)])
		n += k
		if err != nil {
			one.written(n, ErrEnded)
			return
		}
	}
	one.written(n, nil)
}

func (in *input) stop() { close(in.quit) }

// reply queues an answer of the screen's, or drops it where too many wait.
func (in *input) reply(p []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.queued+len(p) > maxQueued {
		return
	}
	in.busy.Add(1)
	select {
	case in.queue <- &piece{p: append([]byte(nil), p...), reply: true}:
		in.queued += len(p)
	default:
		in.busy.Add(-1)
	}
}

// Input types p for the client that drives, which numbered it seq, and returns the
// last number that is applied. A number that was applied before is not applied
// again; one that leaves a hole is ErrSequence; what comes from a client that does
// not drive, or drives no longer, is ErrNotDriver. Unless some of it had been
// typed already, its number is not used up by an error.
//
// It waits for a program that does not read, until ctx ends.
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
	case <-s.done:
		return 0, ErrEnded
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	last := s.last(c)
	switch {
	case seq <= last:
		c.turn <- struct{}{}
		return last, nil
	case seq != last+1:
		c.turn <- struct{}{}
		return last, ErrSequence
	}
	return s.apply(ctx, client, c, seq, p)
}

// directly is the most that is typed without a queue, in bytes: keys and what a
// mouse says, and less than a terminal that its program reads has room for.
const directly = 256

// Key is Input for what is typed by hand: it never waits. It reports false where
// Input has to do it, because something else is being typed or the program does not
// read.
func (s *Session) Key(client string, seq uint64, p []byte) (accepted uint64, done bool) {
	if len(p) == 0 || len(p) > directly {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Ended || s.driver != client {
		return 0, false
	}
	c := s.seqs.of(client)
	select {
	case <-c.turn:
	default:
		return 0, false
	}
	if seq != c.seq+1 || !s.in.busy.CompareAndSwap(0, 1) {
		c.turn <- struct{}{}
		return 0, false
	}
	defer s.in.busy.Add(-1)
	n, err := s.tty.writeNow(p)
	if n <= 0 || err != nil {
		c.turn <- struct{}{}
		return 0, false
	}
	c.seq = seq
	if n == len(p) {
		c.turn <- struct{}{}
		return seq, true
	}
	// The rest waits for the program, in front of what comes after it.
	rest := &piece{p: append([]byte(nil), p[n:]...), may: func() bool { return true }}
	rest.written = func(int, error) { c.turn <- struct{}{} }
	s.in.busy.Add(1)
	select {
	case s.in.queue <- rest: // nothing else was in it
	case <-s.in.quit:
		s.in.busy.Add(-1)
		c.turn <- struct{}{}
	}
	return seq, true
}

// apply has p written, by whoever holds c's turn. The turn goes back when its
// fate is known, even where nobody waits for it any more.
func (s *Session) apply(ctx context.Context, client string, c *clientSequence, seq uint64, p []byte) (uint64, error) {
	fate := make(chan error, 1)
	one := &piece{p: p, may: func() bool { return s.Driver() == client }}
	one.written = func(n int, err error) {
		if n > 0 || err == nil {
			s.mu.Lock()
			c.seq = seq
			s.mu.Unlock()
		}
		c.turn <- struct{}{}
		fate <- err
	}
	withdraw := func(err error) (uint64, error) {
		if one.state.CompareAndSwap(waiting, withdrawn) {
			c.turn <- struct{}{}
		}
		return s.last(c), err
	}
	s.in.busy.Add(1)
	select {
	case s.in.queue <- one:
	case <-s.in.quit:
		s.in.busy.Add(-1)
		return withdraw(ErrEnded)
	case <-ctx.Done():
		s.in.busy.Add(-1)
		return withdraw(context.Cause(ctx))
	}
	select {
	case err := <-fate:
		return s.last(c), err
	case <-s.in.quit:
		if !one.state.CompareAndSwap(waiting, withdrawn) {
			err := <-fate // it is being written, and the PTY is closed
			return s.last(c), err
		}
		c.turn <- struct{}{}
		return s.last(c), ErrEnded
	case <-ctx.Done():
		return withdraw(context.Cause(ctx))
	}
}

func (s *Session) last(c *clientSequence) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.seq
}
