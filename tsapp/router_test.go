package tsapp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tailscale.com/client/tailscale/apitype"
	"tailscale.com/tailcfg"

	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
	"tailpty/tsapp/token"
)

const capability = "tailpty.internal/cap/access"

// people answers WhoIs from a table. The private tailnet's own tests show that
// the real one answers in this form.
type people map[string]*apitype.WhoIsResponse

func (p people) WhoIs(_ context.Context, addr string) (*apitype.WhoIsResponse, error) {
	if w, ok := p[addr]; ok {
		return w, nil
	}
	return nil, errors.New("no such peer")
}

func person(login, node string, rules ...string) *apitype.WhoIsResponse {
	w := &apitype.WhoIsResponse{Node: &tailcfg.Node{Name: node + ".example.ts.net.", StableID: tailcfg.StableNodeID("n-" + node)}, UserProfile: &tailcfg.UserProfile{LoginName: login, DisplayName: login}}
	for _, r := range rules {
		if w.CapMap == nil {
			w.CapMap = tailcfg.PeerCapMap{}
		}
		w.CapMap[capability] = append(w.CapMap[capability], tailcfg.RawMessage(r))
	}
	return w
}

func tagged(node, tag string, rules ...string) *apitype.WhoIsResponse {
	w := person("tagged-devices", node, rules...)
	w.Node.Tags = []string{tag}
	return w
}

const (
	everything = `{"actions":["view","drive","create","end","admin"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`
	viewAll    = `{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`
	viewOwn    = `{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`
)

// world is a router with three people on its tailnet and one session, "s1",
// which is alice's.
type world struct {
	*Router
	t      *testing.T
	token  string
	tokens string // path of the tokens file
	audit  string // path of the audit log
	people people
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, token: token.Generate(), tokens: filepath.Join(dir, "tokens.json"), audit: filepath.Join(dir, "audit.jsonl"), people: people{
		"alice": person("alice@example.com", "laptop", everything),
		"bob":   person("bob@example.com", "phone", viewAll),
		"carol": person("carol@example.com", "tablet", viewOwn),
		"eve":   person("eve@example.com", "desk"),
		"ci":    tagged("runner", "tag:ci", viewOwn),
	}}
	if err := token.Add(w.tokens, token.Entry{Name: "t", SHA256: token.HashOf(w.token), Login: token.AnyLogin}); err != nil {
		t.Fatal(err)
	}
	set, err := token.Open(w.tokens)
	if err != nil {
		t.Fatal(err)
	}
	records, err := audit.Open(w.audit, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	w.Router, err = NewRouter(RouterOptions{
		Destination: "tag:node",
		Hosts:       []string{"node.example.ts.net"}, Origins: []string{"https://node.example.ts.net"}, HTTPS: true,
		Callers: &Callers{Peers: w.people, Capability: capability, FromTailnet: true, Logger: slog.New(slog.DiscardHandler)},
		Tokens:  set, Audit: records, Logger: slog.New(slog.DiscardHandler),
		Limits: Limits{FailedTokens: 10, Open: 10, PerMinute: map[route.Limit]int{route.SessionOps: 10, route.SessionReads: 60, route.Lookups: 120, route.Attaches: 60}},
	}, testRoutes()...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func testRoutes() []route.Route {
	object := func(r *http.Request) (identity.Object, error) {
		if r.PathValue("id") != "s1" {
			return identity.Object{}, problem.New(problem.NotFound, "There is nothing here.")
		}
		return identity.Object{ID: "s1", Workspace: "w", Profile: "p", Owner: "alice@example.com"}, nil
	}
	ok := func(w http.ResponseWriter, r *http.Request, _ *identity.Caller) error {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return []route.Route{
		route.Open("GET", "/", ok),
		route.Guarded("GET", "/api/v1/sessions", identity.View, route.Anything, route.SessionReads, ok),
		route.Guarded("GET", "/api/v1/sessions/{id}", identity.View, object, route.SessionReads, ok),
		route.Guarded("DELETE", "/api/v1/sessions/{id}", identity.End, object, route.SessionOps, ok),
		route.WebSocket("/api/v1/sessions/{id}/attach", identity.View, object, route.Attaches, ok),
	}
}

// ask is one request; change may alter it.
func (w *world) ask(peer, method, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, "https://node.example.ts.net"+path, nil)
	r.RemoteAddr = peer
	r.Header.Set("Authorization", "Bearer "+w.token)
	for _, f := range change {
		f(r)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

// name is the problem's name in an answer, or "" where it is none.
func name(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	if rec.Header().Get("Content-Type") != "application/problem+json" {
		return ""
	}
	var p struct{ Type string }
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(p.Type, "urn:tailpty:problem:")
}

// Each request is wrong in one more way than the one after it, so each answer
// shows which check comes first.
func TestOrderOfAnswers(t *testing.T) {
	w := newWorld(t)
	wrong := []struct {
		change func(*http.Request)
		want   string
		status int
	}{
		{func(r *http.Request) { r.Host = "evil.example.com" }, "host", 421},
		{header("Origin", "https://evil.example.com"), "origin", 403},
		{func(r *http.Request) { r.RemoteAddr = "stranger" }, "unknown-peer", 403},
		{header("Authorization", "Bearer "+token.Generate()), "token", 401},
		{func(r *http.Request) {
			if r.RemoteAddr == "bob" {
				r.RemoteAddr = "eve"
			}
		}, "no-grant", 403},
		{func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, "s1", "s2", 1) }, "not-found", 404},
		{func(r *http.Request) {}, "not-allowed", 403}, // bob may not end
	}
	for i, one := range wrong {
		var changes []func(*http.Request)
		for _, later := range wrong[i:] {
			changes = append(changes, later.change)
		}
		rec := w.ask("bob", "DELETE", "/api/v1/sessions/s1", changes...)
		if got := name(t, rec); got != one.want || rec.Code != one.status {
			t.Errorf("got %d %s, want %d %s", rec.Code, got, one.status, one.want)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		peer, method, path string
		want               int
	}{
		{"alice", "GET", "/api/v1/sessions/s1", 200}, {"alice", "DELETE", "/api/v1/sessions/s1", 200},
		{"bob", "GET", "/api/v1/sessions/s1", 200}, {"bob", "DELETE", "/api/v1/sessions/s1", 403},
		{"carol", "GET", "/api/v1/sessions/s1", 404}, {"carol", "GET", "/api/v1/sessions", 200},
		{"ci", "GET", "/api/v1/sessions/s1", 404}, {"ci", "GET", "/api/v1/sessions", 200},
		{"eve", "GET", "/api/v1/sessions", 403}, {"eve", "GET", "/api/v1/me", 200}, {"eve", "GET", "/", 200},
		{"stranger", "GET", "/", 403}, {"stranger", "GET", "/api/v1/me", 403},
		{"alice", "GET", "/api/v1/nothing", 404}, {"alice", "PUT", "/api/v1/sessions", 405}, {"alice", "POST", "/", 405},
		{"eve", "GET", "/api/v1/nothing", 403},
		{"alice", "GET", "/api/v1/sessions/s1/attach", 426},
	} {
		if rec := w.ask(tt.peer, tt.method, tt.path); rec.Code != tt.want {
			t.Errorf("%s %s %s: %d, want %d: %s", tt.peer, tt.method, tt.path, rec.Code, tt.want, rec.Body)
		}
	}
}

func TestOriginAndFetchMetadata(t *testing.T) {
	w := newWorld(t)
	const own = "https://node.example.ts.net"
	for _, tt := range []struct {
		name    string
		path    string
		headers map[string][]string
		want    int
	}{
		{"a program", "/api/v1/sessions", nil, 200},
		{"our page", "/api/v1/sessions", map[string][]string{"Origin": {own}, "Sec-Fetch-Site": {"same-origin"}}, 200},
		{"typed address", "/", map[string][]string{"Sec-Fetch-Site": {"none"}}, 200},
		{"http", "/api/v1/sessions", map[string][]string{"Origin": {"http://node.example.ts.net"}}, 403},
		{"userinfo", "/api/v1/sessions", map[string][]string{"Origin": {own + "@evil.com"}}, 403},
		{"port", "/api/v1/sessions", map[string][]string{"Origin": {own + ":8443"}}, 403},
		{"null", "/api/v1/sessions", map[string][]string{"Origin": {"null"}}, 403},
		{"empty", "/api/v1/sessions", map[string][]string{"Origin": {""}}, 403},
		{"twice", "/api/v1/sessions", map[string][]string{"Origin": {own, own}}, 403},
		{"cross-site without origin", "/api/v1/sessions", map[string][]string{"Sec-Fetch-Site": {"cross-site"}}, 403},
		{"same-site", "/api/v1/sessions", map[string][]string{"Sec-Fetch-Site": {"same-site"}}, 403},
		{"twice fetched", "/api/v1/sessions", map[string][]string{"Sec-Fetch-Site": {"same-origin", "cross-site"}}, 403},
		{"a link to the page", "/", map[string][]string{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}, 200},
		{"a link to the API", "/api/v1/sessions", map[string][]string{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}, 403},
		{"a frame", "/", map[string][]string{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}}, 403},
	} {
		rec := w.ask("alice", "GET", tt.path, func(r *http.Request) {
			maps.Copy(r.Header, tt.headers)
		})
		if rec.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, rec.Code, tt.want)
		}
	}
}

func TestTokenTravelsInAHeaderOnly(t *testing.T) {
	w := newWorld(t)
	none := header("Authorization")
	without := func(r *http.Request) { delete(r.Header, "Authorization"); none(r); r.Header.Del("Authorization") }
	for _, tt := range []struct {
		name   string
		change []func(*http.Request)
		want   int
	}{
		{"header", nil, 200},
		{"none", []func(*http.Request){without}, 401},
		{"empty", []func(*http.Request){header("Authorization", "")}, 401},
		{"basic", []func(*http.Request){header("Authorization", "Basic "+w.token)}, 401},
		{"two", []func(*http.Request){header("Authorization", "Bearer "+w.token, "Bearer "+w.token)}, 401},
		{"cookie", []func(*http.Request){without, header("Cookie", "token="+w.token)}, 401},
		{"query beside the header", []func(*http.Request){func(r *http.Request) { r.URL.RawQuery = "x=" + w.token }}, 401},
		{"a key of the query", []func(*http.Request){func(r *http.Request) { r.URL.RawQuery = w.token }}, 401},
		{"a broken query", []func(*http.Request){func(r *http.Request) { r.URL.RawQuery = "%zz;" + w.token }}, 401},
		{"the path", []func(*http.Request){func(r *http.Request) { r.URL.Path = "/api/v1/sessions/" + w.token }}, 401},
		{"a page's path", []func(*http.Request){func(r *http.Request) { r.URL.Path = "/s/" + w.token }}, 401},
		{"a page's query", []func(*http.Request){func(r *http.Request) { r.URL.Path, r.URL.RawQuery = "/", "token="+w.token }}, 401},
	} {
		if rec := w.ask("alice", "GET", "/api/v1/sessions", tt.change...); rec.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, rec.Code, tt.want)
		}
	}
	b, err := os.ReadFile(w.audit)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `"token":"in the URL"`) || strings.Contains(string(b), w.token) {
		t.Errorf("the audit log does not say that a token was in a URL, or has it:\n%s", b)
	}
}

func TestTokenBoundToLoginAndNode(t *testing.T) {
	w := newWorld(t)
	bound := token.Generate()
	if err := token.Add(w.tokens, token.Entry{Name: "bound", SHA256: token.HashOf(bound), Login: "alice@example.com", NodeID: "n-laptop"}); err != nil {
		t.Fatal(err)
	}
	w.people["alice-phone"] = person("alice@example.com", "other", everything)
	use := header("Authorization", "Bearer "+bound)
	for peer, want := range map[string]int{"alice": 200, "alice-phone": 401, "bob": 401} {
		if rec := w.ask(peer, "GET", "/api/v1/sessions", use); rec.Code != want {
			t.Errorf("%s: %d, want %d", peer, rec.Code, want)
		}
	}
	if err := token.Remove(w.tokens, "bound"); err != nil {
		t.Fatal(err)
	}
	if rec := w.ask("alice", "GET", "/api/v1/sessions", use); rec.Code != 401 {
		t.Errorf("a removed token: %d", rec.Code)
	}
}

func TestTooManyWrongTokens(t *testing.T) {
	w := newWorld(t)
	bad := header("Authorization", "Bearer "+token.Generate())
	for range 10 {
		if rec := w.ask("bob", "GET", "/api/v1/sessions", bad); rec.Code != 401 {
			t.Fatalf("got %d", rec.Code)
		}
	}
	rec := w.ask("bob", "GET", "/api/v1/sessions")
	if rec.Code != 429 || name(t, rec) != "too-many-tokens" || rec.Header().Get("Retry-After") == "" {
		t.Errorf("after ten wrong ones: %d %s", rec.Code, rec.Body)
	}
	if rec := w.ask("alice", "GET", "/api/v1/sessions"); rec.Code != 200 {
		t.Errorf("another device: %d", rec.Code)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	l := w.limits[route.SessionOps]
	l.now = func() time.Time { return now }
	for i := range 10 {
		if rec := w.ask("alice", "DELETE", "/api/v1/sessions/s1"); rec.Code != 200 {
			t.Fatalf("operation %d: %d", i+1, rec.Code)
		}
	}
	rec := w.ask("alice", "DELETE", "/api/v1/sessions/s1")
	if rec.Code != 429 || rec.Header().Get("Retry-After") != "6" {
		t.Errorf("the 11th: %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	now = now.Add(6 * time.Second)
	if rec := w.ask("alice", "DELETE", "/api/v1/sessions/s1"); rec.Code != 200 {
		t.Errorf("after 6 s: %d", rec.Code)
	}
	for i := range maxBuckets * 2 {
		l.take(string(rune(i)))
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("the table has %d buckets", len(l.buckets))
	}
}

func TestBodyLimit(t *testing.T) {
	w := newWorld(t)
	big := strings.Repeat("x", MaxBody+1)
	chunked := func(r *http.Request) { r.Body = http.NoBody; *r = *withBody(r, big); r.ContentLength = -1 }
	whole := func(r *http.Request) { *r = *withBody(r, big) }
	fits := func(r *http.Request) { *r = *withBody(r, big[1:]) }
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   int
	}{"with a length": {whole, 413}, "chunked": {chunked, 413}, "just fits": {fits, 200}} {
		if rec := w.ask("alice", "DELETE", "/api/v1/sessions/s1", tt.change); rec.Code != tt.want {
			t.Errorf("%s: %d, want %d", name, rec.Code, tt.want)
		}
	}
}

func withBody(r *http.Request, body string) *http.Request {
	q := httptest.NewRequest(r.Method, r.URL.String(), bufio.NewReader(strings.NewReader(body)))
	q.RemoteAddr, q.Header, q.ContentLength = r.RemoteAddr, r.Header, int64(len(body))
	return q
}

func TestForgedHeadersChangeNothing(t *testing.T) {
	w := newWorld(t)
	forged := []func(*http.Request){header("Tailscale-User-Login", "alice@example.com"), header("X-Forwarded-For", "alice"), header("Tailscale-App-Capabilities", `{"`+capability+`":[`+everything+`]}`)}
	if rec := w.ask("eve", "GET", "/api/v1/sessions", forged...); rec.Code != 403 {
		t.Errorf("got %d", rec.Code)
	}
	rec := w.ask("bob", "GET", "/api/v1/me", forged...)
	if !strings.Contains(rec.Body.String(), `"login":"bob@example.com"`) {
		t.Errorf("got %s", rec.Body)
	}
}

func TestMe(t *testing.T) {
	w := newWorld(t)
	without := func(r *http.Request) { r.Header.Del("Authorization") }
	for _, tt := range []struct {
		peer   string
		change []func(*http.Request)
		want   string
	}{
		{"bob", nil, `"token":true,"grants":[{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"],"source":"tailnet"}]`},
		{"bob", []func(*http.Request){without}, `"token":false,"grants":[]`},
		{"eve", nil, `"token":true,"grants":[]`},
		{"ci", nil, `"tags":["tag:ci"]`},
	} {
		if rec := w.ask(tt.peer, "GET", "/api/v1/me", tt.change...); rec.Code != 200 || !strings.Contains(rec.Body.String(), tt.want) {
			t.Errorf("%s: %d %s\nwant %s", tt.peer, rec.Code, rec.Body, tt.want)
		}
	}
	var m struct{ Ask string }
	if err := json.Unmarshal(w.ask("eve", "GET", "/api/v1/me").Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	var grant struct {
		Src, Dst []string
		App      map[string][]json.RawMessage
	}
	if err := json.Unmarshal([]byte(m.Ask), &grant); err != nil || grant.Src[0] != "eve@example.com" || grant.Dst[0] != "tag:node" || len(grant.App[capability]) != 1 {
		t.Errorf("the grant to ask for: %s, %v", m.Ask, err)
	} else if _, err := identity.ParseGrant(grant.App[capability][0], identity.FromTailnet); err != nil {
		t.Errorf("the grant to ask for is void: %v", err)
	}
	if rec := w.ask("bob", "GET", "/api/v1/me", header("Authorization", "Bearer "+token.Generate())); rec.Code != 401 {
		t.Errorf("a wrong token: %d", rec.Code)
	}
}

// Every answer, whatever it is, has every header.
func TestHeadersOnAllAnswers(t *testing.T) {
	w := newWorld(t)
	for _, rec := range []*httptest.ResponseRecorder{
		w.ask("alice", "GET", "/"), w.ask("alice", "GET", "/api/v1/me"), w.ask("alice", "GET", "/api/v1/nothing"), w.ask("eve", "GET", "/api/v1/sessions"),
		w.ask("alice", "GET", "/", func(r *http.Request) { r.Host = "x" }), w.ask("alice", "GET", "/api/v1/sessions", header("Authorization", "Bearer x")),
		w.ask("alice", "PUT", "/api/v1/sessions"), w.ask("stranger", "GET", "/"),
	} {
		csp := rec.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%d: the policy lacks %s: %s", rec.Code, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%d: %s", rec.Code, csp)
		}
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000"} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%d: %s is %q, want %q", rec.Code, name, got, want)
			}
		}
		if rec.Header().Get("Permissions-Policy") == "" || rec.Header().Get("Set-Cookie") != "" || strings.Contains(rec.Body.String(), w.token) {
			t.Errorf("%d: %v", rec.Code, rec.Header())
		}
	}
}

func TestRoutesMustSayWhatTheyNeed(t *testing.T) {
	h := func(http.ResponseWriter, *http.Request, *identity.Caller) error { return nil }
	for name, r := range map[string]route.Route{
		"nothing": {}, "no handler": route.Open("GET", "/x", nil),
		"no action":      route.Guarded("GET", "/x", "", route.Anything, route.Unlimited, h),
		"unknown action": route.Guarded("GET", "/x", "rule", route.Anything, route.Unlimited, h),
		"no object":      route.Guarded("GET", "/x", identity.View, nil, route.Unlimited, h),
		"unknown limit":  route.Identified("GET", "/x", "often", h),
	} {
		if _, err := NewRouter(RouterOptions{}, r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	twice := route.Open("GET", "/x", h)
	if _, err := NewRouter(RouterOptions{}, twice, twice); err == nil {
		t.Error("two for one address: taken")
	}
}

// Nobody whom nothing is granted can fill the disk, or write there what they
// like.
func TestDeniedRequestsAreBounded(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	w.denied.lines.now = func() time.Time { return now }
	for range 2 * deniedLines {
		w.ask("eve", "GET", "/api/"+strings.Repeat("x", 8000), func(r *http.Request) { r.Method = "BREW" })
	}
	b, err := os.ReadFile(w.audit)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > deniedLines*400 || strings.Contains(string(b), "xxx") || strings.Contains(string(b), "BREW") {
		t.Errorf("the log has %d bytes: %.300s", len(b), b)
	}
	w.ask("stranger", "GET", "/api/v1/me")
	if b, _ = os.ReadFile(w.audit); !strings.Contains(string(b), `"suppressed":120`) {
		t.Errorf("the log does not say how many lines it lacks: %.300s", b[len(b)-300:])
	}
}

// Nothing is answered before the checks, not even by way of a redirect.
func TestOddPaths(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"//x", "/api", "/a/../b", "/api/v1//sessions", "/./"} {
		for peer, want := range map[string]int{"stranger": 403, "eve": 403, "alice": 404} {
			if rec := w.ask(peer, "GET", "/", func(r *http.Request) { r.URL.Path = path }); rec.Code != want {
				t.Errorf("%s, %s: %d, want %d", peer, path, rec.Code, want)
			}
		}
	}
}

func TestOpenAtOnce(t *testing.T) {
	c := counter{most: 2}
	for i, want := range []bool{true, true, false} {
		if got := c.add("a"); got != want {
			t.Errorf("number %d of a: %v", i+1, got)
		}
	}
	if !c.add("b") {
		t.Error("one of b")
	}
	c.done("a")
	c.done("b")
	if !c.add("a") || len(c.open) != 1 {
		t.Errorf("one of a again: %v", c.open)
	}
}

func TestExpiredKeyIsNobody(t *testing.T) {
	now := time.Now()
	w := person("a@b", "n")
	for _, tt := range []struct {
		expired bool
		expiry  time.Time
		good    bool
	}{{false, time.Time{}, true}, {true, time.Time{}, false}, {false, now.Add(time.Hour), true}, {false, now.Add(-time.Second), false}} {
		w.Node.Expired, w.Node.KeyExpiry = tt.expired, tt.expiry
		if _, err := identify(w, now); (err == nil) != tt.good {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
