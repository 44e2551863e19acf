package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// forward passes bytes as they are from a loopback address to the service's
// port 443, from one device: what connects to it speaks TLS with the service's
// real name and certificate.
type forward struct {
	address string
	l       net.Listener
	stop    context.CancelFunc
	wg      sync.WaitGroup
}

// lingerTime is how long a connection may go on after one side has said its
// last.
const lingerTime = 10 * time.Second

// openForward serves on l until close. It owns l.
func openForward(l net.Listener, target string, dial dialFunc) *forward {
	ctx, stop := context.WithCancel(context.Background())
	f := &forward{address: l.Addr().String(), l: l, stop: stop}
	f.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.wg.Go(func() { pass(ctx, c, target, dial) })
		}
	})
	return f
}

// pass connects c with the target until both have said all, or ctx ends.
func pass(ctx context.Context, c net.Conn, target string, dial dialFunc) {
	defer c.Close()
	dialCtx, cancel := context.WithTimeout(ctx, dialTime)
	to, err := dial(dialCtx, "tcp", target)
	cancel()
	if err != nil {
		return
	}
	defer to.Close()
	defer context.AfterFunc(ctx, func() {
		c.Close()
		to.Close()
	})()
	var wg sync.WaitGroup
	wg.Go(func() { copyAll(to, c) })
	wg.Go(func() { copyAll(c, to) })
	wg.Wait()
}

// copyAll copies until src ends and says so to dst, which then has lingerTime to
// end as well.
func copyAll(dst, src net.Conn) {
	_, err := io.Copy(dst, src)
	half, ok := dst.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		dst.Close()
		return
	}
	dst.SetReadDeadline(time.Now().Add(lingerTime))
}

// close ends the forward and every connection through it.
func (f *forward) close() {
	f.stop()
	f.l.Close()
	f.wg.Wait()
}
