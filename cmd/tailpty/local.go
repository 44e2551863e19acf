package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"

	"tailpty/config"
	"tailpty/term"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
)

// localHost is this machine's sessions. It needs no server: the commands of the
// host speak to the sessions' own processes, over sockets that only their user
// can open, and whoever is that user has a shell already. The API is served in
// this process alone, over pipes in memory.
type localHost struct {
	*remoteHost
	sessions *term.Sessions
	caller   *identity.Caller
	config   config.Config
}

// localGrant is what a person on the host may do: everything.
const localGrant = `{"actions":["view","drive","create","end","admin"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`

// openLocal makes this machine's host, from its configuration as far as there is
// one.
func openLocal(ctx context.Context, from *settings) (*localHost, error) {
	c, err := from.load()
	if _, unfinished := errors.AsType[config.Problems](err); err != nil && !unfinished || c.StateDir == "" || c.RuntimeDir == "" {
		return nil, err
	}
	grant, err := identity.ParseGrant([]byte(localGrant), identity.FromConfig)
	if err != nil {
		return nil, err
	}
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	name, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	h := &localHost{config: c}
	h.caller = identity.NewCaller(identity.Identity{Login: "local:" + who.Username, Name: who.Username, Node: name, NodeID: "local"}, []identity.Grant{grant})
	program, err := sessionProgram()
	if err != nil {
		return nil, err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := places(c).Make(); err != nil {
		return nil, err
	}
	records, err := audit.Open(filepath.Join(c.StateDir, "audit.jsonl"), logger)
	if err != nil {
		return nil, err
	}
	h.sessions = term.New(term.Options{Profiles: profiles(c), Workspaces: workspaces(c), Places: places(c), Program: program,
		Wall: lazyWall(c, from.path()), Local: true, Owner: c.LocalLogin, Max: c.MaxSessions, MaxPerLogin: c.MaxSessionsPerLogin, Audit: records, Logger: logger})
	if err := h.sessions.Open(ctx); err != nil {
		return nil, err
	}
	h.remoteHost = newRemoteHost("", "localhost", "")
	h.http.Transport = &http.Transport{DialTLSContext: h.pipe(records).dial}
	return h, nil
}

// lazyWall finds what the wall is made of when a session is started.
func lazyWall(c config.Config, file string) wall {
	return func(dir string, command []string) ([]string, error) {
		w, err := buildWall(c, file)
		if err != nil {
			return nil, err
		}
		return w(dir, command)
	}
}

// pipe serves the API to this process.
func (h *localHost) pipe(records *audit.Log) pipe {
	mux := http.NewServeMux()
	for _, to := range h.sessions.Routes() {
		mux.HandleFunc(to.Method()+" "+to.Pattern(), func(w http.ResponseWriter, r *http.Request) {
			if err := h.serve(w, r, to, records); err != nil {
				problem.From(err).Write(w)
			}
		})
	}
	p := pipe{make(chan net.Conn), make(chan struct{})}
	go func() { _ = (&http.Server{Handler: mux}).Serve(p) }()
	return p
}

// serve answers one request of this process's own.
func (h *localHost) serve(w http.ResponseWriter, r *http.Request, to route.Route, records *audit.Log) error {
	o, err := to.Object()(r)
	if err != nil {
		return err
	}
	if to.Action() != identity.View || !o.Any {
		records.Write(audit.Line{Verdict: audit.Allowed, Action: to.Action(), Route: to.Method() + " " + to.Pattern(), Object: o.ID, Workspace: o.Workspace}.By(h.caller.Identity))
	}
	return to.Handler()(w, r, h.caller)
}

// pipe is a listener whose connections are made in this process alone.
type pipe struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipe) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipe) Close() error   { return nil }
func (p pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
