package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// runAsDemo makes the test binary the demo, so that the tests run it, its keeper
// and what that keeps as processes.
const runAsDemo = "RUN_AS_TAILPTY_DEMO"

func TestMain(m *testing.M) {
	if os.Getenv(runAsDemo) != "" {
		os.Exit(execute(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// standIn is a program in tailpty's place that serves nothing. It leaves a
// session of its own behind that TERM and HUP do not end, and a child of that.
const standIn = `#!/bin/sh
case "$1" in
token) echo a-token ;;
serve)
	if [ -e "$STAND_IN/fail" ]; then echo "the lights are off" >&2; exit 3; fi
	setsid sh -c 'trap "" TERM HUP; sleep 1000 & echo $$ $! >"$STAND_IN/pids"; wait; wait' &
	if [ -e "$STAND_IN/stubborn" ]; then trap '' TERM; else trap 'exit 0' TERM; fi
	while [ ! -s "$STAND_IN/pids" ]; do :; done
	echo hello
	echo "READY https://tailpty.tailpty-demo.ts.net"
	while :; do sleep 1000 & wait; done ;;
esac
`

// running is a demo that runs as a process.
type running struct {
	cmd    *exec.Cmd
	dir    string // where the stand-in keeps its files
	cache  string // what the demo sees as the person's cache directory
	temp   string // and as the temp directory
	home   string // and as the home directory
	stderr *lockedBuffer
	lines  chan string // its stdout
	ended  chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// launch starts the demo with the stand-in and a command in codex's place.
func launch(t *testing.T, below string, args ...string) *running {
	t.Helper()
	r := &running{dir: t.TempDir(), temp: t.TempDir(), home: t.TempDir(), stderr: new(lockedBuffer), lines: make(chan string, 10), ended: make(chan error, 1)}
	r.cache = filepath.Join(t.TempDir(), below)
	program := filepath.Join(r.dir, "tailpty")
	if err := os.WriteFile(program, []byte(standIn), 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--json", "--tailpty", program}, args...)
	r.cmd = exec.Command(self, append(args, "--", "/bin/sh", "-i")...)
	// The race detector would have each process wait a second at its end.
	r.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", runAsDemo+"=1", "STAND_IN="+r.dir, "XDG_CACHE_HOME="+r.cache, "TMPDIR="+r.temp, "HOME="+r.home)
	r.cmd.Stderr = r.stderr
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			r.lines <- s.Text()
		}
		r.ended <- r.cmd.Wait()
	}()
	t.Cleanup(func() {
		r.cmd.Process.Kill()
		for range r.lines {
		}
	})
	return r
}

// shown is the line of --json.
type shown struct {
	URL        string            `json:"url"`
	Token      string            `json:"token"`
	CA         string            `json:"ca"`
	ControlURL string            `json:"control_url"`
	AuthKeys   map[string]string `json:"auth_keys"`
	PID        int               `json:"pid"`
	Config     string            `json:"config"`
	StateDir   string            `json:"state_dir"`
	Control    string            `json:"control"`
	People     []shownPerson     `json:"people"`
}

type shownPerson struct {
	Login, Device, URL, Forward string
	Tags                        []string
}

func (r *running) up(t *testing.T) shown {
	t.Helper()
	select {
	case line, ok := <-r.lines:
		if !ok {
			t.Fatalf("it ended: %s", r.stderr)
		}
		var s shown
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return s
	case <-time.After(60 * time.Second):
		t.Fatalf("not up: %s", r.stderr)
	}
	panic("unreachable")
}

// processes are serve, its keeper, and what serve left behind.
func (r *running) processes(t *testing.T, serve int) map[string]int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{"serve": serve, "keeper": parent(t, serve)}
	if _, err := fmt.Sscan(string(b), scan(all, "session"), scan(all, "the session's child")); err != nil {
		t.Fatal(err)
	}
	for name, pid := range all {
		if !alive(pid) {
			t.Fatalf("%s, process %d, does not run", name, pid)
		}
	}
	return all
}

// scan stores a scanned number under a name.
func scan(m map[string]int, name string) fmt.Scanner { return scanner{m, name} }

type scanner struct {
	m    map[string]int
	name string
}

func (s scanner) Scan(state fmt.ScanState, _ rune) error {
	state.SkipSpace()
	token, err := state.Token(false, nil)
	if err == nil {
		s.m[s.name], err = strconv.Atoi(string(token))
	}
	return err
}

// status returns the fields behind a process's name: its state, its parent ...
func status(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
}

func alive(pid int) bool {
	f := status(pid)
	return len(f) > 0 && f[0] != "Z" && f[0] != "X"
}

func parent(t *testing.T, pid int) int {
	t.Helper()
	f := status(pid)
	if len(f) < 2 {
		t.Fatalf("process %d does not run", pid)
	}
	p, err := strconv.Atoi(f[1])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// nothingLeft waits until all processes are gone, and all files.
func (r *running) nothingLeft(t *testing.T, processes map[string]int) {
	t.Helper()
	began := time.Now()
	var left string
	look := func() bool {
		left = ""
		for name, pid := range processes {
			if alive(pid) {
				left += fmt.Sprintf("%s (process %d) runs; ", name, pid)
			}
		}
		for _, dir := range []string{r.cache, r.temp, r.home} {
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				left += filepath.Join(dir, e.Name()) + " is there; "
			}
		}
		return left == ""
	}
	poll(t, 5*time.Second, look, func() string { return "left behind: " + left })
	t.Logf("nothing was left after %v", time.Since(began).Round(time.Millisecond))
}

func poll(t *testing.T, limit time.Duration, ok func() bool, why func() string) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal(why())
		case <-tick.C:
		}
	}
}

func TestKilledDemoLeavesNothingBehind(t *testing.T) {
	// A long path puts the socket elsewhere: that has to go too.
	r := launch(t, strings.Repeat("long/", 20))
	s := r.up(t)
	if !strings.HasPrefix(s.Control, r.temp) || len(s.Control) >= 108 {
		t.Errorf("the control socket is %s", s.Control)
	}
	all := r.processes(t, s.PID)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.ended
	r.nothingLeft(t, all)
}

func TestSignalEndsTheDemo(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			r := launch(t, "cache")
			all := r.processes(t, r.up(t).PID)
			if err := r.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-r.ended:
				if err != nil {
					t.Errorf("it ended with %v: %s", err, r.stderr)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("it still runs after 5 s")
			}
			r.nothingLeft(t, all)
		})
	}
}

func TestSignalEndsAStartingDemo(t *testing.T) {
	r := launch(t, "cache")
	poll(t, 20*time.Second, func() bool { return strings.Contains(r.stderr.String(), "Starting tailpty") }, r.stderr.String)
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("it ended with %v: %s", err, r.stderr)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it still runs after 5 s")
	}
	r.nothingLeft(t, nil)
}

func TestStubbornServeIsKilled(t *testing.T) {
	r := launch(t, "cache")
	if err := os.WriteFile(filepath.Join(r.dir, "stubborn"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all := r.processes(t, r.up(t).PID)
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("it ended with %v: %s", err, r.stderr)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it still runs after 5 s")
	}
	r.nothingLeft(t, all)
}

func TestServeThatDoesNotStart(t *testing.T) {
	r := launch(t, "cache")
	if err := os.WriteFile(filepath.Join(r.dir, "fail"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-r.ended; err == nil {
		t.Error("it ended well")
	}
	if got := r.stderr.String(); !strings.Contains(got, "the lights are off") || !strings.Contains(got, "exit status 3") {
		t.Errorf("it does not say why: %s", got)
	}
	r.nothingLeft(t, nil)
}

func TestReport(t *testing.T) {
	base := freeBase(t)
	workspace := filepath.Join(t.TempDir(), "web app")
	if err := os.Mkdir(workspace, 0o700); err != nil {
		t.Fatal(err)
	}
	r := launch(t, "cache", "--listen-base", strconv.Itoa(base), "--workspace", workspace)
	s := r.up(t)
	if s.URL != "https://tailpty.tailpty-demo.ts.net" || s.Token != "a-token" || s.PID == 0 || !strings.HasPrefix(s.ControlURL, "http://127.0.0.1:") {
		t.Errorf("%+v", s)
	}
	for _, who := range []string{"alice@example.com", "bob@example.com", "mallory@example.com", "tag:ci", "tag:tailpty"} {
		if s.AuthKeys[who] == "" {
			t.Errorf("no auth key for %s", who)
		}
	}
	for i, login := range []string{"alice@example.com", "bob@example.com", "mallory@example.com"} {
		want := shownPerson{Login: login, URL: fmt.Sprintf("http://127.0.0.1:%d", base+2*i), Forward: fmt.Sprintf("127.0.0.1:%d", base+2*i+1)}
		if got := s.People[i]; got.Login != want.Login || got.URL != want.URL || got.Forward != want.Forward || got.Device == "" {
			t.Errorf("%+v, want %+v and a device", got, want)
		}
	}
	for path, mode := range map[string]os.FileMode{s.CA: 0o600, s.Config: 0o600, s.StateDir: 0o700 | os.ModeDir, s.Control: 0o600 | os.ModeSocket} {
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v, want %v", path, info, err, mode)
		}
	}
	config, err := os.ReadFile(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"hostname: tailpty\n", fmt.Sprintf("control_url: %q\n", s.ControlURL), fmt.Sprintf("state_dir: %q\n", s.StateDir),
		"name: \"web-app\"\n", fmt.Sprintf("path: %q\n", workspace), "name: \"command\"\n", `command: ["/bin/sh","-i"]`,
	} {
		if !strings.Contains(string(config), want) {
			t.Errorf("the configuration has no %s:\n%s", want, config)
		}
	}
}

// freeBase finds six ports in a row that are free.
func freeBase(t *testing.T) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		base := l.Addr().(*net.TCPAddr).Port
		free := []net.Listener{l}
		for p := base + 1; p < base+6 && len(free) == p-base; p++ {
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p)); err == nil {
				free = append(free, l)
			}
		}
		for _, l := range free {
			l.Close()
		}
		if len(free) == 6 {
			return base
		}
	}
	t.Fatal("no six free ports in a row")
	return 0
}

// call asks the control socket and decodes its answer into v, if that is not nil.
func (s shown) call(t *testing.T, method, path, body string, v any) int {
	t.Helper()
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.Control)
		},
	}}
	req, err := http.NewRequest(method, "http://demo"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if v != nil {
		if err := json.Unmarshal(answer, v); err != nil {
			t.Fatalf("%s %s: %d %s: %v", method, path, res.StatusCode, answer, err)
		}
	}
	return res.StatusCode
}

func TestControlSocket(t *testing.T) {
	r := launch(t, "cache")
	s := r.up(t)
	want := func(code, got int) {
		t.Helper()
		if got != code {
			t.Errorf("status %d, want %d", got, code)
		}
	}

	var policy struct {
		Grants    []map[string]any    `json:"grants"`
		TagOwners map[string][]string `json:"tagOwners"`
	}
	want(200, s.call(t, "GET", "/grants", "", &policy))
	if len(policy.Grants) != 3 || len(policy.TagOwners) != 1 {
		t.Errorf("the policy at the start: %+v", policy)
	}
	want(200, s.call(t, "PUT", "/grants", `[{"src":["*"],"dst":["tag:tailpty"],"ip":["*"]}]`, &policy))
	if len(policy.Grants) != 1 || len(policy.TagOwners) != 1 {
		t.Errorf("after a list of grants: %+v", policy)
	}
	want(400, s.call(t, "PUT", "/grants", `{"grants":[{"src":["nobody"],"dst":["*"],"ip":["*"]}]}`, nil))
	want(200, s.call(t, "PUT", "/grants", `{"grants":[]}`, &policy))
	if len(policy.Grants) != 0 {
		t.Errorf("after an empty policy: %+v", policy)
	}

	var p shownPerson
	want(200, s.call(t, "POST", "/devices", `{"login":"alice@example.com","device":"phone"}`, &p))
	if p.Login != "alice@example.com" || p.Device != "phone" || !strings.HasPrefix(p.URL, "http://127.0.0.1:") || !strings.HasPrefix(p.Forward, "127.0.0.1:") {
		t.Errorf("a new device: %+v", p)
	}
	want(200, s.call(t, "POST", "/devices/phone/switch", `{"login":"bob@example.com"}`, &p))
	if p.Login != "bob@example.com" || p.Device != "phone" {
		t.Errorf("a switched device: %+v", p)
	}
	want(204, s.call(t, "POST", "/devices/phone/expire", "", nil))
	want(204, s.call(t, "DELETE", "/devices/phone", "", nil))
	want(404, s.call(t, "DELETE", "/devices/phone", "", nil))
	if c, err := net.Dial("tcp", p.Forward); err == nil {
		c.Close()
		t.Error("a removed device still forwards")
	}
	want(200, s.call(t, "POST", "/devices", `{"tags":["tag:ci"],"device":"runner"}`, &p))
	if len(p.Tags) != 1 || p.Tags[0] != "tag:ci" || p.Device != "runner" {
		t.Errorf("a tagged device: %+v", p)
	}
	want(400, s.call(t, "POST", "/devices", `{"device":"nobodys"}`, nil))

	want(204, s.call(t, "POST", "/control/stop", "", nil))
	if res, err := http.Get(s.ControlURL + "/key?v=1"); err == nil {
		res.Body.Close()
		t.Error("the control server still answers")
	}
	want(204, s.call(t, "POST", "/control/start", "", nil))
	if res, err := http.Get(s.ControlURL + "/key?v=1"); err != nil {
		t.Error(err)
	} else {
		res.Body.Close()
	}
}

func TestServerIsKilledAndStarted(t *testing.T) {
	r := launch(t, "cache")
	s := r.up(t)
	all := r.processes(t, s.PID)
	if code := s.call(t, "POST", "/server/start", "", nil); code != 409 {
		t.Errorf("starting a running server: %d", code)
	}
	if code := s.call(t, "POST", "/server/kill", "", nil); code != 204 {
		t.Errorf("killing it: %d", code)
	}
	if alive(s.PID) {
		t.Error("it still runs")
	}
	if !alive(all["session"]) || parent(t, all["session"]) != all["keeper"] {
		t.Error("what it left behind is not the keeper's")
	}
	if code := s.call(t, "POST", "/server/kill", "", nil); code != 409 {
		t.Errorf("killing it again: %d", code)
	}
	var started struct{ PID int }
	if code := s.call(t, "POST", "/server/start", "", &started); code != 200 || !alive(started.PID) || started.PID == s.PID {
		t.Errorf("starting it: %d, process %d", code, started.PID)
	}
	// One that is killed from outside is no reason to end.
	if err := syscall.Kill(started.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	poll(t, 5*time.Second, func() bool {
		return strings.Contains(r.stderr.String(), fmt.Sprintf("(process %d) has ended", started.PID))
	}, r.stderr.String)
	if code := s.call(t, "POST", "/server/start", "", &started); code != 200 {
		t.Errorf("starting it after that: %d", code)
	}
	all["second serve"] = started.PID
	r.cmd.Process.Kill()
	<-r.ended
	r.nothingLeft(t, all)
}
