package term

import (
	"context"
	"math"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

// A viewer that acknowledges what it never reads holds up nobody.
func TestViewerThatLies(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{Client: "a", Cols: 80, Rows: 24})
	// Little fits in front of a client that does not read.
	transport := &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, to)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return conn, err
	}}
	conn, _, err := websocket.Dial(t.Context(), h.url+"/api/v1/sessions/"+id+"/attach", &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport},
		HTTPHeader: http.Header{"X-Test-Login": {"bob"}}, Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	b := &client{t: t, conn: conn, noAck: true}
	b.send(wire.Control{T: wire.Hello, Client: "b"})
	b.until("the first state", func() bool { return b.state.You != "" })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		all := uint64(math.MaxInt64)
		for b.conn.Write(ctx, websocket.MessageText, wire.Control{T: wire.Ack, Offset: &all}.Encode()) == nil {
			time.Sleep(time.Millisecond) // as a hostile one would, to be believed for longer
		}
	}()
	a.typ("p=$(printf %01800d 1); while :; do echo $p; sleep 0.001; done\n")
	for begin := time.Now(); time.Since(begin) < 12*time.Second; {
		before := time.Now()
		if err := a.next(); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(before); d > 3*time.Second {
			t.Fatalf("the driver was told nothing for %v", d)
		}
		a.out.Reset()
		a.frames, a.controls = nil, nil
	}
}

// Input without anything in it is bounded as any other is.
func TestEmptyInput(t *testing.T) {
	for name, ahead := range map[string]uint64{"in turn": 0, "out of turn": 1000} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			id := h.create("alice", "cat")
			a := h.attach("alice", id, wire.Control{Client: "a"})
			b := h.attach("bob", id, wire.Control{Client: "b"})
			a.typ("x\n")
			a.until("the echo", a.sees("x\r\n"))
			before := runtime.NumGoroutine()
			for range 20_000 {
				a.seq++
				if a.conn.Write(t.Context(), websocket.MessageBinary, wire.Frame{Kind: wire.Input, Number: a.seq + ahead}.Append(nil)) != nil {
					break // it may be cut off
				}
			}
			if n := runtime.NumGoroutine() - before; n > 100 {
				t.Errorf("%d goroutines wait", n)
			}
			// Whoever watches is not thrown out.
			c := h.attach("dave", id, wire.Control{Client: "c"})
			b.until("who came", func() bool { return len(b.state.People) >= 2 })
			c.until("the screen", c.sees("x"))
		})
	}
}
