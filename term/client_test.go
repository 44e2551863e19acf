package term

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"tailpty/term/session"
	"tailpty/term/wire"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "session" {
		os.Exit(session.Main(os.Stdin, os.Stdout)) // this program as the process of a session
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("tailpty/term/session.spawn.func1")) // a session that has ended lingers
}

// within bounds every wait of these tests.
const within = 20 * time.Second

// host is a set of sessions behind a server that knows its callers by a header:
// what the router does with tokens and WhoIs is tested in tsapp.
type host struct {
	t       testing.TB
	s       *Sessions
	url     string
	callers map[string]*identity.Caller
	lost    map[string]context.CancelCauseFunc // ends a caller's last connection
	life    context.Context                    // ends with the server
	cut     context.CancelFunc
	options Options
	srv     *httptest.Server
	mu      sync.Mutex
}

func grantsOf(t testing.TB, rules ...string) []identity.Grant {
	t.Helper()
	g, void := identity.ParseGrants(rules, identity.FromTailnet)
	if len(void) > 0 {
		t.Fatal(void)
	}
	return g
}

const (
	driveAll = `{"actions":["view","drive","create","end"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`
	driveOwn = `{"actions":["view","drive","create","end"],"sessions":"own","workspaces":["*"],"profiles":["*"],"max_sessions":2}`
	viewAll  = `{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`
)

func newHost(t testing.TB) *host {
	t.Helper()
	records, err := audit.Open(filepath.Join(t.TempDir(), "audit.jsonl"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, lost: map[string]context.CancelCauseFunc{}, callers: map[string]*identity.Caller{}}
	for login, rule := range map[string]string{"alice": driveAll, "bob": viewAll, "carol": driveOwn, "dave": driveAll} {
		h.callers[login] = identity.NewCaller(identity.Identity{Login: login, Name: login, Node: login + "-laptop", NodeID: login}, grantsOf(t, rule))
	}
	dir, err := os.MkdirTemp("", "tp-") // a short path, for sockets
	if err != nil {
		t.Fatal(err)
	}
	h.options = Options{
		Places: session.Places{State: filepath.Join(dir, "state"), Runtime: filepath.Join(dir, "run")}, Program: []string{os.Args[0], "session"},
		Profiles:   []Profile{{Name: "cat", Command: []string{"/bin/sh", "-c", "stty -echo; echo ready; exec cat"}}, {Name: "sh", Command: []string{"/bin/sh"}}},
		Workspaces: []Workspace{{Name: "w", Path: t.TempDir()}}, Max: 5, MaxPerLogin: 3, Audit: records, Logger: slog.New(slog.DiscardHandler)}
	h.serveAgain()
	t.Cleanup(func() {
		h.kill()
		records.Close()
		h.endSessions()
		os.RemoveAll(dir)
	})
	return h
}

// serveAgain starts a server on the sessions that there are.
func (h *host) serveAgain() {
	h.t.Helper()
	h.s = New(h.options)
	h.life, h.cut = context.WithCancel(context.Background())
	if err := h.s.Open(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range h.s.Routes() {
		mux.HandleFunc(r.Method()+" "+r.Pattern(), func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, r) })
	}
	h.srv = httptest.NewServer(mux)
	h.url = h.srv.URL
}

// kill ends the server, without a word to anybody.
func (h *host) kill() {
	h.cut()
	h.s.Close()
	h.srv.Close()
}

// endSessions ends the processes of all sessions.
func (h *host) endSessions() {
	ids, err := h.options.Places.IDs()
	if err != nil {
		h.t.Error(err)
	}
	for _, id := range ids {
		past, err := h.options.Places.Away(id)
		if err != nil {
			continue
		}
		_ = syscall.Kill(past.PID, syscall.SIGKILL)
		for deadline := time.Now().Add(within); ; time.Sleep(time.Millisecond) {
			if _, err := h.options.Places.Look(id); !errors.Is(err, session.ErrLives) {
				break
			}
			if time.Now().After(deadline) {
				h.t.Errorf("session %s does not end", id)
				break
			}
		}
	}
}

// serve does the router's part: object, action, handler.
func (h *host) serve(w http.ResponseWriter, r *http.Request, to route.Route) {
	login := r.Header.Get("X-Test-Login")
	c := h.callers[login]
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(h.life, func() { cancel(ErrClosed) })()
	h.mu.Lock()
	h.lost[login] = cancel
	h.mu.Unlock()
	r = r.WithContext(ctx)
	o, err := to.Object()(r)
	if err == nil && !o.Any && !c.Sees(o) {
		err = problem.New(problem.NotFound, "There is nothing here.")
	}
	if _, ok := c.Allows(to.Action(), o); err == nil && !ok {
		err = problem.New(problem.NotAllowed, "no")
	}
	if err == nil {
		err = to.Handler()(w, r, c)
	}
	if err != nil {
		problem.From(err).Write(w)
	}
}

// ask is one HTTP request; the answer is decoded into into, if not nil.
func (h *host) ask(login, method, path, body string, into any) int {
	h.t.Helper()
	r, err := http.NewRequest(method, h.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("X-Test-Login", login)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			h.t.Fatal(err)
		}
	}
	return resp.StatusCode
}

// create starts a session of a profile and returns its id.
func (h *host) create(login, profile string) string {
	h.t.Helper()
	var s Session
	if code := h.ask(login, "POST", "/sessions", fmt.Sprintf(`{"profile":%q,"workspace":"w"}`, profile), &s); code != 201 {
		h.t.Fatalf("creating: %d", code)
	}
	return s.ID
}

// client is one attachment as a program sees it.
type client struct {
	t        testing.TB
	conn     *websocket.Conn
	noAck    bool
	late     time.Duration   // how long it takes to acknowledge
	out      strings.Builder // output and snapshots, as they came
	frames   []wire.Frame
	controls []wire.Control
	state    wire.Control
	offset   uint64
	seq      uint64
}

func (h *host) dial(login, path string) *websocket.Conn {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, h.url+"/api/v1"+path, &websocket.DialOptions{HTTPHeader: http.Header{"X-Test-Login": {login}}, Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		h.t.Fatalf("%s: %v (%v)", path, err, resp)
	}
	conn.SetReadLimit(16 << 20)
	h.t.Cleanup(func() { conn.CloseNow() })
	return conn
}

func (h *host) attach(login, id string, hello wire.Control) *client {
	h.t.Helper()
	c := &client{t: h.t, conn: h.dial(login, "/sessions/"+id+"/attach")}
	hello.T = wire.Hello
	if hello.Client == "" {
		hello.Client = login
	}
	c.send(hello)
	c.until("the first state", func() bool { return c.state.You != "" })
	return c
}

func (c *client) send(m wire.Control) {
	c.t.Helper()
	if err := c.conn.Write(context.Background(), websocket.MessageText, m.Encode()); err != nil {
		c.t.Fatal(err)
	}
}

// typ sends input under the next number.
func (c *client) typ(text string) {
	c.t.Helper()
	c.seq++
	if err := c.conn.Write(context.Background(), websocket.MessageBinary, wire.Frame{Kind: wire.Input, Number: c.seq, Payload: []byte(text)}.Append(nil)); err != nil {
		c.t.Fatal(err)
	}
}

// next reads one message.
func (c *client) next() error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	kind, b, err := c.conn.Read(ctx)
	if err != nil {
		return err
	}
	if kind == websocket.MessageText {
		m, err := wire.ParseControl(b)
		if err != nil {
			c.t.Fatal(err)
		}
		c.controls = append(c.controls, m)
		if m.T == wire.State {
			c.state = m
		}
		return nil
	}
	f, err := wire.ParseFrame(b)
	if err != nil {
		c.t.Fatal(err)
	}
	switch {
	case f.Kind == wire.Snapshot:
		c.offset = f.Number
	case f.Number != c.offset:
		c.t.Errorf("output at %d, expected at %d", f.Number, c.offset)
	default:
		c.offset += uint64(len(f.Payload))
	}
	c.frames = append(c.frames, f)
	c.out.Write(f.Payload)
	if !c.noAck {
		time.Sleep(c.late)
		c.send(wire.Control{T: wire.Ack, Offset: &c.offset})
	}
	return nil
}

// until reads messages until cond holds.
func (c *client) until(what string, cond func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(within)
	for !cond() {
		if err := c.next(); err != nil {
			c.t.Fatalf("waiting for %s: %v; the last of it %q, the last message %+v", what, err, c.tail(), c.controls[max(0, len(c.controls)-1):])
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("waited for %s; the last of it is %q", what, c.tail())
		}
	}
}

// tail is the end of the output.
func (c *client) tail() string {
	all := c.out.String()
	return all[max(0, len(all)-300):]
}

// sees is a condition: the output so far has the text.
func (c *client) sees(text string) func() bool {
	return func() bool { return strings.Contains(c.out.String(), text) }
}

// told is a condition: a control message of this kind has come.
func (c *client) told(t, code string) func() bool {
	return func() bool {
		for _, m := range c.controls {
			if m.T == t && (code == "" || m.Error == code) {
				return true
			}
		}
		return false
	}
}

// closed reads to the end and returns the close code.
func (c *client) closed() websocket.StatusCode {
	c.t.Helper()
	for {
		if err := c.next(); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// eventually waits until cond holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}
