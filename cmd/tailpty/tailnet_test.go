package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/localnet"
	"tailpty/tsapp/token"
)

// tailnet is a private tailnet with the program on it, and people's devices.
// The tests of this file share one: starting it takes seconds.
type tailnet struct {
	net     *localnet.Net
	setup   setup
	server  *server
	token   string
	devices map[string]*localnet.Device
}

const access = "tailpty.internal/cap/access"

// policy is who may do what in these tests: alice all, bob watches, carol only
// her own, ci what its tag has, and mallory reaches the node without a grant.
func policy(t *testing.T) localnet.Policy {
	t.Helper()
	var p localnet.Policy
	text := `{"grants":[
	 {"src":["*"],"dst":["tag:tailpty"],"ip":["tcp:80","tcp:443"]},
	 {"src":["alice@example.com"],"dst":["tag:tailpty"],"app":{"` + access + `":[{"actions":["view","drive","create","end","admin"],"sessions":"all","workspaces":["*"],"profiles":["*"]}]}},
	 {"src":["bob@example.com"],"dst":["tag:tailpty"],"app":{"` + access + `":[{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}]}},
	 {"src":["carol@example.com"],"dst":["tag:tailpty"],"app":{"` + access + `":[{"actions":["view","drive","create","end"],"workspaces":["*"],"profiles":["*"]}]}},
	 {"src":["tag:ci"],"dst":["tag:tailpty"],"app":{"` + access + `":[{"actions":["view","create"],"workspaces":["*"],"profiles":["cat"]}]}}]}`
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func newTailnet(t *testing.T) *tailnet {
	t.Helper()
	n, err := localnet.New(t.Context(), localnet.Options{Dir: t.TempDir(), Policy: policy(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	tn := &tailnet{net: n, setup: newSetup(t), devices: map[string]*localnet.Device{}}
	key, err := n.TagKey("tag:tailpty")
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(tn.setup.dir, "key")
	if err := os.WriteFile(keyFile, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	tn.setup.control = n.ControlURL()
	tn.setup.extra = "auth_key_file: " + keyFile + "\ntags: [tag:tailpty]\nlimits: {session_ops: 1000, session_reads: 1000, attaches: 1000, failed_tokens: 1000}\n"
	tn.setup.write(t, 0o600)
	tn.token = tn.setup.token(t, "--name", "t", "--any-login")
	tn.server = tn.setup.serve(t, append(n.Environ(), "TS_AUTHKEY=unused"))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, o := range []localnet.DeviceOptions{
		{Name: "alice-laptop", Login: "alice@example.com"}, {Name: "bob-phone", Login: "bob@example.com"},
		{Name: "carol-tablet", Login: "carol@example.com"}, {Name: "mallory-desk", Login: "mallory@example.com"}, {Name: "runner", Tags: []string{"tag:ci"}},
	} {
		wg.Go(func() {
			d, err := n.StartDevice(t.Context(), o)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			tn.devices[strings.SplitN(o.Name, "-", 2)[0]] = d
		})
	}
	wg.Wait()
	t.Cleanup(func() {
		for _, d := range tn.devices {
			d.Close()
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return tn
}

// client is an HTTP client on somebody's device that trusts the tailnet's CA.
func (tn *tailnet) client(who string) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(tn.net.CA())
	return &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return tn.devices[who].Dial(ctx, network, addr)
			},
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask is one request; token is sent unless it is "".
func (tn *tailnet) ask(t *testing.T, who, token, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	u := path
	if strings.HasPrefix(path, "/") {
		u = tn.server.url + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, u, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := tn.client(who).Do(r)
	if err != nil {
		t.Fatalf("%s %s %s: %v", who, method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// create starts a session and returns its id.
func (tn *tailnet) create(t *testing.T, who, profile string) string {
	t.Helper()
	code, body := tn.ask(t, who, tn.token, "POST", "/api/v1/sessions", fmt.Sprintf(`{"profile":%q,"workspace":"w","cols":80,"rows":24}`, profile))
	var s struct{ ID string }
	if err := json.Unmarshal([]byte(body), &s); code != 201 || err != nil {
		t.Fatalf("creating: %d %s", code, body)
	}
	return s.ID
}

// attach opens a session's WebSocket; the status is that of the handshake.
func (tn *tailnet) attach(t *testing.T, who, token, id string) (*websocket.Conn, int, string) {
	t.Helper()
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, tn.server.url+"/api/v1/sessions/"+id+"/attach", &websocket.DialOptions{HTTPClient: tn.client(who), HTTPHeader: h, Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		if resp == nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		return nil, resp.StatusCode, string(b)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(1 << 22)
	return conn, resp.StatusCode, ""
}

func say(t *testing.T, conn *websocket.Conn, m wire.Control) {
	t.Helper()
	if err := conn.Write(t.Context(), websocket.MessageText, m.Encode()); err != nil {
		t.Fatal(err)
	}
}

func typ(t *testing.T, conn *websocket.Conn, seq uint64, text string) {
	t.Helper()
	if err := conn.Write(t.Context(), websocket.MessageBinary, wire.Frame{Kind: wire.Input, Number: seq, Payload: []byte(text)}.Append(nil)); err != nil {
		t.Fatal(err)
	}
}

// until reads messages until the output, or a control message as JSON, has text,
// and returns all of it.
func until(t *testing.T, conn *websocket.Conn, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all bytes.Buffer
	for !strings.Contains(all.String(), text) {
		kind, b, err := conn.Read(ctx)
		if err != nil {
			t.Fatalf("waiting for %q: %v; got %q", text, err, all.String()[max(0, all.Len()-300):])
		}
		if kind == websocket.MessageBinary {
			b = b[wire.HeaderLen:]
		}
		all.Write(b)
	}
	return all.String()
}

// Everything that needs the program on a tailnet, on one tailnet.
func TestOnATailnet(t *testing.T) {
	tn := newTailnet(t)
	t.Run("TestPromise_EN6", func(t *testing.T) { promiseEN6(t, tn) })
	t.Run("TestPromise_BF1", func(t *testing.T) { promiseBF1(t, tn) })
	t.Run("TestPromise_BF10", func(t *testing.T) { promiseBF10(t, tn) })
	t.Run("TestPromise_OD7", func(t *testing.T) { promiseOD7(t, tn) })
	t.Run("rights", func(t *testing.T) { rights(t, tn) })
	t.Run("watching", func(t *testing.T) { watching(t, tn) })
	t.Run("forged headers", func(t *testing.T) { forged(t, tn) })
	t.Run("plain HTTP", func(t *testing.T) { plainHTTP(t, tn) })
	t.Run("revoked", func(t *testing.T) { revoked(t, tn) })
	t.Run("a second node from the environment", func(t *testing.T) { secondNode(t, tn) })
	t.Run("restart", func(t *testing.T) { restart(t, tn) })
}

// The program holds no TCP listener on any address of the host.
func promiseEN6(t *testing.T, tn *tailnet) {
	if got := listeners(t, tn.server.cmd.Process.Pid); len(got) > 0 {
		t.Errorf("it listens: %v", got)
	}
	// The check itself finds a listener where there is one: ours.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if got := listeners(t, os.Getpid()); len(got) == 0 {
		t.Error("the check does not see a listener of our own")
	}
}

// listeners is the listening TCP sockets of a process, from /proc.
func listeners(t *testing.T, pid int) (found []string) {
	t.Helper()
	own := map[string]bool{}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
		if rest, ok := strings.CutPrefix(target, "socket:["); ok {
			own[strings.TrimSuffix(rest, "]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == "0A" && own[f[9]] {
				found = append(found, f[1])
			}
		}
	}
	return found
}

// Before any byte of a PTY: no or a wrong token 401, the right token without a
// grant 403, both right 101.
func promiseBF1(t *testing.T, tn *tailnet) {
	id := tn.create(t, "alice", "shell")
	for _, tt := range []struct {
		name, who, token string
		want             int
	}{
		{"no token", "alice", "", 401}, {"wrong token", "alice", token.Generate(), 401}, {"right token, no grant", "mallory", tn.token, 403},
		{"wrong token, no grant", "mallory", token.Generate(), 401}, {"both right", "alice", tn.token, 101}, {"both right, to watch", "bob", tn.token, 101},
		{"another's session", "carol", tn.token, 404}, {"a tagged node", "runner", tn.token, 404},
	} {
		if _, code, body := tn.attach(t, tt.who, tt.token, id); code != tt.want {
			t.Errorf("%s: %d, want %d: %s", tt.name, code, tt.want, body)
		}
	}
}

func promiseBF10(t *testing.T, tn *tailnet) {
	err := filepath.WalkDir(tn.setup.state, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if st := info.Sys().(*syscall.Stat_t); info.Mode().Perm()&^want != 0 || int(st.Uid) != os.Getuid() {
			t.Errorf("%s: %v, uid %d", path, info.Mode(), st.Uid)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// From a default session nothing of tailpty's own can be reached; from one of
// isolation none it can, so the probe itself works. And nothing of the server's is
// in a session's environment.
func promiseOD7(t *testing.T, tn *tailnet) {
	script := filepath.Join(tn.setup.dir, "probe.sh")
	text := `for f in "$1"/tailscaled.state "$1"/audit.jsonl "$1"/certs/*.key "$1"/sessions/*/session.json "$2" "$3" "$4"; do
  test -s "$f" && head -c 1 "$f" >/dev/null 2>&1 && echo "READ $f"
done
for s in "$5"/*.sock; do
  python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$s" 2>/dev/null && echo "REACHED $s"
done
for p in /proc/[0-9]*; do
  head -c 1 "$p/root$1/audit.jsonl" >/dev/null 2>&1 && echo "READ by $p"
  tr "\0" "\n" <"$p/environ" 2>/dev/null | grep -qs "^TS_AUTHKEY=" && echo "KEY in $p"
done
env | grep -E "^(TAILPTY_TOKEN|TS_|CREDENTIALS)" | sed "s/^/ENV /"
ls -l /proc/self/fd | grep -E "socket:|tailscaled" | sed "s/^/FD /"
echo "the""end"
`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	probe := func(profile string) string {
		id := tn.create(t, "alice", profile)
		conn, _, _ := tn.attach(t, "alice", tn.token, id)
		say(t, conn, wire.Control{T: wire.Hello, Client: "probe", Cols: 250, Rows: 50})
		keys := fmt.Sprintf("sh %s %s %s %s %s %s\r", script, tn.setup.state, tn.setup.tokens, tn.setup.file, filepath.Join(tn.setup.dir, "key"), tn.setup.runtime)
		typ(t, conn, 1, keys)
		return until(t, conn, "theend")
	}
	for line := range strings.Lines(probe("shell")) {
		for _, sign := range []string{"READ ", "REACHED ", "KEY ", "ENV ", "FD "} {
			if strings.HasPrefix(line, sign) {
				t.Errorf("from a default session: %s", line)
			}
		}
	}
	got := probe("bare")
	for _, want := range []string{"READ " + tn.setup.tokens, "READ " + tn.setup.file, "READ " + tn.setup.state + "/audit.jsonl", "/session.json", "READ by /proc", "REACHED " + tn.setup.runtime} {
		if !strings.Contains(got, want) {
			t.Errorf("without isolation the probe does not find %q: %s", want, got)
		}
	}
}

// Own and all are told apart, and a tagged node has only its tag's grants.
func rights(t *testing.T, tn *tailnet) {
	carols, cis := tn.create(t, "carol", "cat"), tn.create(t, "runner", "cat")
	for _, tt := range []struct {
		who, method, path, body string
		want                    int
	}{
		{"carol", "GET", carols, "", 200}, {"carol", "GET", cis, "", 404}, {"runner", "GET", cis, "", 200}, {"runner", "GET", carols, "", 404},
		{"alice", "GET", carols, "", 200}, {"bob", "GET", cis, "", 200}, {"bob", "DELETE", carols, "", 403}, {"runner", "DELETE", cis, "", 403},
		{"mallory", "GET", carols, "", 403}, {"alice", "GET", "no-such-session", "", 404},
	} {
		if code, body := tn.ask(t, tt.who, tn.token, tt.method, "/api/v1/sessions/"+tt.path, tt.body); code != tt.want {
			t.Errorf("%s %s: %d, want %d: %s", tt.who, tt.method, code, tt.want, body)
		}
	}
	if code, body := tn.ask(t, "runner", tn.token, "POST", "/api/v1/sessions", `{"profile":"shell","workspace":"w"}`); code != 404 {
		t.Errorf("the tag may start cat only: %d %s", code, body)
	}
	_, body := tn.ask(t, "runner", tn.token, "GET", "/api/v1/me", "")
	if !strings.Contains(body, `"login":""`) || !strings.Contains(body, `"tags":["tag:ci"]`) {
		t.Errorf("me: %s", body)
	}
	_, body = tn.ask(t, "mallory", tn.token, "GET", "/api/v1/me", "")
	if !strings.Contains(body, `"grants":[]`) || !strings.Contains(body, "mallory@example.com") || !strings.Contains(body, "tag:tailpty") || !strings.Contains(body, access) {
		t.Errorf("me: %s", body)
	}
	_, body = tn.ask(t, "carol", tn.token, "GET", "/api/v1/sessions", "")
	if strings.Count(body, `"id"`) != 1 {
		t.Errorf("carol's list: %s", body)
	}
}

// alice types, bob sees it at the same time and cannot type.
func watching(t *testing.T, tn *tailnet) {
	id := tn.create(t, "alice", "shell")
	a, _, _ := tn.attach(t, "alice", tn.token, id)
	b, _, _ := tn.attach(t, "bob", tn.token, id)
	say(t, a, wire.Control{T: wire.Hello, Client: "a", Cols: 100, Rows: 30})
	say(t, b, wire.Control{T: wire.Hello, Client: "b"})
	say(t, b, wire.Control{T: wire.Take})
	until(t, b, `"error":"not-allowed"`)
	typ(t, b, 1, "echo from$((1))bob\r")
	until(t, b, `"error":"not-allowed"`)
	typ(t, a, 1, "echo from$((1))alice; pwd\r")
	until(t, a, "from1alice")
	until(t, b, "from1alice")
	typ(t, a, 2, "exit 4\r")
	until(t, b, `{"t":"exit","code":4}`)
}

func forged(t *testing.T, tn *tailnet) {
	forged := []string{"Tailscale-User-Login", "alice@example.com", "Tailscale_User_Login", "alice@example.com", "X-Forwarded-For", "100.64.0.1",
		"Tailscale-App-Capabilities", `{"` + access + `":[{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}]}`}
	if code, _ := tn.ask(t, "mallory", tn.token, "GET", "/api/v1/sessions", "", forged...); code != 403 {
		t.Errorf("got %d", code)
	}
	if _, body := tn.ask(t, "bob", tn.token, "GET", "/api/v1/me", "", forged...); !strings.Contains(body, `"login":"bob@example.com"`) {
		t.Errorf("got %s", body)
	}
}

func plainHTTP(t *testing.T, tn *tailnet) {
	plain := strings.Replace(tn.server.url, "https:", "http:", 1)
	r, err := http.NewRequestWithContext(t.Context(), "GET", plain+"/s/x?y=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tn.client("alice").Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if want := tn.server.url + "/s/x"; resp.StatusCode != 308 || resp.Header.Get("Location") != want {
		t.Errorf("%d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if code, _ := tn.ask(t, "alice", tn.token, "POST", plain+"/api/v1/sessions", "{}"); code != 421 {
		t.Errorf("a POST over plain HTTP: %d", code)
	}
	u, _ := url.Parse(tn.server.url)
	if code, _ := tn.ask(t, "alice", tn.token, "GET", "https://"+u.Host+":443/api/v1/me", ""); code != 200 {
		t.Errorf("with the port named: %d", code)
	}
}

// A grant that goes closes what it opened.
func revoked(t *testing.T, tn *tailnet) {
	id := tn.create(t, "alice", "cat")
	conn, _, _ := tn.attach(t, "bob", tn.token, id)
	say(t, conn, wire.Control{T: wire.Hello, Client: "b"})
	until(t, conn, `"t":"state"`)
	p := policy(t)
	without := p
	without.Grants = append(append([]localnet.Grant{}, p.Grants[:2]...), p.Grants[3:]...)
	begun := time.Now()
	if err := tn.net.SetGrants(without); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tn.net.SetGrants(p); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			if code := websocket.CloseStatus(err); code != wire.CloseForbidden {
				t.Errorf("closed with %d: %v", code, err)
			}
			break
		}
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// serve as another node, configured by the environment alone.
func secondNode(t *testing.T, tn *tailnet) {
	s := newSetup(t)
	secret := s.token(t, "--name", "t", "--login", "alice@example.com")
	key, err := tn.net.TagKey("tag:tailpty")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(tn.net.Environ(), "TAILPTY_HOSTNAME=second", "TAILPTY_CONTROL_URL="+tn.net.ControlURL(), "TAILPTY_AUTH_KEY="+key, "TAILPTY_TAGS=tag:tailpty",
		"TAILPTY_STATE_DIR="+s.state, "TAILPTY_TOKENS_FILE="+s.tokens, "TAILPTY_RUNTIME_DIR="+s.runtime, fmt.Sprint("TAILPTY_ALLOW_ROOT=", s.allowRoot),
		`TAILPTY_PROFILES=[{"name":"cat","command":["cat"]}]`,
		fmt.Sprintf(`TAILPTY_WORKSPACES=[{"name":"w","path":%q}]`, s.dir))
	second := &tailnet{net: tn.net, devices: tn.devices, token: secret, server: s.serve(t, env)}
	if want := "https://second." + tn.net.Domain(); second.server.url != want {
		t.Errorf("its address is %s, want %s", second.server.url, want)
	}
	if code, body := second.ask(t, "alice", secret, "GET", "/api/v1/workspaces", ""); code != 200 || !strings.Contains(body, `{"name":"w","profiles":["cat"]}`) {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := second.ask(t, "bob", secret, "GET", "/api/v1/workspaces", ""); code != 401 {
		t.Errorf("a token bound to alice, from bob: %d", code)
	}
}

// Stopped and started again it is the same node, with the same name and
// certificate.
func restart(t *testing.T, tn *tailnet) {
	before := tn.server.url
	tn.server.stop(t)
	tn.server = tn.setup.serve(t, tn.net.Environ())
	if tn.server.url != before {
		t.Errorf("its address was %s and is %s", before, tn.server.url)
	}
	if code, _ := tn.ask(t, "alice", tn.token, "GET", "/api/v1/me", ""); code != 200 {
		t.Errorf("got %d", code)
	}
}
