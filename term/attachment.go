package term

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/identity"
)

// Why an attachment ends, beside the problems of the guard.
var (
	errReplaced = errors.New("this client attached again")
	errEnded    = errors.New("the session ended")
	errGone     = errors.New("the connection is gone")
)

const (
	// helloWithin is how long a client may take to say hello.
	helloWithin = 10 * time.Second
	// writeWithin is how long one message may take to leave: at most a window is
	// in flight, so only a dead connection takes longer.
	writeWithin = 15 * time.Second
	// pingDriver and pingViewer are how often a connection is tried. A driver
	// that is gone must free the wheel within 5 s.
	pingDriver = 2 * time.Second
	pingViewer = 15 * time.Second
	// pongWithin is how long the answer may take.
	pongWithin = 2500 * time.Millisecond
	// goodbye is how long an attachment that ends may take to write its close
	// frame; what is stuck in a dead connection is cut off then. With the guard's
	// second it stays below the 2 s in which a lost right takes effect.
	goodbye = 800 * time.Millisecond
	// maxTyped is how many input messages may wait for a program that does not
	// read; then the connection is not read either.
	maxTyped = 64
)

// attachment is one connection to one session. Three goroutines serve it: one
// reads the WebSocket, one applies input, and the handler's own writes.
type attachment struct {
	room   *room
	caller *identity.Caller
	conn   *websocket.Conn

	// Set by hello, before any other goroutine starts.
	person wire.Person
	client string // the principal and the client's own name: input is numbered under it
	hello  wire.Control

	ctx  context.Context // the attachment's life; its cause is why it ended
	stop context.CancelCauseFunc
	// io is for reading and writing the WebSocket, which a context that ends
	// tears down: it outlives ctx for long enough to say goodbye.
	io context.Context

	wake       chan struct{}     // something for the writer to look at
	out        chan wire.Control // answers for the writer to send
	typed      chan wire.Frame   // input to apply
	stale      atomic.Bool       // the last state sent is old
	acked      atomic.Uint64     // consumed by the client up to here
	cols, rows atomic.Int32      // the client's window; 0 until it said
}

// attach serves one attachment until it ends. It returns why.
func (r *room) attach(ctx context.Context, conn *websocket.Conn, c *identity.Caller) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	io, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	context.AfterFunc(ctx, func() { time.AfterFunc(goodbye, hangUp) })
	a := &attachment{room: r, caller: c, conn: conn, ctx: ctx, stop: stop, io: io,
		wake: make(chan struct{}, 1), out: make(chan wire.Control, 16), typed: make(chan wire.Frame, maxTyped)}
	conn.SetReadLimit(wire.MaxMessage)
	if err := a.readHello(); err != nil {
		return err
	}
	a.person = wire.Person{Login: c.Login, Name: c.Name, Device: c.Node}
	a.client = c.Principal() + "/" + a.hello.Client
	r.enter(a, func(n int) string { return "a" + strconv.Itoa(n) })

	done := make(chan struct{}, 3)
	run := func(f func() error) {
		go func() {
			defer func() { done <- struct{}{} }()
			if err := f(); err != nil {
				stop(err)
			}
		}()
	}
	run(a.read)
	run(a.apply)
	run(a.ping)
	stop(a.write())
	r.leave(a)
	sayGoodbye(conn, context.Cause(ctx))
	hangUp()
	for range 3 {
		<-done
	}
	return context.Cause(ctx)
}

var clientName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// protocolError is what the client did against the protocol.
type protocolError string

func (e protocolError) Error() string { return string(e) }

// readHello waits for the client's first message.
func (a *attachment) readHello() error {
	late := time.AfterFunc(helloWithin, func() { a.conn.Close(wire.CloseSlow, "no hello came") })
	defer late.Stop()
	kind, b, err := a.conn.Read(a.io)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	c, err := wire.ParseControl(b)
	switch {
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
	return cols >= wire.MinCols && rows >= 1 && cols <= wire.MaxCols && rows <= wire.MaxRows
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
	if a.caller.Principal() == a.room.owner {
		return true
	}
	_, ok := a.caller.Allows(identity.Admin, identity.Object{})
	return ok
}

// drives reports whether this attachment has the wheel.
func (a *attachment) drives() bool { return a.room.process.Driver() == a.person.ID }

// ping finds a connection that is gone.
func (a *attachment) ping() error {
	for {
		every := pingViewer
		if a.drives() {
			every = pingDriver
		}
		select {
		case <-a.ctx.Done():
			return nil
		case <-time.After(every):
		}
		within := pongWithin
		if every == pingViewer {
			within = pingViewer
		}
		ctx, cancel := context.WithTimeout(a.io, within)
		err := a.conn.Ping(ctx)
		cancel()
		if err != nil {
			return fmt.Errorf("%w: %w", errGone, err)
		}
	}
}
