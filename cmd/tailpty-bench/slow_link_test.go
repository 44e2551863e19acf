package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// listen serves one connection at a time with f, until the test ends.
func listen(t *testing.T, network, addr string, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// line is a link to a server, and a connection through it with a deadline.
func line(t *testing.T, to string, o linkOptions) (*link, *net.TCPConn) {
	t.Helper()
	l, err := newLink(t.Context(), "127.0.0.1:0", dialer(to), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c, err := net.Dial("tcp", l.addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return l, c.(*net.TCPConn)
}

// noise is bytes that no two places of have in common.
func noise(n int) []byte {
	b := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(b)
	return b
}

// near fails where a figure is more than a tenth off.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	// Timers of a busy machine are some milliseconds late.
	if off := want/10 + 5*time.Millisecond; got < want-want/10 || got > want+off {
		t.Errorf("%s took %v, and not %v", what, got, want)
	}
}

// What is sent comes out whole and in order, at the rate, late by the delay.
func TestLinkRateAndDelay(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			at := "127.0.0.1:0"
			if network == "unix" {
				at = t.TempDir() + "/s"
			}
			sent := noise(100_000)
			got := make(chan []byte, 1)
			to := listen(t, network, at, func(c net.Conn) {
				_, _ = c.Write(sent)
				_ = c.(interface{ CloseWrite() error }).CloseWrite()
				b, _ := io.ReadAll(c)
				got <- b
			})
			const delay = 60 * time.Millisecond
			begin := time.Now()
			l, c := line(t, to, linkOptions{rate: 1_000_000, delay: delay})
			first := make([]byte, 1)
			if _, err := io.ReadFull(c, first); err != nil {
				t.Fatal(err)
			}
			near(t, "the first packet", time.Since(begin), 3*delay+packetSize*8*time.Microsecond)
			rest, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "all of it", time.Since(begin), 3*delay+100_000*8*time.Microsecond)
			if !bytes.Equal(append(first, rest...), sent) {
				t.Error("not what was sent came out")
			}
			// The other way, after the first one is closed.
			if _, err := c.Write(sent[:5000]); err != nil {
				t.Fatal(err)
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if b := <-got; !bytes.Equal(b, sent[:5000]) {
				t.Errorf("%d bytes, and not the 5000 sent, came out the other way", len(b))
			}
			if up, down := l.carried(); up != 5000 || down != 100_000 {
				t.Errorf("carried %d up and %d down", up, down)
			}
		})
	}
}

// Keys through an idle line take a round trip, not more with each.
func TestLinkEcho(t *testing.T) {
	to := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { _, _ = io.Copy(c, c) })
	_, c := line(t, to, linkOptions{rate: 1_000_000, delay: 30 * time.Millisecond})
	key := make([]byte, 1)
	for i := range 6 {
		begin := time.Now()
		if _, err := c.Write(key); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, key); err != nil {
			t.Fatal(err)
		}
		want := 60 * time.Millisecond
		if i == 0 {
			want *= 2 // the handshake
		}
		near(t, "a key", time.Since(begin), want)
	}
}

// Connections share the rate.
func TestLinkIsShared(t *testing.T) {
	sent := noise(30_000)
	to := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { _, _ = c.Write(sent) })
	begin := time.Now()
	l, a := line(t, to, linkOptions{rate: 1_000_000})
	b, err := net.Dial("tcp", l.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, c := range []net.Conn{a, b} {
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	near(t, "both", time.Since(begin), 60_000*8*time.Microsecond)
}

// A client that does not read is felt by the server: no more than the queue and
// the sockets' buffers are taken from it.
func TestLinkIsBounded(t *testing.T) {
	taken := make(chan int, 1)
	to := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		_ = c.(*net.TCPConn).SetWriteBuffer(socketBytes)
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		n, _ := c.Write(make([]byte, 8<<20))
		taken <- n
	})
	_, _ = line(t, to, linkOptions{rate: 1_000_000, delay: 10 * time.Millisecond})
	// In a second 125 KB leave the line for the client's socket.
	n := <-taken
	if n > 125_000+queueBytes+200_000 || n < 100_000 {
		t.Errorf("%d bytes were taken", n)
	}
}

// Closing ends connections at once, both ends, whether idle or with bytes under way.
func TestLinkClose(t *testing.T) {
	for name, much := range map[string]int{"idle": 0, "busy": 8 << 20} {
		t.Run(name, func(t *testing.T) {
			arrived, closed, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			to := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
				_, _ = io.ReadFull(c, make([]byte, 1))
				close(arrived)
				_, err := c.Write(make([]byte, much))
				<-closed // the server does nothing towards it
				_ = c.SetReadDeadline(time.Now().Add(patient))
				if err == nil {
					_, err = c.Read(make([]byte, 1))
				}
				ended <- err
			})
			l, c := line(t, to, linkOptions{rate: 100_000, delay: 100 * time.Millisecond})
			if _, err := c.Write([]byte("k")); err != nil {
				t.Fatal(err)
			}
			<-arrived
			begin := time.Now()
			go func() { _ = l.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(patient):
				_ = c.Close()
				t.Fatal("it does not close")
			}
			_, _ = io.Copy(io.Discard, c)
			if err := <-ended; err == nil {
				t.Error("the server's end is open still")
			}
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("the ends noticed after %v", took)
			}
		})
	}
}

// A line is of some speed and forward in time.
func TestLinkOptions(t *testing.T) {
	for _, o := range []linkOptions{{}, {rate: 8}, {rate: 1_000_000, delay: -1}} {
		if l, err := newLink(t.Context(), "127.0.0.1:0", dialer("127.0.0.1:1"), o); err == nil {
			_ = l.Close()
			t.Errorf("a line with %+v", o)
		}
	}
}
