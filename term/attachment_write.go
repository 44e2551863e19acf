package term

import (
	"errors"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/problem"
)

// writer is what the attachment's writer knows of where the client is.
type writer struct {
	*attachment
	cursor   uint64 // offset of the next byte to send
	lossless bool
	first    bool // the first state has not been sent
	inflight inflight
	buf      []byte // one output frame
}

// writeAll sends the client everything it gets, in the order of the protocol, until
// the session or the attachment ends.
func (a *attachment) writeAll() error {
	cancel := a.room.process.Subscribe(a.wake)
	defer cancel()
	w := &writer{attachment: a, first: true, lossless: a.hello.Mode == wire.Lossless && a.mayDrive(), buf: make([]byte, 0, wire.HeaderLen+wire.MaxOutput)}
	a.stale.Store(true)
	if err := w.state(); err != nil {
		return err
	}
	if err := w.catchUp(); err != nil {
		return err
	}
	for a.ctx.Err() == nil {
		sent, err := w.step()
		if err != nil {
			return err
		}
		if sent {
			continue
		}
		select {
		case <-a.ctx.Done():
		case <-a.wake:
		}
	}
	return a.why()
}

// step sends the next thing there is to send, and reports whether there was one.
func (w *writer) step() (sent bool, err error) {
	if w.stale.Load() {
		return true, w.state()
	}
	select {
	case c := <-w.out:
		return true, w.control(c)
	default:
	}
	if w.room.process.State().Ended {
		if _, end := w.room.process.Range(); w.cursor >= end {
			code := w.room.process.State().Exit
			if err := w.control(wire.Control{T: wire.Exit, Code: &code}); err != nil {
				return true, err
			}
			return true, errEnded
		}
	}
	return w.output()
}

// catchUp sends what the client misses: the bytes from its offset on, or a
// snapshot where that is less or they are gone.
func (w *writer) catchUp() error {
	start, end := w.room.process.Range()
	resumed := w.hello.Offset != nil && *w.hello.Offset >= start && *w.hello.Offset <= end
	if resumed {
		w.cursor = *w.hello.Offset
		if w.cursor == end {
			return nil
		}
		if w.lossless {
			return w.control(wire.Control{T: wire.Replay, To: &end})
		}
	}
	snap, at := w.shot()
	if err := w.control(wire.Control{T: wire.Replay, To: &at}); err != nil {
		return err
	}
	if resumed && at-w.cursor <= uint64(len(snap)) {
		return nil // output sends it, all of it below at
	}
	return w.snapshot(snap, at)
}

// output sends the next piece of output that the window has room for.
func (w *writer) output() (sent bool, err error) {
	start, end := w.room.process.Range()
	if w.cursor >= end {
		return false, nil
	}
	w.inflight.acknowledged(w.acked.Load())
	room := wire.Window - w.inflight.bytes
	if room <= 0 {
		return false, nil
	}
	if w.cursor < start || (!w.lossless && end-w.cursor > wire.SkipBehind) {
		return true, w.skip(start)
	}
	w.buf = wire.AppendHeader(w.buf[:0], wire.Output, w.cursor)
	payload := w.buf[wire.HeaderLen : wire.HeaderLen+min(max(room, leastOutput), wire.MaxOutput)]
	at, n := w.room.process.Read(w.cursor, payload)
	if at != w.cursor {
		return true, w.skip(at)
	}
	if whole := wholeCharacters(payload[:n]); whole > 0 || !w.room.process.State().Ended {
		n = whole
	}
	if n == 0 {
		return false, nil
	}
	if err := w.write(websocket.MessageBinary, w.buf[:wire.HeaderLen+n]); err != nil {
		return true, err
	}
	w.cursor += uint64(n)
	w.inflight.sent(w.cursor, n)
	return true, nil
}

// leastOutput is room for a whole character, however little of the window is
// left.
const leastOutput = 4

// skip goes on behind what the client will not get: with a snapshot, or in mode
// lossless by saying which bytes are gone.
func (w *writer) skip(start uint64) error {
	if w.lossless {
		from := w.cursor
		w.cursor = start
		return w.control(wire.Control{T: wire.Gap, From: &from, To: &start})
	}
	snap, at := w.shot()
	return w.snapshot(snap, at)
}

// shot is a snapshot with as much history as was asked for, within bounds.
func (w *writer) shot() (b []byte, offset uint64) {
	return w.room.process.Snapshot(min(w.hello.Scrollback, wire.MaxHistory/w.room.process.State().Cols))
}

// snapshot sends a snapshot, and before it the state with the size it is for.
func (w *writer) snapshot(snap []byte, at uint64) error {
	if err := w.state(); err != nil {
		return err
	}
	w.cursor = at
	w.inflight.sent(at, len(snap))
	f := wire.Frame{Kind: wire.Snapshot, Number: at, Payload: snap}
	return w.write(websocket.MessageBinary, f.Append(make([]byte, 0, wire.HeaderLen+len(snap))))
}

// state sends the present state.
func (w *writer) state() error {
	w.stale.Store(false) // before it is read, so that no change is missed
	st := w.room.process.State()
	people, driver := w.room.attached()
	c := wire.Control{T: wire.State, You: w.person.ID, People: people, Driver: driver, MayDrive: w.mayDrive() && !st.Ended,
		Cols: st.Cols, Rows: st.Rows, Program: st.Program, Title: st.Title}
	if w.first {
		w.first = false
		seq := w.room.process.Accepted(w.client)
		c.Seq = &seq
	}
	return w.control(c)
}

func (w *writer) control(c wire.Control) error { return w.write(websocket.MessageText, c.Encode()) }

// wholeCharacters is how much of b to send so that no UTF-8 character is cut in
// two. The rest of the character comes with the next piece; where b ends within
// what can be no character, all of b is sent.
func wholeCharacters(b []byte) int {
	for i := 1; i <= min(3, len(b)); i++ {
		c := b[len(b)-i]
		switch {
		case c < 0x80:
			return len(b)
		case c >= 0xc0: // the first byte of a character of 2, 3 or 4 bytes
			length := 2
			if c >= 0xe0 {
				length++
			}
			if c >= 0xf0 {
				length++
			}
			if length > i {
				return len(b) - i
			}
			return len(b)
		}
	}
	return len(b)
}

// sayGoodbye closes a WebSocket with the close code of the cause.
func sayGoodbye(conn *websocket.Conn, cause error) {
	code, reason := websocket.StatusInternalError, "This is our mistake, not yours."
	p, isProblem := errors.AsType[*problem.Problem](cause)
	protocol, isProtocol := errors.AsType[protocolError](cause)
	switch {
	case errors.Is(cause, errEnded):
		code, reason = websocket.StatusNormalClosure, "the session ended"
	case errors.Is(cause, errGone):
		conn.CloseNow()
		return
	case errors.Is(cause, errReplaced):
		code, reason = wire.CloseReplaced, cause.Error()
	case errors.Is(cause, errSlow):
		code, reason = wire.CloseSlow, cause.Error()
	case errors.Is(cause, ErrClosed):
		code, reason = websocket.StatusGoingAway, "the server stops"
	case isProtocol:
		code, reason = wire.CloseProtocol, string(protocol)
	case isProblem && p.Type == problem.Unavailable:
		reason = p.Detail
	case isProblem && p.Type == problem.Token:
		code, reason = wire.CloseToken, p.Detail
	case isProblem:
		code, reason = wire.CloseForbidden, p.Detail
	}
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	conn.Close(code, reason)
}
