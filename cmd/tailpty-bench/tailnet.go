package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tailpty/term/session"
	"tailpty/tsapp/localnet"
)

const (
	login   = "alice@example.com"
	nodeTag = "tag:tailpty"
)

// tailnet is a private tailnet on loopback with one device, which is this process.
// It is made when it is first needed, and serves all rows.
type tailnet struct {
	mu     sync.Mutex
	dir    string
	net    *localnet.Net
	device *localnet.Device
}

// up makes the tailnet, if it is not there.
func (t *tailnet) up(ctx context.Context) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.device != nil {
		return nil
	}
	if t.dir, err = os.MkdirTemp("", "tpb-net-"); err != nil {
		return err
	}
	policy := localnet.Policy{Grants: []localnet.Grant{{
		Src: []string{login}, Dst: []string{nodeTag}, IP: []string{"tcp:80", "tcp:443"},
		App: map[string][]json.RawMessage{"tailpty.internal/cap/access": {json.RawMessage(everything)}},
	}}}
	if t.net, err = localnet.New(ctx, localnet.Options{Dir: t.dir, Policy: policy}); err != nil {
		return errors.Join(err, os.RemoveAll(t.dir))
	}
	if t.device, err = t.net.StartDevice(ctx, localnet.DeviceOptions{Name: "laptop", Login: login}); err != nil {
		return errors.Join(err, t.net.Close(), os.RemoveAll(t.dir))
	}
	return nil
}

// environ is the environment of a process that joins.
func (t *tailnet) environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "TAILPTY_") || strings.HasPrefix(v, "TS_") || strings.HasPrefix(v, "SSL_CERT_")
	})
	return append(env, t.net.Environ()...)
}

// http is a client on the device.
func (t *tailnet) http() *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(t.net.CA())
	return &http.Client{Transport: &http.Transport{DialContext: t.device.Dial, TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// forget removes the nodes that served: their processes have ended.
func (t *tailnet) forget() error {
	var errs []error
	for _, n := range t.net.Nodes() {
		if len(n.Tags) > 0 {
			errs = append(errs, t.net.Remove(n.Name))
		}
	}
	return errors.Join(errs...)
}

// close takes it away.
func (t *tailnet) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.device == nil {
		return nil
	}
	errs := []error{t.device.Close()}
	t.net.Close() // what it says is of connections that were cut
	return errors.Join(append(errs, os.RemoveAll(t.dir))...)
}

// tailptyTailnetRow is the program itself, over the tailnet.
const tailptyTailnetRow = "tailpty-tailnet"

// tailptyTailnet is that row: everything that a request goes through is there.
type tailptyTailnet struct {
	program string
	net     *tailnet
}

func (tailptyTailnet) name() string { return tailptyTailnetRow }

// profiles is how many sessions can be opened on one server. A client cannot name a
// command: each session has a profile of its own, whose command reads a file.
const profiles = 300

func (t tailptyTailnet) start(ctx context.Context, dir string) (server, error) {
	if err := t.net.up(ctx); err != nil {
		return nil, err
	}
	file, token, places, err := t.configure(ctx, dir)
	if err != nil {
		return nil, err
	}
	p, url, err := startProcess(ctx, t.net.environ(), "READY ", t.program, "serve", "--config", file)
	if err != nil {
		return nil, errors.Join(err, t.net.forget())
	}
	_ = p.stdin.Close() // it ends by a signal
	p.stop = (*process).terminate
	client, header := t.net.http(), http.Header{"Authorization": {"Bearer " + token}}
	var opened atomic.Int64
	return &tailptyServer{process: p, places: places, attach: attacher{http: client, url: url, header: header}, after: t.net.forget,
		create: func(ctx context.Context, o openOptions) (string, error) {
			n := opened.Add(1)
			if err := os.WriteFile(commandFile(dir, n), []byte("exec "+shellWords(o.command)), 0o600); err != nil {
				return "", err
			}
			return createSession(ctx, client, url, header, fmt.Sprint("p", n), o)
		}}, nil
}

// commandFile is where the command of the nth session is.
func commandFile(dir string, n int64) string { return filepath.Join(dir, fmt.Sprint("command", n)) }

// configure writes a configuration and makes a token.
func (t tailptyTailnet) configure(ctx context.Context, dir string) (file, token string, places session.Places, err error) {
	key, err := t.net.net.TagKey(nodeTag)
	if err != nil {
		return "", "", places, err
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"state", "run", "w"} {
		if err := os.Mkdir(in(name), 0o700); err != nil {
			return "", "", places, err
		}
	}
	if err := os.WriteFile(in("key"), []byte(key), 0o600); err != nil {
		return "", "", places, err
	}
	make := exec.CommandContext(ctx, t.program, "token", "new", "--name", "bench", "--any-login", "--tokens-file", in("tokens.json"))
	make.Env = t.net.environ()
	var said bytes.Buffer
	make.Stderr = &said
	out, err := make.Output()
	if err != nil {
		return "", "", places, fmt.Errorf("making a token: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	limits := map[string]int{}
	for _, name := range []string{"session_ops", "session_reads", "lookups", "attaches", "open", "failed_tokens"} {
		limits[name] = 100_000
	}
	var all []any
	for n := range int64(profiles) {
		all = append(all, map[string]any{"name": fmt.Sprint("p", n+1), "command": []string{"/bin/sh", "-c", `. "$0"`, commandFile(dir, n+1)}})
	}
	// JSON is YAML, too.
	b, err := json.Marshal(map[string]any{
		"hostname": "bench", "control_url": t.net.net.ControlURL(), "auth_key_file": in("key"), "tags": []string{nodeTag},
		"state_dir": in("state"), "runtime_dir": in("run"), "tokens_file": in("tokens.json"), "allow_root": true, "isolation": "none",
		"join_timeout": "30s", "max_sessions": 1000, "max_sessions_per_login": 1000, "limits": limits, "log_level": "warn",
		"workspaces": []any{map[string]string{"name": "w", "path": in("w")}}, "profiles": all,
	})
	if err != nil {
		return "", "", places, err
	}
	places = session.Places{State: in("state/sessions"), Runtime: in("run")}
	return in("config.yaml"), strings.TrimSpace(string(out)), places, os.WriteFile(in("config.yaml"), b, 0o600)
}

// createSession starts a session of a profile by the API.
func createSession(ctx context.Context, via *http.Client, url string, header http.Header, profile string, o openOptions) (string, error) {
	cols, rows := o.size()
	b, err := json.Marshal(map[string]any{"profile": profile, "workspace": "w", "cols": cols, "rows": rows})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/sessions", bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	r.Header = header.Clone()
	resp, err := via.Do(r)
	if err != nil {
		return "", err
	}
	said, err := readAnswer(resp, http.StatusCreated)
	if err != nil {
		return "", err
	}
	var s struct {
		ID string `json:"id"`
	}
	return s.ID, json.Unmarshal([]byte(said), &s)
}
