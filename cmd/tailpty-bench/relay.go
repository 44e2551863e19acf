package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/coder/websocket"
)

// relayCommand is the hidden command that is a minimal relay.
const relayCommand = "relay"

// relayRow is a PTY behind a WebSocket in a process of its own, on a loopback
// socket, with one goroutine for each direction and nothing else.
const relayRow = "relay"

type relay struct{}

func (relay) name() string { return relayRow }

func (relay) start(ctx context.Context, _ string) (server, error) {
	var at string
	p, err := startSelf(ctx, &at, relayCommand)
	if err != nil {
		return nil, err
	}
	return &wsServer{process: p, url: at, http: &http.Client{Transport: &http.Transport{}}}, nil
}

// serveRelay is the process of a relay. Whoever can connect to it may run
// anything: its address has a secret in it.
func serveRelay(args []string) error {
	f := flag.NewFlagSet(relayCommand, flag.ContinueOnError)
	unix := f.String("unix", "", "listen on this socket and not on loopback")
	if err := f.Parse(args); err != nil {
		return err
	}
	network, address := "tcp", "127.0.0.1:0"
	if *unix != "" {
		network, address = "unix", *unix
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	defer l.Close()
	host := l.Addr().String()
	if *unix != "" {
		host = "localhost"
	}
	return serveTerminals(l, "http://"+host, func(o openOptions) (io.ReadWriteCloser, error) { return startProgram(o) })
}

// serveTerminals serves WebSockets, each with a terminal of its own that open
// makes, and tells the bench where.
func serveTerminals(l net.Listener, base string, open func(openOptions) (io.ReadWriteCloser, error)) error {
	secret := rand.Text()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+secret, func(w http.ResponseWriter, r *http.Request) {
		o, err := parseQuery(r.URL.Query())
		if err == nil {
			err = carry(w, r, o, open)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	srv := &http.Server{Handler: mux}
	defer srv.Close()
	go func() { _ = srv.Serve(l) }()
	return saysWhere(base + "/" + secret)
}

// order is what a client asks a relay for.
type order struct {
	Command    []string
	Cols, Rows int
}

func query(o openOptions) (string, error) {
	cols, rows := o.size()
	b, err := json.Marshal(order{o.command, cols, rows})
	return url.Values{"o": {string(b)}}.Encode(), err
}

func parseQuery(q url.Values) (openOptions, error) {
	var o order
	err := json.Unmarshal([]byte(q.Get("o")), &o)
	return openOptions{command: o.Command, cols: o.Cols, rows: o.Rows}, err
}

// carry opens a terminal and carries its bytes until one side ends.
func carry(w http.ResponseWriter, r *http.Request, o openOptions, open func(openOptions) (io.ReadWriteCloser, error)) error {
	t, err := open(o)
	if err != nil {
		return err
	}
	end := sync.OnceFunc(func() { t.Close() })
	defer end()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return nil // it has answered
	}
	defer conn.CloseNow()
	ctx := context.Background()
	typing := make(chan struct{})
	go func() {
		defer close(typing)
		defer end()
		for {
			_, keys, err := conn.Read(ctx)
			if err != nil {
				return
			}
			if _, err := t.Write(keys); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 64<<10)
	for {
		n, err := t.Read(b)
		if n > 0 {
			if err := conn.Write(ctx, websocket.MessageBinary, b[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	conn.CloseNow()
	<-typing
	return nil
}

// wsServer is a relay as its client sees it.
type wsServer struct {
	*process
	url  string
	http *http.Client
	// holders has the relay's children charged: they hold the PTYs.
	holders bool
	// after is called when the process has ended.
	after func() error
}

func (s *wsServer) open(ctx context.Context, o openOptions) (terminal, error) {
	q, err := query(o)
	if err != nil {
		return nil, err
	}
	conn, _, err := websocket.Dial(ctx, s.url+"?"+q, &websocket.DialOptions{HTTPClient: s.http})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	return &wsTerminal{ctx: ctx, conn: conn}, nil
}

func (s *wsServer) pids() []int {
	if s.holders {
		return append([]int{s.pid()}, childrenOf(s.pid())...)
	}
	return []int{s.pid()}
}

func (s *wsServer) close() error {
	err := s.process.close()
	if s.after != nil {
		err = errors.Join(err, s.after())
	}
	s.http.CloseIdleConnections()
	return err
}

// wsTerminal is a terminal whose output is the bytes of a WebSocket's messages.
type wsTerminal struct {
	ctx     context.Context
	conn    *websocket.Conn
	message io.Reader // what is left of one
}

func (t *wsTerminal) Read(p []byte) (int, error) {
	for {
		if t.message == nil {
			_, m, err := t.conn.Reader(t.ctx)
			if err != nil {
				return 0, errors.Join(io.EOF, err)
			}
			t.message = m
		}
		n, err := t.message.Read(p)
		if errors.Is(err, io.EOF) {
			t.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (t *wsTerminal) Write(p []byte) (int, error) {
	if err := t.conn.Write(t.ctx, websocket.MessageBinary, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (t *wsTerminal) consumed(int) {}
func (t *wsTerminal) Close() error { return t.conn.CloseNow() }

// overUnix is an HTTP client whose every connection goes to a Unix socket.
func overUnix(socket string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
}

// onlyOurs makes what is made from now on ours alone: sockets, above all.
func onlyOurs(dir string) error { return os.Chmod(dir, 0o700) }
