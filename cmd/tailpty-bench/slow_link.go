package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// packetSize is the most that is taken from a socket at once, in bytes: what
	// fits in a packet of 1,500 bytes with the headers of WireGuard and TCP.
	packetSize = 1380
	// queueBytes is the bottleneck's queue, beside what is under way: a modem's or
	// a base station's, half a second of 1 Mbit/s.
	queueBytes = 64 << 10
	// socketBytes is the size asked for the link's own socket buffers: what they
	// hold is neither queued nor under way, so it is to be little.
	socketBytes = 4 << 10
)

// linkOptions are a line's properties, the same in both directions.
type linkOptions struct {
	// rate is in bits of payload a second: headers are not counted.
	rate int64
	// delay is one way.
	delay time.Duration
}

// link is a slow line: a relay of TCP connections that lets bytes through at a
// rate and late. All connections share the rate; each direction of each has a
// queue of its own, and when it is full the sender feels it through TCP. A
// connection costs a round trip before its first byte, as TCP's handshake does.
// There is no loss: for TCP that is a lower rate.
type link struct {
	linkOptions
	listener net.Listener
	dial     dial
	end      context.CancelFunc
	work     sync.WaitGroup
	up, down direction
}

// direction is one way of the line.
type direction struct {
	bytes atomic.Int64 // that have come out at the far end

	mu   sync.Mutex
	free time.Time // when the line has sent all it was given
}

// dial connects to the server.
type dial func(ctx context.Context) (net.Conn, error)

// dialer dials a TCP address, or a Unix socket by its path.
func dialer(to string) dial {
	network := "tcp"
	if strings.HasPrefix(to, "/") {
		network = "unix"
	}
	d := net.Dialer{ControlContext: func(_ context.Context, _, _ string, c syscall.RawConn) error { return shrinkBeforeConnect(c) }}
	return func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, network, to) }
}

// newLink listens on listen, a TCP address, and relays each connection to one that
// it dials, until the context ends or Close.
func newLink(ctx context.Context, listen string, to dial, o linkOptions) (*link, error) {
	if o.rate < 8*packetSize || o.delay < 0 {
		return nil, fmt.Errorf("a line of %d bit/s and %v: it takes at least %d bit/s and no negative delay", o.rate, o.delay, 8*packetSize)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(ctx)
	l := &link{linkOptions: o, listener: listener, dial: to, end: end}
	l.work.Go(func() { <-ctx.Done(); _ = listener.Close() })
	l.work.Go(func() { l.accept(ctx) })
	return l, nil
}

// addr is where it listens.
func (l *link) addr() string { return l.listener.Addr().String() }

// carried is how many bytes have come out at the far ends: at the server's, and
// at the clients'.
func (l *link) carried() (up, down int64) { return l.up.bytes.Load(), l.down.bytes.Load() }

// Close ends the line with all its connections, and waits for that.
func (l *link) Close() error {
	l.end()
	l.work.Wait()
	return nil
}

func (l *link) accept(ctx context.Context) {
	defer l.end()
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.work.Go(func() { l.relay(ctx, conn) })
	}
}

// relay carries one connection until both ways are closed, one fails, or the
// context ends.
func (l *link) relay(ctx context.Context, client net.Conn) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	defer client.Close()
	shrink(client)
	if !sleep(ctx, 2*l.delay) {
		return
	}
	server, err := l.dial(ctx)
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	defer server.Close()
	shrink(server)
	var ways sync.WaitGroup
	for _, w := range []struct {
		d        *direction
		from, to net.Conn
	}{{&l.up, client, server}, {&l.down, server, client}} {
		ways.Go(func() {
			if err := l.carry(ctx, w.d, w.from, w.to); err != nil {
				end()
			}
		})
	}
	ways.Wait()
}

// packet is what travels together.
type packet struct {
	arrives time.Time
	p       []byte
}

// carry takes bytes from one end to the other until the first has closed.
func (l *link) carry(ctx context.Context, d *direction, from io.Reader, to net.Conn) error {
	// What is under way is the rate times the delay. Some packets are small, and
	// take a place each, as in a router's queue.
	underWay := int(l.rate / 8 * int64(l.delay) / int64(time.Second))
	queue := make(chan packet, (queueBytes+underWay)/packetSize)
	failed := make(chan error, 1)
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		for p := range queue {
			if !sleep(ctx, time.Until(p.arrives)) {
				failed <- context.Cause(ctx)
				return
			}
			n, err := to.Write(p.p)
			d.bytes.Add(int64(n))
			if err != nil {
				failed <- err
				return
			}
		}
		failed <- closeWrite(to)
	}()
	err := l.enqueue(ctx, d, from, queue, delivered)
	close(queue)
	<-delivered
	return errors.Join(err, <-failed)
}

// enqueue reads packets into the queue until the end of what there is, or until
// nobody delivers any more.
func (l *link) enqueue(ctx context.Context, d *direction, from io.Reader, queue chan<- packet, delivered <-chan struct{}) error {
	for {
		b := make([]byte, packetSize)
		n, err := from.Read(b)
		if n > 0 {
			select {
			case queue <- packet{d.send(n, l.linkOptions), b[:n]}:
			case <-delivered:
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// send puts n bytes on the line and says when the last one arrives.
func (d *direction) send(n int, o linkOptions) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); d.free.Before(now) {
		d.free = now
	}
	d.free = d.free.Add(time.Duration(int64(n) * 8 * int64(time.Second) / o.rate))
	return d.free.Add(o.delay)
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// shrink makes a connection's buffers small.
func shrink(c net.Conn) {
	if b, ok := c.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		_ = b.SetReadBuffer(socketBytes)
		_ = b.SetWriteBuffer(socketBytes)
	}
}

// shrinkBeforeConnect makes the receive buffer small while TCP's window is still
// to be agreed on.
func shrinkBeforeConnect(c syscall.RawConn) error {
	var err error
	return errors.Join(c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, socketBytes)
	}), err)
}

// closeWrite says that no more comes.
func closeWrite(c net.Conn) error {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return c.Close()
}
