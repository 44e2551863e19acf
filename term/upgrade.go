package term

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

// upgrade turns a request into a WebSocket that Close waits for, and serves it
// until it ends.
func (s *Sessions) upgrade(w http.ResponseWriter, r *http.Request, serve func(context.Context, *websocket.Conn)) error {
	leave, err := s.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, conn := accept(w, r)
	if conn == nil {
		return nil // it has been answered
	}
	defer conn.CloseNow()
	serve(ctx, conn)
	return nil
}

// accept upgrades a request that the router has let in. The router has checked
// Host and Origin more strictly than the library does; its own check stays on.
// The context carries what was agreed on. The connection is nil where the request
// has been answered.
func accept(w http.ResponseWriter, r *http.Request) (context.Context, *websocket.Conn) {
	upgraded := &roomy{ResponseWriter: w}
	conn, err := websocket.Accept(upgraded, r, &websocket.AcceptOptions{
		Subprotocols:    []string{wire.Subprotocol},
		CompressionMode: websocket.CompressionNoContextTakeover, CompressionThreshold: compressFrom,
	})
	if err != nil {
		return r.Context(), nil
	}
	return context.WithValue(r.Context(), agreedKey{}, agreed{
		offered: len(r.Header["Sec-Websocket-Protocol"]) > 0,
		conn:    upgraded.conn,
		deflate: w.Header().Get("Sec-Websocket-Extensions") != "",
	}), conn
}

// agreed is what a client and the server agreed on when it connected.
type agreed struct {
	offered bool // the client offered subprotocols
	deflate bool // messages may be compressed (RFC 7692)
	conn    *held
}

type agreedKey struct{}

// roomy has a connection write each message in one piece: net/http's buffer of
// 4 KiB makes two or more system calls of a larger one, and wakes its reader for
// each.
type roomy struct {
	http.ResponseWriter
	conn *held
}

func (r *roomy) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	r.conn = &held{Conn: conn}
	rw.Writer = bufio.NewWriterSize(r.conn, 16+wire.HeaderLen+wire.MaxOutput) // a WebSocket frame has at most 14 bytes of its own
	return r.conn, rw, nil
}

// held is a connection that can hold what is written, to send it in one piece.
type held struct {
	net.Conn
	mu    sync.Mutex
	holds bool
	waits []byte
}

func (h *held) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.holds {
		h.waits = append(h.waits, p...)
		return len(p), nil
	}
	return h.Conn.Write(p)
}

// hold begins to hold, and reports false where somebody is writing.
func (h *held) hold() bool {
	if !h.mu.TryLock() {
		return false
	}
	defer h.mu.Unlock()
	h.holds = true
	return true
}

// releaseWithin is how long what was held may take to leave: it is so little that
// only a connection on which nothing moves takes any time.
const releaseWithin = 2 * time.Second

// release sends what was held.
func (h *held) release() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holds = false
	if len(h.waits) == 0 {
		return nil
	}
	if err := h.Conn.SetWriteDeadline(time.Now().Add(releaseWithin)); err != nil {
		return err
	}
	_, err := h.Conn.Write(h.waits)
	h.waits = h.waits[:0]
	return errors.Join(err, h.Conn.SetWriteDeadline(time.Time{}))
}
