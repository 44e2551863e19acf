package client_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tailpty/term/client"
	"tailpty/term/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within bounds every wait of these tests.
const within = 20 * time.Second

// session is what outlives the server of these tests: a log, the input applied,
// the numbers of each client, who drives. It is of one person, who may all.
type session struct {
	mu      sync.Mutex
	log     []byte
	typed   []byte
	seqs    map[string]uint64
	driver  string // a client's name
	stolen  bool   // somebody else drives
	exit    *int
	changed chan struct{} // closed and made anew on each change
	size    wire.Control
	// echo has the log repeat what is typed; keep is how much of the log is left
	// for those who resume, 0 for all.
	echo bool
	keep int
	// forgetful drops the number of each client that comes.
	forgetful bool
	attached  int
	sent      uint64 // the offset up to which output was sent
}

func newSession() *session {
	return &session{seqs: map[string]uint64{}, changed: make(chan struct{}), size: wire.Control{Cols: 80, Rows: 24}}
}

// do changes the session.
func (s *session) do(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// snapshot is the end of the log, which is all that these terminals show.
func (s *session) snapshot(at uint64) []byte {
	return bytes.Clone(s.log[max(0, int(at)-64):at])
}

func (s *session) print(p []byte) { s.do(func() { s.log = append(s.log, p...) }) }

// await waits until cond holds; it is asked with the lock held.
func (s *session) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(within)
	for {
		s.mu.Lock()
		ok, changed := cond(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited for %s", what)
		}
	}
}

// server serves one session, and cuts its connections as told.
type server struct {
	t    *testing.T
	s    *session
	http *httptest.Server
	// cut decides after how many bytes, to and from the client, the n-th
	// connection dies; negative is never.
	cut   func(n int) (to, from int64)
	lines atomic.Int64
	// answer, if not nil, may answer a request in place of upgrading.
	answer func(n int64, w http.ResponseWriter) bool
	// meddle, if not nil, sees each message to the client and may close the
	// connection instead.
	meddle func(conn *websocket.Conn, m wire.Control) bool
	asked  atomic.Int64

	mu   sync.Mutex
	open map[net.Conn]bool
}

func serve(t *testing.T, s *session, change ...func(*server)) *server {
	t.Helper()
	srv := &server{t: t, s: s, open: map[net.Conn]bool{}, cut: func(int) (int64, int64) { return -1, -1 }}
	for _, f := range change {
		f(srv)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv.http = &httptest.Server{Listener: mortal{l, srv}, Config: &http.Server{Handler: http.HandlerFunc(srv.attach)}}
	srv.http.Start()
	t.Cleanup(func() { srv.kill(); srv.http.Close() })
	return srv
}

// mortal is a listener of connections that die.
type mortal struct {
	net.Listener
	srv *server
}

func (m mortal) Accept() (net.Conn, error) {
	c, err := m.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d := &dying{Conn: c}
	to, from := m.srv.cut(int(m.srv.lines.Add(1)))
	d.to.Store(to)
	d.from.Store(from)
	m.srv.mu.Lock()
	m.srv.open[d] = true
	m.srv.mu.Unlock()
	return d, nil
}

// dying is a connection that dies after so many bytes, in the middle of whatever
// it carries.
type dying struct {
	net.Conn
	to, from atomic.Int64
	mute     atomic.Bool
}

func (d *dying) die() {
	if tcp, ok := d.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // as the kernel does for a process that is killed
	}
	d.Conn.Close()
}

func (d *dying) Write(p []byte) (int, error) {
	if d.mute.Load() {
		return len(p), nil
	}
	left := d.to.Load()
	if left < 0 || left > int64(len(p)) {
		d.to.Add(-min(int64(len(p)), max(left, 0)))
		return d.Conn.Write(p)
	}
	n, _ := d.Conn.Write(p[:left])
	// What was written is to arrive: no reset.
	d.Conn.Close()
	return n, net.ErrClosed
}

func (d *dying) Read(p []byte) (int, error) {
	left := d.from.Load()
	if left == 0 {
		d.die()
		return 0, net.ErrClosed
	}
	if left > 0 {
		p = p[:min(int64(len(p)), left)]
	}
	n, err := d.Conn.Read(p)
	if left > 0 {
		d.from.Add(-int64(n))
	}
	return n, err
}

// kill cuts every connection as the death of the server does.
func (srv *server) kill() {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for c := range srv.open {
		c.(*dying).die()
	}
	clear(srv.open)
}

// mute loses all that open connections would carry to their clients.
func (srv *server) mute() {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for c := range srv.open {
		c.(*dying).mute.Store(true)
	}
}

func (srv *server) dial(ctx context.Context) (*websocket.Conn, error) {
	// A transport of its own: what is cut is not to be used again.
	tr := &http.Transport{}
	conn, err := client.Dial(ctx, &http.Client{Transport: tr}, srv.http.URL, nil)
	if err != nil {
		tr.CloseIdleConnections()
	}
	return conn, err
}

// attach is the server's side of the protocol, in its plainest form.
func (srv *server) attach(w http.ResponseWriter, r *http.Request) {
	n := srv.asked.Add(1)
	if srv.answer != nil && srv.answer(n, w) {
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	_, b, err := conn.Read(ctx)
	if err != nil {
		return
	}
	hello, err := wire.ParseControl(b)
	if err != nil || hello.T != wire.Hello {
		srv.t.Errorf("the first message is %q", b)
		return
	}
	p := &peer{srv: srv, conn: conn, hello: hello, first: true}
	srv.s.do(func() { srv.s.attached++ })
	var reading sync.WaitGroup
	reading.Go(func() { defer cancel(); p.read(ctx) })
	p.write(ctx)
	conn.CloseNow()
	cancel()
	reading.Wait()
}

// peer is one attachment at the server.
type peer struct {
	srv    *server
	conn   *websocket.Conn
	hello  wire.Control
	first  bool
	cursor uint64
	told   wire.Control // the last state, to send it when it changes

	mu      sync.Mutex
	acked   uint64
	answers []wire.Control
}

func (p *peer) answer(c wire.Control) {
	p.mu.Lock()
	p.answers = append(p.answers, c)
	p.mu.Unlock()
	p.srv.s.do(func() {})
}

func (p *peer) read(ctx context.Context) {
	s := p.srv.s
	for {
		kind, b, err := p.conn.Read(ctx)
		if err != nil {
			return
		}
		if kind == websocket.MessageBinary {
			f, err := wire.ParseFrame(b)
			if err != nil || f.Kind != wire.Input {
				p.srv.t.Errorf("a binary message: %v", err)
				return
			}
			p.answer(p.input(f))
			continue
		}
		c, err := wire.ParseControl(b)
		if err != nil {
			p.srv.t.Error(err)
			return
		}
		switch c.T {
		case wire.Ack:
			p.mu.Lock()
			p.acked = *c.Offset
			p.mu.Unlock()
			s.do(func() {})
		case wire.Ping:
			p.answer(wire.Control{T: wire.Pong})
		case wire.Take:
			s.mu.Lock()
			stolen := s.stolen
			s.mu.Unlock()
			if stolen {
				p.answer(wire.Control{T: wire.Refused, Error: wire.NotDriver, Detail: "no wheel"})
			} else {
				s.do(func() { s.driver = p.hello.Client })
			}
		case wire.Release:
			s.do(func() { s.driver = "" })
		case wire.Resize:
			s.do(func() { s.size = c })
		default:
			p.srv.t.Errorf("a message %q", b)
		}
	}
}

// input applies input once.
func (p *peer) input(f wire.Frame) (c wire.Control) {
	s, name := p.srv.s, p.hello.Client
	s.do(func() {
		if s.driver == "" && !s.stolen {
			s.driver = name
		}
		switch {
		case s.stolen || s.driver != name:
			c = wire.Control{T: wire.Refused, Error: wire.NotDriver, Detail: "Bob drives."}
			return
		case f.Number > s.seqs[name]+1:
			c = wire.Control{T: wire.Refused, Error: wire.BadSequence}
			return
		case f.Number == s.seqs[name]+1:
			s.seqs[name]++
			s.typed = append(s.typed, f.Payload...)
			if s.echo {
				s.log = append(s.log, f.Payload...)
			}
		}
		c = wire.Control{T: wire.Accepted, Seq: new(s.seqs[name])}
	})
	return c
}

func (p *peer) write(ctx context.Context) {
	s := p.srv.s
	for {
		s.mu.Lock()
		changed := s.changed
		messages := p.next()
		s.mu.Unlock()
		for _, m := range messages {
			if c, ok := m.(wire.Control); ok && p.srv.meddle != nil && p.srv.meddle(p.conn, c) {
				return
			}
			var err error
			switch m := m.(type) {
			case wire.Control:
				err = p.conn.Write(ctx, websocket.MessageText, m.Encode())
				if m.T == wire.Exit && err == nil {
					p.conn.Close(websocket.StatusNormalClosure, "the session ended")
					return
				}
			case wire.Frame:
				err = p.conn.Write(ctx, websocket.MessageBinary, m.Append(nil))
			}
			if err != nil {
				return
			}
		}
		if len(messages) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// next is what is to be sent. The session's lock is held.
func (p *peer) next() (out []any) {
	s := p.srv.s
	st := wire.Control{T: wire.State, You: p.hello.Client, Driver: s.driver, MayDrive: true, Cols: s.size.Cols, Rows: s.size.Rows}
	if s.stolen {
		st.Driver = "bob"
	}
	end := uint64(len(s.log))
	if p.first {
		if s.forgetful {
			delete(s.seqs, p.hello.Client)
		}
		p.told = st
		st.Seq = new(s.seqs[p.hello.Client])
		out = append(out, st)
		p.first = false
		start := uint64(0)
		if s.keep > 0 && end > uint64(s.keep) {
			start = end - uint64(s.keep)
		}
		if end > 0 {
			out = append(out, wire.Control{T: wire.Replay, To: &end})
		}
		if o := p.hello.Offset; o != nil && *o >= start && *o <= end {
			p.cursor = *o
		} else {
			p.cursor = end
			out = append(out, wire.Frame{Kind: wire.Snapshot, Number: end, Payload: s.snapshot(end)})
		}
		p.acked = p.cursor
	} else if st.Driver != p.told.Driver || st.Cols != p.told.Cols {
		p.told = st
		out = append(out, st)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.answers {
		out = append(out, a)
	}
	p.answers = nil
	if p.cursor < end && p.cursor < p.acked+wire.Window {
		n := min(end-p.cursor, 1+rand.Uint64N(wire.MaxOutput))
		out = append(out, wire.Frame{Kind: wire.Output, Number: p.cursor, Payload: bytes.Clone(s.log[p.cursor : p.cursor+n])})
		p.cursor += n
		s.sent = max(s.sent, p.cursor)
	}
	if s.exit != nil && p.cursor == end {
		out = append(out, wire.Control{T: wire.Exit, Code: s.exit})
	}
	return out
}
