package session

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"tailpty/term/link"
)

// conn is one connection to a session's process: the server's, or that of a
// command on the host.
type conn struct {
	h    *host
	c    *net.UnixConn
	id   uint64
	role string
	ctx  context.Context

	people []link.Person // guarded by host.mu
	stale  atomic.Bool   // the last state sent is old
	wake   chan struct{}
	inputs chan link.Input

	mu      sync.Mutex // guards what follows
	replies [][]byte
	queued  int           // their length
	drained chan struct{} // told without waiting when they have been sent
	follows bool
	cursor  uint64
}

const (
	// sendBuffer caps what the kernel holds of output on its way to the server, in
	// bytes: what is there cannot be skipped.
	sendBuffer = 64 << 10
	// maxReplies is how many bytes of replies may wait before the next request is read.
	maxReplies = 4 << 20
	// maxInputs is how many pieces of input may wait on one connection.
	maxInputs = 1024
	// outputPiece is the most output in one frame, in bytes.
	outputPiece = 64 << 10
	// driverAway is how long a driver keeps the wheel when the server that it is
	// attached through has gone: a server that starts again takes less.
	driverAway = 15 * time.Second
)

// serve serves one connection until it ends.
func (h *host) serve(uc *net.UnixConn) {
	defer uc.Close()
	_ = uc.SetWriteBuffer(sendBuffer) // a hint
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := &conn{h: h, c: uc, ctx: ctx, wake: make(chan struct{}, 1), inputs: make(chan link.Input, maxInputs), drained: make(chan struct{}, 1)}
	r := link.NewReader(bufio.NewReader(uc), link.MaxRequest)
	if err := c.greet(r); err != nil {
		return
	}
	var wg sync.WaitGroup
	cancelWake := h.s.Subscribe(c.wake)
	wg.Go(func() {
		c.write()
		uc.Close()
	})
	wg.Go(c.apply)
	c.read(r)
	uc.Close()
	cancel()
	c.poke()
	wg.Wait()
	cancelWake()
	c.leave()
}

var errGreeting = errors.New("session: no greeting")

// greet agrees on a version.
func (c *conn) greet(r *link.Reader) error {
	_ = c.c.SetDeadline(time.Now().Add(answerWithin)) // who says nothing does not stay
	kind, b, err := r.Next()
	if err != nil {
		return err
	}
	m, err := link.ParseMessage(b)
	if err != nil || kind != link.KindMessage || m.T != link.Hello {
		return errGreeting
	}
	version := min(m.Max, link.Version)
	if version < m.Min || version < link.MinVersion {
		_, err := c.c.Write(link.Message{T: link.Error, Error: "this session speaks another version of the protocol"}.Append(nil))
		return errors.Join(errGreeting, err)
	}
	c.role = m.Role
	c.h.mu.Lock()
	c.h.lastConn++
	c.id = c.h.lastConn
	c.h.conns[c] = struct{}{}
	c.h.mu.Unlock()
	c.stale.Store(true)
	_, err = c.c.Write(link.Message{T: link.Hello, Version: version, Session: c.h.order.Record.ID, Log: uint64(c.h.s.LogBytes()), Conn: c.id}.Append(nil))
	if err == nil {
		err = c.c.SetDeadline(time.Time{})
	}
	if err != nil {
		c.leave()
	}
	return err
}

// leave takes the connection's people off the list.
func (c *conn) leave() {
	c.h.mu.Lock()
	delete(c.h.conns, c)
	c.h.mu.Unlock()
	wait := driverAway
	if c.role == link.RoleLocal {
		wait = 0
	}
	c.h.freeWheel(wait)
	c.h.stateChanged()
}

// freeWheel frees the wheel after a while if who has it is not attached and does
// not come back before.
func (h *host) freeWheel(after time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	away := h.s.Driver()
	if h.wheel != nil && (h.wheelOf != away || h.attachedLocked(away)) {
		h.wheel.Stop()
		h.wheel = nil
	}
	if h.wheel != nil || away == "" || h.attachedLocked(away) {
		return
	}
	h.wheelOf = away
	h.wheel = time.AfterFunc(after, func() {
		h.mu.Lock()
		h.wheel = nil
		h.mu.Unlock()
		if !h.attached(away) && h.s.Drive(away, "") {
			h.stateChanged()
		}
	})
}

// attached reports whether a client is attached through any connection.
func (h *host) attached(client string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.attachedLocked(client)
}

// attachedLocked is attached with mu held.
func (h *host) attachedLocked(client string) bool {
	for c := range h.conns {
		for _, p := range c.people {
			if p.Client == client {
				return true
			}
		}
	}
	return false
}

func (c *conn) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// read handles requests in their order.
func (c *conn) read(r *link.Reader) {
	for {
		c.awaitReplies()
		kind, b, err := r.Next()
		if err != nil {
			return
		}
		switch kind {
		case link.KindMessage:
			m, err := link.ParseMessage(b)
			if err != nil {
				return
			}
			c.handle(m)
		case link.KindInput:
			in, err := link.ParseInput(b)
			if err != nil {
				return
			}
			in.Payload = append([]byte(nil), in.Payload...)
			select {
			case c.inputs <- in:
			default:
				return // far more than any server sends unanswered
			}
		default:
			return
		}
	}
}

// handle handles one message.
func (c *conn) handle(m link.Message) {
	h, s := c.h, c.h.s
	switch m.T {
	case link.Snapshot:
		b, offset, cols, rows := s.Snapshot(m.Scrollback)
		c.reply(link.Bytes{ID: m.ID, Offset: offset, Cols: cols, Rows: rows, Payload: b}.Append(nil))
	case link.Read:
		buf := make([]byte, max(0, min(m.N, link.MaxRequest)))
		at, n := s.Read(m.From, buf)
		c.reply(link.Bytes{ID: m.ID, Offset: at, Payload: buf[:n]}.Append(nil))
	case link.Follow:
		_, end := s.Range()
		c.mu.Lock()
		c.follows, c.cursor = true, end
		b := link.Message{T: link.Reply, ID: m.ID, Offset: &end}.Append(nil)
		c.replies, c.queued = append(c.replies, b), c.queued+len(b)
		c.mu.Unlock()
		c.poke()
	case link.Unfollow:
		c.mu.Lock()
		c.follows = false
		c.mu.Unlock()
		c.poke() // a state may have waited for output
	case link.Drive:
		ok := s.Drive(m.Was, m.Client)
		if ok {
			h.freeWheel(driverAway)
			h.stateChanged()
		}
		c.reply(link.Message{T: link.Reply, ID: m.ID, OK: ok}.Append(nil))
	case link.Accepted:
		c.reply(link.Message{T: link.Reply, ID: m.ID, Seq: s.Accepted(m.Client)}.Append(nil))
	case link.Resize:
		if m.Cols > 0 && m.Rows > 0 && m.Cols <= 1<<15 && m.Rows <= 1<<15 {
			s.Resize(m.Cols, m.Rows)
		}
	case link.Rename:
		h.rename(m.Name)
	case link.End:
		s.End()
	case link.Seen:
		h.told.Store(true)
	case link.Folk:
		h.mu.Lock()
		c.people = m.People
		h.mu.Unlock()
		h.freeWheel(driverAway)
		h.stateChanged()
	case link.Hold:
		if m.Offset == nil {
			s.Unhold(m.Client)
		} else {
			s.Hold(m.Client, *m.Offset)
		}
	}
}

// apply applies input, one piece after the other.
func (c *conn) apply() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case in := <-c.inputs:
			seq, err := c.h.s.Input(c.ctx, in.Client, in.Seq, in.Payload)
			m := link.Message{T: link.Reply, ID: in.ID, Seq: seq}
			switch {
			case errors.Is(err, ErrNotDriver):
				m.Error = link.NotDriver
			case errors.Is(err, ErrSequence):
				m.Error = link.Sequence
			case err != nil:
				m.Error = link.Ended
			}
			c.reply(m.Append(nil))
		}
	}
}

// reply queues an answer.
func (c *conn) reply(b []byte) {
	c.mu.Lock()
	c.replies = append(c.replies, b)
	c.queued += len(b)
	c.mu.Unlock()
	c.poke()
}

// awaitReplies waits until few enough replies wait to be sent.
func (c *conn) awaitReplies() {
	for c.ctx.Err() == nil {
		c.mu.Lock()
		few := c.queued <= maxReplies
		c.mu.Unlock()
		if few {
			return
		}
		select {
		case <-c.drained:
		case <-c.ctx.Done():
		}
	}
}

// write sends everything, until the connection ends.
func (c *conn) write() {
	buf := make([]byte, link.OutputLen+outputPiece)
	for c.ctx.Err() == nil {
		sent, err := c.step(buf)
		if err != nil {
			return
		}
		if !sent {
			select {
			case <-c.ctx.Done():
			case <-c.wake:
			}
		}
	}
}

// step sends the next thing there is to send, and reports whether there was one.
func (c *conn) step(buf []byte) (sent bool, err error) {
	if c.stale.Load() {
		c.stale.Store(false) // before it is read, so that no change is missed
		st := c.h.state(c)
		if st.Ended && !(c.h.recorded.Load() && c.caughtUp()) {
			c.stale.Store(true) // what comes before has to be sent, and written down
		} else {
			_, err := c.c.Write(link.Message{T: link.State, Status: &st}.Append(nil))
			return true, err
		}
	}
	c.mu.Lock()
	replies := c.replies
	c.replies = nil
	follows, cursor := c.follows, c.cursor
	c.mu.Unlock()
	for _, b := range replies {
		if _, err := c.c.Write(b); err != nil {
			return true, err
		}
		c.mu.Lock()
		c.queued -= len(b)
		c.mu.Unlock()
	}
	if len(replies) > 0 {
		select {
		case c.drained <- struct{}{}:
		default:
		}
	}
	if !follows {
		return len(replies) > 0, nil
	}
	at, n := c.h.s.Read(cursor, buf[link.OutputLen:])
	if n == 0 {
		return len(replies) > 0, nil
	}
	link.PutOutput(buf[:link.OutputLen+n], at)
	if _, err := c.c.Write(buf[:link.OutputLen+n]); err != nil {
		return true, err
	}
	c.mu.Lock()
	if c.cursor == cursor {
		c.cursor = at + uint64(n)
	}
	c.mu.Unlock()
	return true, nil
}

// caughtUp reports whether all output has been sent that is to be.
func (c *conn) caughtUp() bool {
	_, end := c.h.s.Range()
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.follows || c.cursor >= end
}
