package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"tailpty/term"
	"tailpty/term/session"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
)

// The hidden commands that are a server of package term, and the process of a
// session where the program itself is not to be used.
const (
	serveCommand   = "serve"
	sessionCommand = "session"
)

// tailptyRow is tailpty by a Unix socket: package term's own routes in a process of
// its own, and real session processes.
const tailptyRow = "tailpty"

// tailpty is that row, and its variants.
type tailpty struct {
	// session is the argument vector of the process of a session.
	session []string
	// row is its name: tailptyRow if empty.
	row string
	// compression is what the client offers.
	compression websocket.CompressionMode
	// dial opens the client's connections, given the server's socket: the socket
	// itself if nil.
	dial func(socket string) func(ctx context.Context, network, address string) (net.Conn, error)
}

func (t tailpty) name() string {
	if t.row != "" {
		return t.row
	}
	return tailptyRow
}

func runSession([]string) error {
	if status := session.Main(os.Stdin, os.Stdout); status != 0 {
		return errors.New("the session did not start")
	}
	return nil
}

// serveOrder is what the process of the server is told.
type serveOrder struct {
	Dir, Socket string
	Session     []string
}

func (o serveOrder) places() session.Places {
	return session.Places{State: filepath.Join(o.Dir, "state"), Runtime: filepath.Join(o.Dir, "run")}
}

func (t tailpty) start(ctx context.Context, dir string) (server, error) {
	if err := onlyOurs(dir); err != nil {
		return nil, err
	}
	o := serveOrder{dir, filepath.Join(dir, "socket"), t.session}
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var ready bool
	p, err := startSelf(ctx, &ready, serveCommand, string(b))
	if err != nil {
		return nil, err
	}
	client := overUnix(o.Socket)
	if t.dial != nil {
		client = &http.Client{Transport: &http.Transport{DialContext: t.dial(o.Socket)}}
	}
	return &tailptyServer{process: p, places: o.places(), attach: attacher{http: client, url: "http://localhost", compression: t.compression},
		create: runOn(overUnix(o.Socket))}, nil
}

// everything is a grant of it.
const everything = `{"actions":["view","drive","create","end","admin"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`

// serveTailpty is the process of the server. It does what tailpty's own does with
// an attachment; who calls needs no finding out.
func serveTailpty(args []string) error {
	var o serveOrder
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &o) != nil {
		return errors.New("an order")
	}
	grant, err := identity.ParseGrant([]byte(everything), identity.FromConfig)
	if err != nil {
		return err
	}
	caller := identity.NewCaller(identity.Identity{Login: "alice@example.com", Name: "alice", Node: "laptop", NodeID: "laptop"}, []identity.Grant{grant})
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := o.places().Make(); err != nil {
		return err
	}
	records, err := audit.Open(filepath.Join(o.Dir, "audit.jsonl"), logger)
	if err != nil {
		return err
	}
	defer records.Close()
	s := term.New(term.Options{Places: o.places(), Program: o.Session, Max: 1000, MaxPerLogin: 1000, Audit: records, Logger: logger})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := s.Open(ctx); err != nil {
		return err
	}
	l, err := listenPrivately(o.Socket)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: routesOf(s, caller, o.Dir)}
	go func() { _ = srv.Serve(l) }()
	err = saysWhere(true)
	srv.Close()
	return err // with the process go its connections
}

// listenPrivately listens on a Unix socket that only its user can open.
func listenPrivately(path string) (net.Listener, error) {
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	return net.Listen("unix", path)
}

// routesOf serves the sessions to a caller, and beside their own routes one that
// runs any command as a session, as a person on the host can.
func routesOf(s *term.Sessions, caller *identity.Caller, dir string) http.Handler {
	mux := http.NewServeMux()
	for _, to := range s.Routes() {
		mux.HandleFunc(to.Method()+" "+to.Pattern(), func(w http.ResponseWriter, r *http.Request) {
			if err := answer(w, r, to, caller); err != nil {
				problem.From(err).Write(w)
			}
		})
	}
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		var o order
		err := json.NewDecoder(r.Body).Decode(&o)
		var id string
		if err == nil {
			id, err = s.Run(caller, term.Run{Name: "bench", Command: o.Command, Env: os.Environ(), Dir: dir, Isolation: term.Open, Cols: o.Cols, Rows: o.Rows})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(id))
	})
	return mux
}

// answer does the router's part.
func answer(w http.ResponseWriter, r *http.Request, to route.Route, caller *identity.Caller) error {
	o, err := to.Object()(r)
	if err != nil {
		return err
	}
	if _, ok := caller.Allows(to.Action(), o); !ok && !o.Any {
		return problem.New(problem.NotAllowed, "no")
	}
	return to.Handler()(w, r, caller)
}

// runOn starts a session of any command, on a server of ours.
func runOn(via *http.Client) func(context.Context, openOptions) (string, error) {
	return func(ctx context.Context, o openOptions) (string, error) {
		cols, rows := o.size()
		b, err := json.Marshal(order{o.command, cols, rows})
		if err != nil {
			return "", err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/run", bytes.NewReader(b))
		if err != nil {
			return "", err
		}
		resp, err := via.Do(r)
		if err != nil {
			return "", err
		}
		return readAnswer(resp, http.StatusOK)
	}
}

// readAnswer is the body of an answer that has to have a status.
func readAnswer(resp *http.Response, want int) (string, error) {
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return "", err
	}
	if resp.StatusCode != want {
		return "", fmt.Errorf("the server answered %d: %s", resp.StatusCode, b.Bytes())
	}
	return b.String(), nil
}

// tailptyServer is a server of tailpty's, whichever way it is reached.
type tailptyServer struct {
	*process
	places session.Places
	attach attacher
	create func(ctx context.Context, o openOptions) (id string, err error)
	after  func() error // called when it has ended; may be nil
}

func (s *tailptyServer) open(ctx context.Context, o openOptions) (terminal, error) {
	id, err := s.create(ctx, o)
	if err != nil {
		return nil, err
	}
	from := uint64(0)
	t, err := s.attach.dial(ctx, id, greeting{mode: o.mode, offset: &from, drives: true, size: o})
	if err != nil {
		return nil, err
	}
	t.end = func() error { return s.endSession(id) }
	return t, nil
}

// pids is the server and the processes of the sessions that run.
func (s *tailptyServer) pids() []int {
	return append([]int{s.pid()}, childrenOf(s.pid())...)
}

func (s *tailptyServer) close() error {
	errs := []error{s.process.close()}
	ids, err := s.places.IDs()
	errs = append(errs, err)
	for _, id := range ids {
		errs = append(errs, s.endSession(id))
	}
	s.attach.http.CloseIdleConnections()
	if s.after != nil {
		errs = append(errs, s.after())
	}
	return errors.Join(errs...)
}

// endSession kills the process of a session, which takes its program with it, and
// waits until it is gone.
func (s *tailptyServer) endSession(id string) error {
	past, err := s.places.Away(id)
	if err != nil {
		return nil // it is gone
	}
	_ = syscall.Kill(past.PID, syscall.SIGKILL)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := s.places.Look(id); !errors.Is(err, session.ErrLives) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("session %s does not end", id)
		}
	}
}
