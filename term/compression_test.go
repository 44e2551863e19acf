package term

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

// countedConn counts what comes over a connection.
type countedConn struct {
	net.Conn
	read *atomic.Int64
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// What is long goes compressed over a line that is slow, and as it is over one that
// is not.
func TestCompression(t *testing.T) {
	for _, slow := range []bool{true, false} {
		t.Run(fmt.Sprintf("slow line %v", slow), func(t *testing.T) {
			h := newHost(t)
			id := h.create("alice", "sh")
			var came atomic.Int64
			dialer := &net.Dialer{}
			transport := &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, to)
				return countedConn{conn, &came}, err
			}}
			conn, _, err := websocket.Dial(t.Context(), h.url+"/api/v1/sessions/"+id+"/attach", &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport},
				HTTPHeader: http.Header{"X-Test-Login": {"alice"}}, Subprotocols: []string{wire.Subprotocol}, CompressionMode: websocket.CompressionNoContextTakeover})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
			conn.SetReadLimit(16 << 20)
			c := &client{t: t, conn: conn}
			if slow {
				c.late = slowFrom + 10*time.Millisecond
			}
			c.send(wire.Control{T: wire.Hello, Client: "a", Mode: wire.Lossless, Offset: new(uint64), Cols: 80, Rows: 24})
			c.until("the first state", func() bool { return c.state.You != "" })
			// The line is measured first, then used.
			c.typ("stty -echo; PS1=; seq 5000; echo fin$((1))ished\n")
			c.until("the end", c.sees("fin1ished"))
			had, began := c.out.Len(), came.Load()
			c.typ("seq 100000 140000; echo fin$((2))ished\n")
			c.until("the end", c.sees("fin2ished"))
			ratio := float64(came.Load()-began) / float64(c.out.Len()-had)
			if slow && ratio > 0.5 || !slow && ratio < 1 {
				t.Errorf("%.2f bytes came for each of output", ratio)
			}
		})
	}
}
