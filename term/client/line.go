package client

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

const (
	// maxMessage is the largest message that is read, in bytes: more than a
	// snapshot of the largest terminal.
	maxMessage = 64 << 20
	// writeWithin is how long one message may take to leave.
	writeWithin = quietFor + goneAfter
	// ackEvery is how many bytes that were taken are acknowledged at once; fewer
	// are after ackWithin.
	ackEvery  = 1 << 10
	ackWithin = 100 * time.Millisecond
)

// line is one connection: a goroutine that reads, one that writes, and Run's,
// which delivers.
type line struct {
	c      *Client
	conn   *websocket.Conn
	ctx    context.Context // of both goroutines
	cancel context.CancelCauseFunc
	busy   sync.WaitGroup
	events *queue
	wake   chan struct{} // something for the writer to look at

	heard atomic.Int64  // when something came, in ns since 1970
	full  atomic.Bool   // nothing is read, because the receiver is slow
	taken atomic.Uint64 // the offset that the receiver has taken
}

func newLine(c *Client, conn *websocket.Conn) *line {
	l := &line{c: c, conn: conn, events: newQueue(), wake: make(chan struct{}, 1)}
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	conn.SetReadLimit(maxMessage)
	l.hear()
	return l
}

func (l *line) hear()          { l.heard.Store(time.Now().UnixNano()) }
func (l *line) stop(why error) { l.cancel(why) }
func (l *line) poke()          { tell(l.wake) }

// start says hello, and begins to read and write.
func (l *line) start(hello wire.Control) {
	var from uint64
	if hello.Offset != nil {
		from = *hello.Offset
	}
	l.taken.Store(from)
	greeting := hello.Encode()
	l.busy.Go(func() { l.events.put(event{end: l.read()}) })
	l.busy.Go(func() {
		if err := l.write(greeting, from); errors.Is(err, errSilent) {
			l.stop(err)
		} else if err != nil {
			// The reader may have the server's word for it still to read.
			time.AfterFunc(goodbyeWithin, func() { l.stop(err) })
		}
	})
}

// deliver gives the receiver what comes, until the connection or ctx ends.
func (l *line) deliver(ctx context.Context) error {
	in := &l.c.intake
	greeted := false
	for {
		e, err := l.events.get(ctx)
		switch {
		case err != nil:
			return err
		case e.end != nil:
			return e.end
		case e.control.T != "":
			if e.control.T == wire.State && !greeted {
				greeted = true
				l.c.status(Status{Phase: Live})
			}
			err = in.control(e.control)
		case e.applied > 0:
			l.c.o.Applied(e.applied)
		default:
			err = in.frame(e.frame)
		}
		if err != nil {
			return err
		}
		if in.known && l.taken.Swap(in.at) != in.at {
			l.poke()
		}
	}
}

// read reads to the end of the connection and returns why it ended.
func (l *line) read() error {
	for {
		kind, r, err := l.conn.Reader(l.ctx)
		var b []byte
		if err == nil {
			b, err = io.ReadAll(hearing{r, l})
		}
		if err != nil {
			return l.why(err)
		}
		if kind == websocket.MessageBinary {
			err = l.frame(b)
		} else {
			err = l.message(b)
		}
		if err != nil {
			return err
		}
		if err := l.pause(); err != nil {
			return err
		}
	}
}

// hearing takes note of every piece of a message: a long one on a slow line is
// no silence.
type hearing struct {
	io.Reader
	l *line
}

func (h hearing) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.l.hear()
	return n, err
}

// why is why the connection ended, from an error of reading.
func (l *line) why(err error) error {
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		return &Closed{Code: int(closed.Code), Reason: closed.Reason}
	}
	if cause := context.Cause(l.ctx); cause != nil {
		return cause
	}
	return err
}

// pause waits while the receiver has too much to take.
func (l *line) pause() error {
	if !l.events.full() {
		return nil
	}
	l.full.Store(true)
	defer func() { l.hear(); l.full.Store(false) }()
	for l.events.full() {
		select {
		case <-l.events.room:
		case <-l.ctx.Done():
			return context.Cause(l.ctx)
		}
	}
	return nil
}

func (l *line) frame(b []byte) error {
	f, err := wire.ParseFrame(b)
	if err != nil || f.Kind == wire.Input {
		return broken("a binary message that is no output")
	}
	l.events.put(event{frame: f})
	return nil
}

// message takes a text message: at once what belongs to typing, and in the order
// of output what the receiver is told.
func (l *line) message(b []byte) error {
	m, err := wire.ParseControl(b)
	if err != nil {
		return broken("%v", err)
	}
	t := &l.c.typing
	var given string // why input was given up, if it was
	switch m.T {
	case wire.State:
		_ = l.c.change(func() error { given = t.state(m); return nil })
		l.events.put(event{control: m})
	case wire.Accepted:
		if m.Seq == nil {
			return broken("an \"accepted\" without its number")
		}
		_ = l.c.change(func() error { given = t.accepted(*m.Seq); return nil })
	case wire.Pong:
		_ = l.c.change(func() error { given = t.ponged(); return nil })
	case wire.Refused:
		var tell, lost bool
		_ = l.c.change(func() error { tell, lost = t.refused(m.Error); return nil })
		if lost {
			return broken("%s", m.Detail)
		}
		if tell {
			l.events.put(event{control: m})
		}
	case wire.Exit:
		_ = l.c.change(func() error { t.end(); return nil })
		l.events.put(event{control: m})
	case wire.Replay, wire.Gap:
		l.events.put(event{control: m})
	}
	if total, news := l.c.applied(); news {
		l.events.put(event{applied: total})
	}
	if given != "" {
		l.events.put(event{control: wire.Control{T: wire.Refused, Error: given}})
	}
	return nil
}

// write writes what there is to write until the connection ends.
func (l *line) write(hello []byte, acked uint64) error {
	if err := l.send(websocket.MessageText, hello); err != nil {
		return err
	}
	w := writer{line: l, acked: acked}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		kind, b, next, err := w.next(time.Now())
		if err != nil {
			return err
		}
		if b != nil {
			if err := l.send(kind, b); err != nil {
				return err
			}
			continue
		}
		timer.Reset(time.Until(next))
		select {
		case <-l.wake:
		case <-timer.C:
		case <-l.ctx.Done():
			return nil
		}
	}
}

func (l *line) send(kind websocket.MessageType, b []byte) error {
	ctx, cancel := context.WithTimeout(l.ctx, writeWithin)
	defer cancel()
	return l.conn.Write(ctx, kind, b)
}

// writer decides what goes out next. One goroutine uses it.
type writer struct {
	*line
	alive liveness
	acked uint64
	ackAt time.Time // when to acknowledge what has not been; zero for nothing
}

// next is the next message to send, or nil and when to look again.
func (w *writer) next(now time.Time) (kind websocket.MessageType, b []byte, again time.Time, err error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	t := &w.c.typing
	heard := time.Unix(0, w.heard.Load())
	if w.full.Load() {
		heard = now
	}
	ask, gone, again := w.alive.look(now, heard, t.wanted)
	switch {
	case gone:
		return 0, nil, again, errSilent
	case ask:
		t.pinged()
		return text(wire.Control{T: wire.Ping})
	case !t.greeted:
		return 0, nil, again, nil
	case w.c.resized:
		w.c.resized = false
		return text(w.c.window)
	}
	if m, n, ok := t.next(); ok {
		w.alive.expect(now, heard)
		if m.T != "" {
			return text(m)
		}
		return websocket.MessageBinary, wire.Frame{Kind: wire.Input, Number: n.number, Payload: n.payload}.Append(nil), again, nil
	}
	taken := w.taken.Load()
	switch {
	case taken == w.acked:
		return 0, nil, again, nil
	case w.ackAt.IsZero():
		w.ackAt = now.Add(ackWithin)
	}
	if taken > w.acked && taken-w.acked < ackEvery && now.Before(w.ackAt) {
		return 0, nil, earlier(again, w.ackAt), nil
	}
	w.acked, w.ackAt = taken, time.Time{}
	return text(wire.Control{T: wire.Ack, Offset: &taken})
}

func text(m wire.Control) (websocket.MessageType, []byte, time.Time, error) {
	return websocket.MessageText, m.Encode(), time.Time{}, nil
}
