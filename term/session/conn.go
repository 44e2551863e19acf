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
	c    *stream
	id   uint64
	role string
	ctx  context.Context

	// sending is held by whoever writes to the connection: the writer, or whoever
	// has something small while the writer has nothing to do.
	sending sync.Mutex
	rest    []byte // what is left of a frame that was begun
	buf     []byte // one frame of output

	people []link.Person // guarded by host.mu
	stale  atomic.Bool   // the last state sent is old
	wake   chan struct{}
	inputs chan link.Input
	typing atomic.Int32 // how many inputs wait or are being applied

	mu      sync.Mutex // guards what follows
	replies [][]byte
	late    []byte        // replies to keys, which go out with their echo
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
	// echoPiece is as much as a session that never floods ever has in one frame, in
	// bytes: its process keeps no larger buffer.
	echoPiece = 4 << 10
	// driverAway is how long a driver keeps the wheel when the server that it is
	// attached through has gone: a server that starts again takes less.
	driverAway = 15 * time.Second
)

// bufferOf is the size of a buffer for a frame of n bytes of output and replies.
func bufferOf(n int) int { return link.OutputLen + n + 2*maxLate }

// serve serves one connection until it ends.
func (h *host) serve(uc *net.UnixConn) {
	_ = uc.SetWriteBuffer(sendBuffer) // a hint
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := &conn{h: h, ctx: ctx, wake: make(chan struct{}, 1), inputs: make(chan link.Input, maxInputs), drained: make(chan struct{}, 1),
		buf: make([]byte, bufferOf(echoPiece))}
	from := &source{uc}
	buffer := bufio.NewReader(from)
	r := link.NewReader(buffer, link.MaxRequest)
	version, err := c.greet(uc, r)
	if err != nil {
		uc.Close()
		return
	}
	if c.c, err = newStream(uc); err != nil {
		h.logger.Warn("accepting a connection", "err", err)
		return
	}
	defer c.c.Close()
	from.Reader = c.c
	if err := c.enter(version); err != nil {
		return
	}
	var wg sync.WaitGroup
	cancelWake := h.s.Subscribe(c.sendNow)
	wg.Go(func() {
		c.write()
		c.c.Close()
	})
	wg.Go(c.apply)
	c.read(r, buffer)
	c.c.Close()
	cancel()
	c.poke()
	wg.Wait()
	cancelWake()
	c.leave()
}

var errGreeting = errors.New("session: no greeting")

// greet agrees on a version.
func (c *conn) greet(uc *net.UnixConn, r *link.Reader) (version int, err error) {
	_ = uc.SetDeadline(time.Now().Add(answerWithin)) // who says nothing does not stay
	kind, b, err := r.Next()
	if err != nil {
		return 0, err
	}
	m, err := link.ParseMessage(b)
	if err != nil || kind != link.KindMessage || m.T != link.Hello {
		return 0, errGreeting
	}
	version = min(m.Max, link.Version)
	if version < m.Min || version < link.MinVersion {
		_, err := uc.Write(link.Message{T: link.Error, Error: "this session speaks another version of the protocol"}.Append(nil))
		return 0, errors.Join(errGreeting, err)
	}
	c.role = m.Role
	return version, nil
}

// enter lists the connection and answers its greeting.
func (c *conn) enter(version int) error {
	c.h.mu.Lock()
	c.h.lastConn++
	c.id = c.h.lastConn
	c.h.conns[c] = struct{}{}
	c.h.mu.Unlock()
	c.stale.Store(true)
	_, err := c.c.Write(link.Message{T: link.Hello, Version: version, Session: c.h.order.Record.ID, Log: uint64(c.h.s.LogBytes()), Conn: c.id}.Append(nil))
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
func (c *conn) read(r *link.Reader, buffer *bufio.Reader) {
	for {
		c.awaitReplies()
		if buffer.Buffered() == 0 {
			c.awaitEcho()
		}
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
			if c.typing.Load() == 0 {
				if seq, done := c.h.s.Key(in.Client, in.Seq, in.Payload); done {
					c.mu.Lock()
					c.late = link.Message{T: link.Reply, ID: in.ID, Seq: seq}.Append(c.late)
					c.mu.Unlock()
					continue
				}
			}
			in.Payload = append([]byte(nil), in.Payload...)
			c.typing.Add(1)
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
			c.typing.Add(-1)
		}
	}
}

// reply sends an answer, at once or after what waits already.
func (c *conn) reply(b []byte) {
	c.mu.Lock()
	c.replies = append(c.replies, b)
	c.queued += len(b)
	c.mu.Unlock()
	c.sendNow()
}

const (
	// echoWithin is how long the reply to a key waits for the key's echo, to go out
	// with it: one message wakes the server and not two. A program that echoes does
	// so within 0.1 ms, and nobody waits for the reply itself.
	echoWithin = 10 * time.Millisecond
	// maxLate is how many bytes of such replies may wait.
	maxLate = 1 << 10
)

// awaitEcho sends the replies to keys that no echo has taken along.
func (c *conn) awaitEcho() {
	c.mu.Lock()
	n := len(c.late)
	c.mu.Unlock()
	if n > maxLate || n > 0 && !c.c.readable(echoWithin) {
		c.sendNow()
	}
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

// write sends everything that does not go at once, until the connection ends.
func (c *conn) write() {
	for c.ctx.Err() == nil {
		sent, err := c.writeOne()
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

// writeOne sends what is left of a frame, or the next thing there is to send, and
// reports whether there was one.
func (c *conn) writeOne() (sent bool, err error) {
	c.sending.Lock()
	defer c.sending.Unlock()
	if len(c.rest) > 0 {
		_, err := c.c.Write(c.rest)
		c.rest = nil
		return true, err
	}
	return c.step(func(b []byte) error {
		_, err := c.c.Write(b)
		return err
	})
}

// sendNow sends what there is to send, if nobody is sending, and as far as the
// kernel takes it without waiting. The rest is the writer's: so a key's echo costs
// no change of goroutines, and a flood no waiting.
func (c *conn) sendNow() {
	if !c.sending.TryLock() {
		c.poke()
		return
	}
	for range 2 { // a reply and its echo
		if len(c.rest) > 0 || c.stale.Load() {
			break
		}
		sent, err := c.step(c.begin)
		if err != nil {
			c.c.Close() // which ends the writer too
			break
		}
		if !sent {
			c.sending.Unlock()
			return
		}
	}
	c.sending.Unlock()
	c.poke() // there may be more
}

// begin writes what the kernel takes of a frame at once, and keeps the rest.
func (c *conn) begin(b []byte) error {
	if len(c.rest) > 0 {
		c.rest = append(c.rest, b...)
		return nil
	}
	n, err := c.c.writeNow(b)
	if n < len(b) {
		c.rest = append([]byte(nil), b[n:]...)
	}
	return err
}

// step sends the next thing there is to send, and reports whether there was one.
// sending is held.
func (c *conn) step(write func([]byte) error) (sent bool, err error) {
	if c.stale.Load() {
		c.stale.Store(false) // before it is read, so that no change is missed
		st := c.h.state(c)
		if st.Ended && !(c.h.recorded.Load() && c.caughtUp()) {
			c.stale.Store(true) // what comes before has to be sent, and written down
		} else {
			return true, write(link.Message{T: link.State, Status: &st}.Append(nil))
		}
	}
	c.mu.Lock()
	replies := c.replies
	c.replies = nil
	follows, cursor := c.follows, c.cursor
	c.mu.Unlock()
	for _, b := range replies {
		if err := write(b); err != nil {
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
		sent, err := c.tellLate(c.buf[:0], write)
		return sent || len(replies) > 0, err
	}
	if _, end := c.h.s.Range(); end-cursor > echoPiece && len(c.buf) < bufferOf(outputPiece) {
		c.buf = make([]byte, bufferOf(outputPiece))
	}
	at, n := c.h.s.Read(cursor, c.buf[link.OutputLen:len(c.buf)-2*maxLate])
	if n == 0 {
		sent, err := c.tellLate(c.buf[:0], write)
		return sent || len(replies) > 0, err
	}
	b := c.buf[:link.OutputLen+n]
	link.PutOutput(b, at)
	if sent, err := c.tellLate(b, write); err != nil {
		return true, err
	} else if !sent {
		if err := write(b); err != nil {
			return true, err
		}
	}
	c.mu.Lock()
	if c.cursor == cursor {
		c.cursor = at + uint64(n)
	}
	c.mu.Unlock()
	return true, nil
}

// tellLate sends b and the replies to keys, if there are any.
func (c *conn) tellLate(b []byte, write func([]byte) error) (sent bool, err error) {
	c.mu.Lock()
	late := len(c.late) > 0
	b = append(b, c.late...)
	c.late = c.late[:0]
	c.mu.Unlock()
	if !late {
		return false, nil
	}
	return true, write(b)
}

// caughtUp reports whether all output has been sent that is to be.
func (c *conn) caughtUp() bool {
	_, end := c.h.s.Range()
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.follows || c.cursor >= end
}
