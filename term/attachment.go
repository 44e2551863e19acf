package term

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/session"
	"tailpty/term/wire"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
)

// Why an attachment ends, beside the problems of the guard.
var (
	errReplaced = errors.New("this client attached again")
	errEnded    = errors.New("the session ended")
	errGone     = errors.New("the connection is gone")
	errAway     = errors.New("the session does not answer: try again")
	errSlow     = errors.New("the program does not read what you send")
)

const (
	// helloWithin is how long a client may take to say hello.
	helloWithin = 10 * time.Second
	// writeWithin is how long one message may take to leave: at most a window is
	// in flight, so only a dead connection takes longer.
	writeWithin = 15 * time.Second
	// maxTyped is how much input may wait for a program that does not read, in
	// bytes and in messages.
	maxTyped, maxTypedMessages = 1 << 20, 4096
)

// attachment is one connection to one session. It is served by goroutines that
// read the WebSocket, apply input, watch rights and liveness, and by the
// handler's own, which writes.
type attachment struct {
	room    *room
	process process // the session, as it was when this began
	caller  *identity.Caller
	line

	// Set by hello, before any other goroutine starts.
	person wire.Person
	client string // the principal and the client's own name: input is numbered under it
	hello  wire.Control

	wake       chan struct{}     // something for the writer to look at
	out        chan wire.Control // answers for the writer to send
	typed      chan wire.Frame   // input to apply
	typedBytes atomic.Int64      // how much of it waits
	stale      atomic.Bool       // the last state sent is old
	// accepted is the last input number that was applied, and tellAccepted that the
	// client is to be told: before whatever waits in out, which may be about later
	// input.
	accepted     atomic.Uint64
	tellAccepted atomic.Bool
	acked        atomic.Uint64 // consumed by the client up to here
	sentTo       atomic.Uint64 // offset after the last byte that was sent to it
	// held is what the session's process was told of that, and when; read alone
	// uses them.
	held       uint64
	heldAt     time.Time
	cols, rows atomic.Int32 // the client's window; 0 until it said
}

// attach serves one attachment until it ends. It returns why.
func (r *room) attach(ctx context.Context, conn *websocket.Conn, c *identity.Caller) error {
	a := &attachment{room: r, process: r.process(), caller: c, line: newLine(ctx, conn),
		wake: make(chan struct{}, 1), out: make(chan wire.Control, 16), typed: make(chan wire.Frame, maxTypedMessages)}
	defer a.hangUp()
	conn.SetReadLimit(wire.MaxMessage)
	if err := a.readHello(); err != nil {
		return err
	}
	a.person = wire.Person{Login: c.Login, Name: c.Name, Device: c.Node}
	a.client = c.Principal() + "/" + a.hello.Client
	r.enter(a)

	done := make(chan struct{}, 6)
	run := func(f func() error) {
		go func() {
			defer func() { done <- struct{}{} }()
			if err := f(); err != nil {
				a.stop(err)
			}
		}()
	}
	run(a.read)
	run(a.apply)
	run(a.watchRights)
	run(a.ping)
	run(a.watchDriver)
	run(a.watchProcess)
	a.stop(a.writeAll())
	r.leave(a)
	sayGoodbye(conn, a.why())
	a.hangUp()
	for range cap(done) {
		<-done
	}
	return a.why()
}

var clientName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// protocolError is what the client did against the protocol.
type protocolError string

func (e protocolError) Error() string { return string(e) }

// readHello waits for the client's first message.
func (a *attachment) readHello() error {
	late := time.AfterFunc(helloWithin, func() { a.conn.Close(wire.CloseSlow, "no hello came") })
	defer late.Stop()
	revoked := context.AfterFunc(a.ctx, func() { sayGoodbye(a.conn, a.why()) })
	kind, b, err := a.conn.Read(a.io)
	if !revoked() {
		return a.why()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	c, err := wire.ParseControl(b)
	switch {
	case a.conn.Subprotocol() == "" && a.agreed.offered:
		err = protocolError("the subprotocol is not " + wire.Subprotocol)
	case kind != websocket.MessageText || err != nil || c.T != wire.Hello:
		err = protocolError("the first message must be a hello")
	case c.Mode != "" && c.Mode != wire.Latest && c.Mode != wire.Lossless:
		err = protocolError("the mode must be latest or lossless")
	case !clientName.MatchString(c.Client):
		err = protocolError("the client must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -")
	case c.Scrollback < 0 || c.Scrollback > wire.MaxScrollback:
		err = protocolError("the scrollback is out of bounds")
	case (c.Cols != 0 || c.Rows != 0) && !sizeOK(c.Cols, c.Rows):
		err = protocolError("the size is out of bounds")
	default:
		a.hello = c
		a.cols.Store(int32(c.Cols))
		a.rows.Store(int32(c.Rows))
		return nil
	}
	sayGoodbye(a.conn, err)
	return err
}

func sizeOK(cols, rows int) bool {
	return cols >= wire.MinCols && rows >= 1 && cols <= wire.MaxCols && rows <= wire.MaxRows && cols*rows <= wire.MaxCells
}

// poke has the writer look again.
func (a *attachment) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// mayView and mayDrive ask the caller's rights as they are now.
func (a *attachment) mayView() bool {
	_, ok := a.caller.Allows(identity.View, a.room.object())
	return ok
}

func (a *attachment) mayDrive() bool {
	_, ok := a.caller.Allows(identity.Drive, a.room.object())
	return ok
}

// maySteal reports whether the caller may take the wheel from somebody else.
func (a *attachment) maySteal() bool {
	if a.caller.Principal() == a.room.record.Owner {
		return true
	}
	_, ok := a.caller.Allows(identity.Admin, a.room.object())
	return ok
}

// drives reports whether this attachment's client has the wheel.
func (a *attachment) drives() bool { return a.process.Driver() == a.client }

// listed is the attachment as the session lists it.
func (a *attachment) listed() session.Person {
	return session.Person{ID: a.person.ID, Client: a.client, Login: a.person.Login, Name: a.person.Name, Device: a.person.Device}
}

// watchRights follows the caller's rights, whatever the writer waits for.
func (a *attachment) watchRights() error {
	for {
		changed := a.caller.Changed() // before the rights are asked
		if !a.mayView() {
			return problem.New(problem.NotAllowed, "Your right to watch this session was removed.")
		}
		if a.drives() && !a.mayDrive() {
			a.room.release(a)
		}
		a.stale.Store(true)
		a.poke()
		select {
		case <-a.ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// watchProcess ends the attachment when the connection to the session's process
// has ended and the session has not: the client comes back to what is there then.
func (a *attachment) watchProcess() error {
	select {
	case <-a.ctx.Done():
	case <-a.process.Gone():
		if !a.process.State().Ended {
			return errAway
		}
	}
	return nil
}

const (
	// driverSilent is how long nothing may be heard of a driver. The promise is
	// that one who is gone frees the wheel within 5 s; pingDriver and
	// lookAtDriver are what is left of it.
	driverSilent = 4 * time.Second
	lookAtDriver = 500 * time.Millisecond
)

// watchDriver frees the wheel when nothing is heard of its driver, or somebody who
// knows no better gave it to one who may not drive. The connection stays: a slow
// one may only be busy.
func (a *attachment) watchDriver() error {
	tick := time.NewTicker(lookAtDriver)
	defer tick.Stop()
	for {
		select {
		case <-a.ctx.Done():
			return nil
		case <-tick.C:
			a.pingOften.Store(a.drives())
			if a.drives() && (a.silence() > driverSilent || !a.mayDrive()) {
				a.room.release(a)
			}
		}
	}
}
