package client

import "tailpty/term/wire"

// Where a wish for the wheel is.
type wish int

const (
	none  wish = iota
	open       // to be sent, when nothing typed is without an answer
	asked      // sent, to be answered by the wheel, a refusal or a pong
)

// typing is what is typed into a session, and the wheel, without which it is not
// applied: what waits for the one or the other goes out once and in order, or is
// given up and the person told. The client's lock is held for all of it.
//
// An "error" does not say what it answers. So a take is only sent when no input
// is without an answer, and no input while a take is: then an error is the
// take's, or the oldest input's.
type typing struct {
	viewOnly bool
	ended    bool
	out      outbox

	room    wire.Control // the last state
	known   bool         // there was one
	greeted bool         // there was one over this connection

	// wants: the wheel is to be taken when the next connection finds it free.
	wants   bool
	take    wish
	release bool // to be sent, when all that was typed is applied
	// blocked: input was refused, and the state that is known may be older than
	// that.
	blocked bool

	// Whoever handles a ping has handled all that was sent before it, and its
	// answers came before the pong. barrier is the number of the pong that is
	// waited for so, 0 for none; wanted asks for a ping that becomes one.
	wanted                bool
	pings, pongs, barrier int
}

// mine reports that this client's input is applied: it drives, or nobody does.
func (t *typing) mine() bool {
	return t.room.MayDrive && (t.room.Driver == "" || t.drives())
}

func (t *typing) drives() bool { return t.room.Driver != "" && t.room.Driver == t.room.You }

// input takes what was typed, or says why not.
func (t *typing) input(p []byte) error {
	switch {
	case t.viewOnly:
		return ErrViewOnly
	case t.ended:
		return ErrEnded
	case t.known && !t.room.MayDrive:
		return ErrNotAllowed
	case t.known && t.take == none && (t.blocked || !t.mine()):
		return ErrNotDriver
	case !t.out.add(p):
		return ErrFull
	}
	return nil
}

// askWheel asks for the wheel, if it is not there.
func (t *typing) askWheel() error {
	switch {
	case t.viewOnly:
		return ErrViewOnly
	case t.ended:
		return ErrEnded
	case t.known && !t.room.MayDrive:
		return ErrNotAllowed
	}
	t.wants, t.release = true, false
	if t.greeted && !t.drives() && t.take == none {
		t.take = open
	}
	return nil
}

func (t *typing) giveWheel() {
	t.wants = false
	if t.take == open {
		t.take = none
	}
	t.release = t.greeted
}

// disconnect forgets what belonged to a connection.
func (t *typing) disconnect() {
	t.greeted, t.take, t.release, t.blocked = false, none, false, false
	t.wanted, t.pings, t.pongs, t.barrier = false, 0, 0, 0
}

// state takes a state. What it returns, if not empty, is why input was given up.
func (t *typing) state(room wire.Control) (code string) {
	t.room, t.known = room, true
	if !t.greeted {
		t.greeted = true
		var seq uint64
		if room.Seq != nil {
			seq = *room.Seq
		}
		t.out.resume(seq)
		t.wants = t.wants && t.mine()
		if t.wants && !t.viewOnly && !t.drives() {
			t.take = open
		}
		return t.settle()
	}
	if t.out.refusals == 0 {
		t.blocked = false // it was made after the refusal was
	}
	switch {
	case t.take == none:
		t.wants = t.drives()
	case t.drives():
		t.take = none
	}
	return t.settle()
}

// accepted takes note that input is applied.
func (t *typing) accepted(number uint64) (code string) {
	t.out.accepted(number)
	return t.settle()
}

// refused takes an error. tell reports that the person is to know of it, lost
// that the connection cannot go on.
func (t *typing) refused(code string) (tell, lost bool) {
	switch {
	case t.take == asked:
		t.take, t.wants = none, false
		t.out.drop() // none of it was sent since the take
		return true, false
	case t.out.refusals > 0:
		t.out.refusals--
		return false, false
	case code == wire.BadSequence:
		return false, true
	case t.out.flying == 0:
		return true, false
	}
	t.out.refused()
	t.blocked, t.wanted = true, true
	return true, false
}

// pinged takes note that a ping goes out.
func (t *typing) pinged() {
	t.pings++
	if t.wanted {
		t.wanted, t.barrier = false, t.pings
	}
}

// ponged takes note that one was answered.
func (t *typing) ponged() (code string) {
	t.pongs++
	if t.barrier == 0 || t.pongs < t.barrier {
		return ""
	}
	t.barrier, t.blocked = 0, false
	if t.take == asked {
		t.take, t.wants = none, t.drives()
	}
	return t.settle()
}

// settle gives up what waits and will not be applied.
func (t *typing) settle() (code string) {
	if t.take != none || t.mine() || t.out.waiting() == 0 || t.out.flying > 0 {
		return ""
	}
	t.out.drop()
	if !t.room.MayDrive {
		return wire.NotAllowed
	}
	return wire.NotDriver
}

// end: the program has ended, nothing reads any more.
func (t *typing) end() {
	t.ended = true
	t.out.drop()
}

// next is the next message to send of what belongs to typing.
func (t *typing) next() (m wire.Control, n numbered, ok bool) {
	switch {
	case !t.greeted || t.ended:
	case t.take == open && t.out.flying == 0 && t.out.refusals == 0:
		t.take, t.wanted = asked, true
		return wire.Control{T: wire.Take}, n, true
	case t.take != none || t.blocked || t.out.refusals > 0 || !t.mine():
	default:
		if n, ok = t.out.next(); ok {
			return m, n, true
		}
	}
	if t.greeted && t.release && t.take == none && t.out.waiting() == 0 {
		t.release = false
		return wire.Control{T: wire.Release}, n, true
	}
	return m, n, false
}
