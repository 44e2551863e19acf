package term

import (
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/session"
	"tailpty/term/wire"
)

// read handles the client's messages in their order.
func (a *attachment) read() error {
	for {
		kind, b, err := a.conn.Read(a.io)
		if err != nil {
			return fmt.Errorf("%w: %w", errGone, err)
		}
		a.hear()
		if kind == websocket.MessageBinary {
			f, err := wire.ParseFrame(b)
			if err != nil || f.Kind != wire.Input {
				return protocolError("a binary message must be an input frame")
			}
			// Reading never waits for the program: acknowledgements and pings have
			// to get through.
			waiting := a.typedBytes.Add(costOf(f))
			if waiting > maxTyped {
				return errSlow
			}
			if waiting == costOf(f) && a.key(f) {
				continue
			}
			select {
			case a.typed <- f:
			default:
				return errSlow
			}
			continue
		}
		c, err := wire.ParseControl(b)
		if err != nil {
			return protocolError("a text message must be a JSON object with a \"t\"")
		}
		if err := a.control(c); err != nil {
			return err
		}
	}
}

// control handles one control message. What it does not know it ignores.
func (a *attachment) control(c wire.Control) error {
	switch c.T {
	case wire.Hello:
		return protocolError("hello was said already")
	case wire.Ack:
		if c.Offset == nil {
			return protocolError("an ack needs an offset")
		}
		_, end := a.process.Range()
		if to := min(*c.Offset, a.sentTo.Load()); to > a.acked.Load() {
			a.acked.Store(to)
			a.hold(to, to == end)
			a.poke()
		}
	case wire.Resize:
		if !sizeOK(c.Cols, c.Rows) {
			return protocolError("the size is out of bounds")
		}
		a.cols.Store(int32(c.Cols))
		a.rows.Store(int32(c.Rows))
		if a.drives() {
			a.process.Resize(c.Cols, c.Rows)
		}
	case wire.Ping:
		a.send(wire.Control{T: wire.Pong})
	case wire.Take:
		a.take()
	case wire.Release:
		a.room.release(a)
	case wire.Hand:
		a.hand(c.Person)
	}
	return nil
}

const (
	// holdEvery and holdWithin are how often the session's process hears how far a
	// client is that wants every byte: a part of what it may be behind, and of the
	// time it may say nothing.
	holdEvery  = 64 << 10
	holdWithin = 250 * time.Millisecond
)

// hold says how far this client is, if the program waits for it, and that is worth
// saying.
func (a *attachment) hold(to uint64, all bool) {
	if now := time.Now(); a.holds() && (all || to-a.held >= holdEvery || now.Sub(a.heldAt) >= holdWithin) {
		a.held, a.heldAt = to, now
		a.process.Hold(a.client, to)
	}
}

// take takes the wheel, or says why not.
func (a *attachment) take() bool {
	if !a.mayDrive() {
		a.refuse(wire.NotAllowed, "Your grants do not include drive on this session. Ask whoever edits the tailnet policy.")
		return false
	}
	was := a.process.Driver()
	if was != "" && was != a.client && !a.maySteal() {
		a.refuse(wire.NotDriver, a.room.driverName()+" drives. Ask them to release the wheel.")
		return false
	}
	if was != a.client && !a.process.Drive(was, a.client) {
		a.refuse(wire.NotDriver, "The wheel just changed hands, or the session has ended.")
		return false
	}
	if !a.room.has(a.client) {
		a.room.release(a) // it left meanwhile, and nobody else would free the wheel
		return false
	}
	a.fit()
	if was == a.client {
		a.stale.Store(true) // it is told all the same
		a.poke()
		return true
	}
	a.room.changed()
	return true
}

// hand gives the wheel to somebody else who may drive, or says why not.
func (a *attachment) hand(person string) {
	if !a.drives() {
		a.refuse(wire.NotDriver, "You do not have the wheel.")
		return
	}
	to, client := a.room.find(person)
	switch {
	case client == "":
		a.refuse(wire.NotAllowed, "They are not here any more, so you still drive.")
		return
	case to != nil && !to.mayDrive():
		a.refuse(wire.NotAllowed, to.person.Name+" may not drive, so you still do.")
		return
	case !a.process.Drive(a.client, client):
		a.refuse(wire.NotDriver, "The wheel just changed hands, or the session has ended.")
		return
	}
	if to != nil {
		to.fit()
	}
	a.room.changed()
}

// fit gives the session the size of the client's window.
func (a *attachment) fit() {
	if cols, rows := int(a.cols.Load()), int(a.rows.Load()); cols > 0 {
		a.process.Resize(cols, rows)
	}
}

// apply applies input, one message after the other.
func (a *attachment) apply() error {
	for {
		select {
		case <-a.ctx.Done():
			return nil
		case f := <-a.typed:
			if a.ctx.Err() != nil {
				return nil // its client may have given this up since
			}
			a.input(f)
			a.typedBytes.Add(-costOf(f))
		}
	}
}

// input applies one input message, if this attachment drives or may start to.
func (a *attachment) input(f wire.Frame) {
	switch {
	case !a.mayDrive():
		a.refuse(wire.NotAllowed, "Your grants do not include drive on this session, so nothing was typed.")
		return
	case a.process.State().Ended:
		a.refuse(wire.Ended, "The session has ended, so nothing was typed.")
		return
	case a.process.Driver() == "":
		if !a.take() {
			return
		}
	}
	accepted, err := a.process.Input(a.ctx, a.client, f.Number, f.Payload)
	a.answer(f, accepted, err)
	a.poke()
}

// costOf is what waiting input counts, in bytes: an empty one is one too.
func costOf(f wire.Frame) int64 { return int64(len(f.Payload)) + 1 }

// key applies input that nothing is in front of, without a goroutine in between. It
// reports false where it takes more than that.
func (a *attachment) key(f wire.Frame) bool {
	if len(f.Payload) == 0 || !a.drives() || !a.mayDrive() || a.process.State().Ended || a.ctx.Err() != nil {
		return false
	}
	a.process.Key(a.client, f.Number, f.Payload, func(accepted uint64, err error) {
		if err == nil {
			a.answer(f, accepted, nil)
			a.typedBytes.Add(-costOf(f))
			return
		}
		go func() { // a refusal may wait for the writer
			a.answer(f, accepted, err)
			a.typedBytes.Add(-costOf(f))
		}()
	})
	return true
}

// answer has the writer tell the client what became of its input.
func (a *attachment) answer(f wire.Frame, accepted uint64, err error) {
	switch {
	case errors.Is(err, session.ErrNotDriver):
		a.refuse(wire.NotDriver, a.room.driverName()+" drives, so this was not typed. Take the wheel first.")
	case errors.Is(err, session.ErrSequence):
		a.refuse(wire.BadSequence, fmt.Sprintf("Input %d came, %d was expected; nothing was typed.", f.Number, accepted+1))
	case errors.Is(err, session.ErrEnded):
		a.refuse(wire.Ended, "The session has ended, so nothing was typed.")
	case err != nil: // the attachment ends
	default:
		a.accepted.Store(accepted)
		a.tellAccepted.Store(true)
	}
}

func (a *attachment) refuse(code, detail string) {
	a.send(wire.Control{T: wire.Refused, Error: code, Detail: detail})
}

// send queues a message for the writer.
func (a *attachment) send(c wire.Control) {
	select {
	case a.out <- c:
		a.poke()
	case <-a.ctx.Done():
	}
}

// maxReason is the most bytes of a close frame's reason (RFC 6455, 5.5.1).
const maxReason = 123
