package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tailpty/term"
	"tailpty/term/client"
	"tailpty/term/screen"
	"tailpty/term/session"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
	"tailpty/tsapp/token"
)

// soon bounds every wait of these tests.
const soon = 20 * time.Second

// attachHost is a host for the client's commands: real sessions behind HTTPS on
// loopback. Who calls is known by the token; WhoIs and the rest of the router
// have tests of their own.
type attachHost struct {
	t       *testing.T
	address string
	env     []string          // of the commands that use it, without a token
	tokens  map[string]string // by login
	callers map[string]*identity.Caller
	options term.Options

	mu   sync.Mutex
	s    *term.Sessions
	srv  *httptest.Server
	life context.Context
	cut  context.CancelFunc
}

func newAttachHost(t *testing.T) *attachHost {
	t.Helper()
	dir, err := os.MkdirTemp("", "tp-") // a short path, for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	records, err := audit.Open(filepath.Join(dir, "audit.jsonl"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	h := &attachHost{t: t, tokens: map[string]string{}, callers: map[string]*identity.Caller{}}
	for login, rule := range map[string]string{
		"alice":   `{"actions":["view","drive","create","end"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`,
		"bob":     `{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`,
		"mallory": "",
	} {
		h.tokens[login] = token.Generate()
		var grants []identity.Grant
		if rule != "" {
			var void []error
			if grants, void = identity.ParseGrants([]string{rule}, identity.FromTailnet); len(void) > 0 {
				t.Fatal(void)
			}
		}
		h.callers[h.tokens[login]] = identity.NewCaller(identity.Identity{Login: login, Name: login, Node: login + "-laptop", NodeID: login}, grants)
	}
	h.options = term.Options{
		Places: session.Places{State: filepath.Join(dir, "state"), Runtime: filepath.Join(dir, "run")}, Program: []string{program, sessionName},
		Profiles: []term.Profile{
			{Name: "sh", Command: []string{"/bin/sh"}, Env: []string{"PS1=$ ", "ENV="}},
			{Name: "bash", Command: []string{"/bin/bash", "--norc", "--noprofile"}, Env: []string{"PS1=$ ", "HISTFILE="}},
			{Name: "queries", Command: []string{"/bin/sh", "-c", `stty -echo -icanon; printf begin; dd bs=1 count=1 >/dev/null 2>&1; printf '\033[5n\033[c\033]52;c;aGVsbG8=\007'; exec cat -v`}},
			{Name: "modes", Command: []string{"/bin/sh", "-c", `printf '\033[?1000;1006;2004;1h\033[?25l\033[?1049h\033=in the alternate screen'; exec cat`}},
		},
		Workspaces: []term.Workspace{{Name: "w", Path: dir}}, Max: 20, MaxPerLogin: 20, Audit: records, Logger: slog.New(slog.DiscardHandler)}
	h.start()
	t.Cleanup(h.stop)
	t.Cleanup(h.endAll)

	cert := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	h.env = []string{"SSL_CERT_FILE=" + cert, "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "NO_PROXY=127.0.0.1"}
	return h
}

// start serves the sessions that there are, at the same address as before.
func (h *attachHost) start() {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s = term.New(h.options)
	h.life, h.cut = context.WithCancel(context.Background())
	if err := h.s.Open(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range h.s.Routes() {
		mux.HandleFunc(r.Method()+" "+r.Pattern(), func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, r) })
	}
	mux.HandleFunc("GET /api/v1/me", func(w http.ResponseWriter, r *http.Request) {
		c, ok := h.caller(r)
		if !ok {
			problem.New(problem.Token, "This token is not valid for you on this device.").Write(w)
			return
		}
		_ = route.WriteJSON(w, http.StatusOK, map[string]any{"login": c.Login, "node": c.Node, "token": true, "grants": c.Grants(), "ask": "paste-this"})
	})
	address := h.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = l.Addr().String()
	h.srv = &httptest.Server{Listener: l, Config: &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)}}
	h.srv.StartTLS()
}

// stop ends the server; sessions go on.
func (h *attachHost) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut()
	h.s.Close()
	h.srv.CloseClientConnections()
	h.srv.Close()
}

// caller is who a request is from.
func (h *attachHost) caller(r *http.Request) (*identity.Caller, bool) {
	c, ok := h.callers[token.FromRequest(r)]
	return c, ok
}

func (h *attachHost) serve(w http.ResponseWriter, r *http.Request, to route.Route) {
	c, ok := h.caller(r)
	if !ok {
		problem.New(problem.Token, "This token is not valid for you on this device.").Write(w)
		return
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(h.life, func() { cancel(term.ErrClosed) })()
	r = r.WithContext(ctx)
	o, err := to.Object()(r)
	if err == nil && !o.Any && !c.Sees(o) {
		err = problem.New(problem.NotFound, "There is nothing here.")
	}
	if _, ok := c.Allows(to.Action(), o); err == nil && !ok {
		err = problem.New(problem.NotAllowed, "Your grants do not include %s.", to.Action())
	}
	if err == nil {
		err = to.Handler()(w, r, c)
	}
	if err != nil {
		problem.From(err).Write(w)
	}
}

// as is the environment of a command of a person's.
func (h *attachHost) as(login string) []string {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(h.tokens[login]+"\n"), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return append([]string{tokenFileEnv + "=" + file}, h.env...)
}

// remote is the host as the commands have it.
func (h *attachHost) remote(login string) *remoteHost {
	r := newRemoteHost(h.address, h.address, h.tokens[login])
	r.http.Transport = h.srv.Client().Transport
	return r
}

// sessions is all there are.
func (h *attachHost) sessions() []term.Session {
	h.t.Helper()
	all, err := h.remote("alice").Sessions(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// endAll ends all sessions and waits until they have.
func (h *attachHost) endAll() {
	remote := h.remote("alice")
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	for {
		all, err := remote.Sessions(ctx)
		if err != nil {
			h.t.Error(err)
			return
		}
		left := 0
		for _, s := range all {
			if running(s) {
				left++
			}
			_ = remote.End(ctx, s.ID) // one that has ended leaves the list
		}
		if left == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// text is what a session shows, by a snapshot of it through the screen package,
// without blank lines at the end.
func (h *attachHost) text(id string) (shown string, cols, rows int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), soon)
	defer cancel()
	remote := h.remote("bob")
	c := client.New(client.Options{ViewOnly: true,
		Dial: func(ctx context.Context) (*client.Conn, error) { return remote.Dial(ctx, id) },
		Reset: func(c, r int, snapshot []byte, _ uint64) {
			s := screen.New(screen.Options{Cols: c, Rows: r})
			s.Write(snapshot)
			shown, cols, rows = strings.TrimRight(s.Text(), "\n"), c, r
			cancel()
		}})
	if _, err := c.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		h.t.Fatal(err)
	}
	return shown, cols, rows
}

// decode reads what a command printed as JSON.
func (h *attachHost) decode(r result, into any) {
	h.t.Helper()
	if r.code != 0 {
		h.t.Fatalf("exit %d: %s", r.code, r.stderr)
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(r.stdout))).Decode(into); err != nil {
		h.t.Fatalf("%v: %q", err, r.stdout)
	}
}
