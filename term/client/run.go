package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

var (
	errEnded    = errors.New("the session has ended")
	errSilent   = errors.New("the server is silent")
	errProtocol = errors.New("the server broke the protocol")
)

// backoff is how long to wait before each new connection.
var backoff = []time.Duration{300 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

const (
	// openWithin is how long a connection may take to be made.
	openWithin = 10 * time.Second
	// settledAfter is how long one has to hold for the waits to begin anew.
	settledAfter = 5 * time.Second
	// goodbyeWithin is how long the other side may take to hear that we go.
	goodbyeWithin = time.Second
)

// Run attaches, and comes back whenever the connection is lost, until the
// session ends: exit is then the status of its program and err is nil. Otherwise
// err says why it stopped: ctx's cause, a *Refused, or a *Closed with the code
// CloseToken, CloseForbidden, CloseReplaced or CloseProtocol. It is called once.
func (c *Client) Run(ctx context.Context) (exit int, err error) {
	defer c.finish()
	for attempt := 0; ; attempt++ {
		c.status(Status{Phase: Connecting})
		held, err := c.connect(ctx)
		switch {
		case errors.Is(err, errEnded):
			c.status(Status{Phase: Ended, Exit: c.intake.exit})
			return c.intake.exit, nil
		case ctx.Err() != nil:
			return 0, context.Cause(ctx)
		case final(err):
			c.status(Status{Phase: Stopped, Err: err})
			return 0, err
		}
		if held > settledAfter {
			attempt = 0
		}
		wait := c.pause(attempt, err)
		c.status(Status{Phase: Waiting, Until: time.Now().Add(wait), Err: err})
		woken, err := c.sleep(ctx, wait)
		if err != nil {
			return 0, err
		}
		if woken { // what a person asks for makes no later wait longer
			attempt--
		}
	}
}

// connect makes one connection and serves it to its end. held is how long it
// was open.
func (c *Client) connect(ctx context.Context) (held time.Duration, err error) {
	dialling, cancel := context.WithTimeout(ctx, openWithin)
	conn, err := c.o.Dial(dialling)
	cancel()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = c.serve(ctx, conn)
	return time.Since(began), err
}

// serve serves a connection to its end.
func (c *Client) serve(ctx context.Context, conn *websocket.Conn) error {
	l := newLine(c, conn)
	c.mu.Lock()
	c.line = l
	c.resized = false // hello says it
	hello := c.hello()
	c.mu.Unlock()

	l.start(hello)
	err := l.deliver(ctx)
	// The session has ended or we go: that is said. Anything else is cut off.
	if errors.Is(err, errEnded) || ctx.Err() != nil {
		late := time.AfterFunc(goodbyeWithin, func() { l.stop(err) })
		conn.Close(websocket.StatusNormalClosure, "")
		late.Stop()
	}
	l.stop(err)
	conn.CloseNow()
	l.busy.Wait()

	c.mu.Lock()
	c.line = nil
	c.typing.disconnect()
	c.mu.Unlock()
	return err
}

// hello is the first message of a connection. mu is held.
func (c *Client) hello() wire.Control {
	h := wire.Control{T: wire.Hello, Mode: c.o.Mode, Client: c.o.Name, Scrollback: c.o.Scrollback, Cols: c.window.Cols, Rows: c.window.Rows}
	if c.intake.known {
		h.Offset = &c.intake.at
	}
	return h
}

// final reports that trying again is of no use.
func final(err error) bool {
	if r, ok := errors.AsType[*Refused](err); ok {
		return !r.passing()
	}
	if closed, ok := errors.AsType[*Closed](err); ok {
		switch closed.Code {
		case wire.CloseProtocol, wire.CloseToken, wire.CloseForbidden, wire.CloseReplaced:
			return true
		}
	}
	return false
}

// pause is how long to wait before the next connection, after so many that
// failed.
func (c *Client) pause(attempt int, err error) time.Duration {
	base := c.o.Backoff[min(attempt, len(c.o.Backoff)-1)]
	wait := time.Duration(float64(base) * (0.8 + 0.4*rand.Float64()))
	if r, ok := errors.AsType[*Refused](err); ok {
		wait = max(wait, r.RetryAfter)
	}
	return wait
}

// sleep waits for a while. woken reports that somebody wants it tried at once.
func (c *Client) sleep(ctx context.Context, wait time.Duration) (woken bool, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select { // an old wish is not this wait's
	case <-c.retry:
	default:
	}
	select {
	case <-timer.C:
		return false, nil
	case <-c.retry:
		return true, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

func (c *Client) status(s Status) {
	if c.o.Status != nil {
		c.o.Status(s)
	}
}

// finish tells who waits that nothing more happens.
func (c *Client) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over, c.typing.ended = true, true
	if c.flushed != nil {
		close(c.flushed)
		c.flushed = nil
	}
}

// broken is a protocol error with what it was.
func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errProtocol, fmt.Sprintf(format, args...))
}
