package main

import (
	"context"
	"net"
	"sync"
	"time"
)

// dialer opens a connection.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// lifeline is how one client reaches the server: through one connection at a time,
// which can be cut and held up.
type lifeline struct {
	dialer dialer

	mu      sync.Mutex
	conn    net.Conn
	dialing context.CancelFunc
	until   time.Time // nothing is read before
}

// dial opens the connection.
func (l *lifeline) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	l.dialing = cancel
	l.mu.Unlock()
	c, err := l.dialer(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.conn, l.dialing, l.until = c, nil, time.Time{}
	l.mu.Unlock()
	return &heldConn{c, l}, nil
}

// cut ends the connection, and one that is only being made.
func (l *lifeline) cut() {
	l.mu.Lock()
	c, cancel := l.conn, l.dialing
	l.conn = nil
	l.mu.Unlock()
	if c != nil {
		c.Close()
	}
	if cancel != nil {
		cancel()
	}
}

// hold has nothing read from the connection for a while, as if the client were
// stopped.
func (l *lifeline) hold(d time.Duration) {
	l.mu.Lock()
	l.until = time.Now().Add(d)
	l.mu.Unlock()
}

// heldConn is a connection that can be held up.
type heldConn struct {
	net.Conn
	line *lifeline
}

func (c *heldConn) Read(p []byte) (int, error) {
	c.line.mu.Lock()
	wait := time.Until(c.line.until)
	c.line.mu.Unlock()
	if wait > 0 {
		time.Sleep(wait)
	}
	return c.Conn.Read(p)
}
