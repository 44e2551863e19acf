package term

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/problem"
)

// writer is what the attachment's writer knows of where the client is.
type writer struct {
	*attachment
	// turn is held by whoever writes: the attachment's writer, or the goroutine that
	// brings output while the writer has nothing to do.
	turn   sync.Mutex
	cursor uint64 // offset of the next byte to send
	first  bool   // the first state has not been sent
	stated bool   // the last thing sent was a state
	bare   bool   // the last snapshot had less history than was asked for
	flow   flow
	// unheard is how many bytes were sent since the client acknowledged heardTo: as
	// long as they are few, sending does not wait.
	unheard int
	heardTo uint64
	buf     []byte // one output frame
}

// writeAll sends the client everything it gets, in the order of the protocol, until
// the session or the attachment ends.
func (a *attachment) writeAll() error {
	w := &writer{attachment: a, first: true, buf: make([]byte, 0, wire.HeaderLen+wire.MaxOutput)}
	cancel, err := a.process.Subscribe(w.more)
	if err != nil {
		return errAway
	}
	defer cancel()
	a.stale.Store(true)
	if err := w.inTurn(w.begin); err != nil {
		return err
	}
	for a.ctx.Err() == nil {
		var sent bool
		err := w.inTurn(func() (err error) {
			sent, err = w.step()
			return err
		})
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

// inTurn calls f while nobody else writes.
func (w *writer) inTurn(f func() error) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	return f()
}

// begin sends the first state and what the client misses.
func (w *writer) begin() error {
	if err := w.state(); err != nil {
		return err
	}
	return w.catchUp()
}

// echoMost is the most output, in bytes, that is an echo and not a flood.
const echoMost = 2 << 10

// more is called where output comes in, or input has been applied. What is little
// goes out at once, without a change of goroutines; all else is the writer's.
func (w *writer) more() {
	if w.turn.TryLock() {
		sent := w.echo()
		w.turn.Unlock()
		if sent {
			return
		}
	}
	w.poke()
}

// echo sends all there is if it is little and cannot have to wait, and reports
// whether it did.
func (w *writer) echo() bool {
	now := time.Now()
	w.flow.acknowledged(w.acked.Load(), now)
	// Only the driver's: what is on its way brings output to everybody, and must not
	// wait for one who only watches and does not read.
	if w.first || !w.drives() || w.stale.Load() || len(w.out) > 0 || w.flow.bytes > leastWindow || w.unheard > leastWindow || w.flow.room(now) < echoMost {
		return false
	}
	// Whatever is sent leaves in one piece.
	if !w.agreed.conn.hold() {
		return false
	}
	all, err := w.echoHeld(now)
	if err = errors.Join(err, w.agreed.conn.release()); err != nil {
		w.stop(fmt.Errorf("%w: %w", errGone, err))
		return false
	}
	return all
}

// echoHeld is echo for a connection that holds what is sent.
func (w *writer) echoHeld(now time.Time) (all bool, err error) {
	w.buf = wire.AppendHeader(w.buf[:0], wire.Output, w.cursor)
	payload := w.buf[wire.HeaderLen : wire.HeaderLen+echoMost]
	n := w.process.Recent(w.cursor, payload)
	if n == echoMost || wholeCharacters(payload[:n]) != n {
		return false, nil
	}
	if n > 0 {
		w.sentTo.Store(w.cursor + uint64(n)) // before it is: the acknowledgement may be faster than this goroutine
		if err := w.put(websocket.MessageBinary, w.buf[:wire.HeaderLen+n]); err != nil {
			return false, err
		}
		w.stated = false
		w.cursor += uint64(n)
		w.flow.sent(w.cursor, n, false, now)
	}
	if _, err := w.accept(); err != nil {
		return false, err
	}
	_, end := w.process.Range()
	return w.cursor >= end, nil
}

// accept tells the client which input was applied last, if that is new.
func (w *writer) accept() (told bool, err error) {
	if !w.tellAccepted.Swap(false) {
		return false, nil
	}
	seq := w.accepted.Load()
	return true, w.control(wire.Control{T: wire.Accepted, Seq: &seq})
}

// put sends one message.
func (w *writer) put(kind websocket.MessageType, b []byte) error {
	if to := w.acked.Load(); to != w.heardTo {
		w.heardTo, w.unheard = to, 0
	}
	w.unheard += len(b)
	w.room.sessions.sent(len(b))
	return w.write(kind, b, w.flow.slow())
}

// step sends the next thing there is to send, and reports whether there was one.
func (w *writer) step() (sent bool, err error) {
	// However often the state changes, output has its turn, and who is behind hears
	// of the last change only: states are not acknowledged.
	if w.stale.Load() && !w.stated && w.ready() {
		return true, w.state()
	}
	if told, err := w.accept(); told || err != nil {
		return told, err
	}
	select {
	case c := <-w.out:
		return true, w.control(c)
	default:
	}
	if w.stated {
		w.stated = false
		if sent, err := w.output(); sent || err != nil {
			return sent, err
		}
		if w.stale.Load() && w.ready() {
			return true, w.state()
		}
	}
	if sent, err := w.history(); sent || err != nil {
		return sent, err
	}
	if w.process.State().Ended {
		if _, end := w.process.Range(); w.cursor >= end {
			st, c := w.process.State(), wire.Control{T: wire.Exit}
			if !st.Lost {
				c.Code = &st.Exit
			}
			if err := w.control(c); err != nil {
				return true, err
			}
			return true, errEnded
		}
	}
	return w.output()
}

// lossless reports whether the client gets every byte.
func (a *attachment) lossless() bool { return a.hello.Mode == wire.Lossless && a.mayDrive() }

// holds reports whether the program waits for it: only for who drives.
func (a *attachment) holds() bool { return a.lossless() && a.drives() }

// catchUp sends what the client misses: the bytes from its offset on, or a
// snapshot where that is less or they are gone.
func (w *writer) catchUp() error {
	start, end := w.process.Range()
	resumed := w.hello.Offset != nil && *w.hello.Offset >= start && *w.hello.Offset <= end
	if resumed {
		w.cursor = *w.hello.Offset
		w.sentTo.Store(w.cursor)
		if w.holds() {
			w.process.Hold(w.client, w.cursor)
		}
		if w.cursor == end {
			return nil
		}
		if w.lossless() {
			return w.control(wire.Control{T: wire.Replay, To: &end})
		}
	}
	snap, err := w.shot(w.hello.Scrollback)
	if err != nil {
		return err
	}
	if err := w.control(wire.Control{T: wire.Replay, To: &snap.at}); err != nil {
		return err
	}
	if resumed && snap.at-w.cursor <= uint64(len(snap.bytes)) {
		return nil // output sends it, all of it below the snapshot's offset
	}
	return w.snapshot(snap)
}

// output sends the next piece of output that the window has room for.
func (w *writer) output() (sent bool, err error) {
	start, end := w.process.Range()
	if w.cursor >= end {
		return false, nil
	}
	now := time.Now()
	w.flow.acknowledged(w.acked.Load(), now)
	room, piece := w.space(now), w.flow.piece(now)
	if w.lossless() {
		piece = wire.MaxOutput
	}
	if room <= 0 {
		return false, nil
	}
	if w.cursor < start || (!w.lossless() && end-w.cursor > uint64(w.flow.skip())) {
		return true, w.skip(start)
	}
	w.buf = wire.AppendHeader(w.buf[:0], wire.Output, w.cursor)
	payload := w.buf[wire.HeaderLen : wire.HeaderLen+min(max(room, leastOutput), piece)]
	at, n, err := w.process.Read(w.cursor, payload)
	if err != nil {
		return true, errAway
	}
	if at != w.cursor {
		return true, w.skip(at)
	}
	if whole := wholeCharacters(payload[:n]); whole > 0 || !w.process.State().Ended {
		n = whole
	}
	if n == 0 {
		return false, nil
	}
	w.sentTo.Store(w.cursor + uint64(n))
	if err := w.put(websocket.MessageBinary, w.buf[:wire.HeaderLen+n]); err != nil {
		return true, err
	}
	w.cursor += uint64(n)
	w.flow.sent(w.cursor, n, w.cursor < end, now)
	return true, nil
}

// ready reports whether the client has room for output.
func (w *writer) ready() bool {
	now := time.Now()
	w.flow.acknowledged(w.acked.Load(), now)
	return w.space(now) > 0
}

// space is how many more bytes of output may be sent now.
func (w *writer) space(now time.Time) int {
	if w.lossless() {
		return wire.Window - w.flow.bytes
	}
	return w.flow.room(now)
}

// leastOutput is room for a whole character, however little of the window is
// left.
const leastOutput = 4

// skip goes on behind what the client will not get: with a snapshot, or in mode
// lossless by saying which bytes are gone.
func (w *writer) skip(start uint64) error {
	if w.lossless() {
		from := w.cursor
		w.cursor = start
		w.sentTo.Store(start)
		return w.control(wire.Control{T: wire.Gap, From: &from, To: &start})
	}
	// What is seen comes first; what is above it can wait until there is time.
	snap, err := w.shot(0)
	if err != nil {
		return err
	}
	w.bare = w.hello.Scrollback > 0
	return w.snapshot(snap)
}

// history sends the history that a snapshot had not, with the screen once more,
// when the client has shown everything else.
func (w *writer) history() (sent bool, err error) {
	if _, end := w.process.Range(); !w.bare || w.cursor < end {
		return false, nil
	}
	if w.flow.acknowledged(w.acked.Load(), time.Now()); w.flow.bytes > 0 {
		return false, nil
	}
	w.bare = false
	snap, err := w.shot(w.hello.Scrollback)
	if err != nil {
		return true, err
	}
	return true, w.snapshot(snap)
}

// shot is a snapshot: bytes for a blank terminal of cols x rows, which stand for
// the output up to at.
type shot struct {
	bytes      []byte
	at         uint64
	cols, rows int
}

// shot is a snapshot with so many lines of history, within bounds.
func (w *writer) shot(history int) (s shot, err error) {
	history = min(history, wire.MaxHistory/max(1, w.process.State().Cols))
	if s.bytes, s.at, s.cols, s.rows, err = w.process.Snapshot(history); err != nil {
		return s, errAway
	}
	return s, nil
}

// snapshot sends a snapshot, and before it the state with the size it is for.
func (w *writer) snapshot(s shot) error {
	if err := w.stateOf(s.cols, s.rows); err != nil {
		return err
	}
	if st := w.process.State(); st.Cols != s.cols || st.Rows != s.rows {
		w.stale.Store(true) // the size has changed since
	}
	w.cursor = s.at
	w.flow.sent(s.at, len(s.bytes), false, time.Now()) // what it costs to show does not go by its bytes
	w.sentTo.Store(max(w.sentTo.Load(), s.at))
	if w.holds() {
		w.process.Hold(w.client, s.at)
	}
	f := wire.Frame{Kind: wire.Snapshot, Number: s.at, Payload: s.bytes}
	return w.put(websocket.MessageBinary, f.Append(make([]byte, 0, wire.HeaderLen+len(s.bytes))))
}

// state sends the present state.
func (w *writer) state() error {
	st := w.process.State()
	return w.stateOf(st.Cols, st.Rows)
}

// stateOf sends the present state, with a size.
func (w *writer) stateOf(cols, rows int) error {
	w.stated = true
	w.stale.Store(false) // before it is read, so that no change is missed
	st := w.process.State()
	people, driver := w.room.attached()
	c := wire.Control{T: wire.State, You: w.person.ID, People: people, Driver: driver, MayDrive: w.mayDrive() && !st.Ended,
		Cols: cols, Rows: rows, Program: st.Program, Title: st.Title}
	if w.first {
		w.first = false
		seq, err := w.process.Accepted(w.client)
		if err != nil {
			return errAway
		}
		c.Seq = &seq
	}
	return w.control(c)
}

func (w *writer) control(c wire.Control) error { return w.put(websocket.MessageText, c.Encode()) }

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
	case errors.Is(cause, errAway):
		code, reason = websocket.StatusTryAgainLater, cause.Error()
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
