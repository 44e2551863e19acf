package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tailpty/term/session"
)

// program is the built binary, as people get it; TestMain builds it.
var program string

func TestMain(m *testing.M) { os.Exit(run1(m)) }

func run1(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tailpty-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "tailpty")
	build := exec.Command("go", "build", "-trimpath", "-tags", tags, "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// result is how a run of the program went.
type result struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

// tailpty runs the program to its end, with nothing of our environment but what
// it needs. It is killed after 20 s.
func tailpty(t *testing.T, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begun := time.Now()
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), time.Since(begun)}
}

// setup is a configuration that lacks nothing.
type setup struct {
	dir, state, tokens, file string
	runtime                  string // short, for sockets lie in it
	control                  string
	allowRoot                bool
	extra                    string // further lines of the file
}

func newSetup(t *testing.T) setup {
	t.Helper()
	dir := t.TempDir()
	runtime, err := os.MkdirTemp("", "tp-")
	if err != nil {
		t.Fatal(err)
	}
	s := setup{dir: dir, runtime: runtime, allowRoot: os.Getuid() == 0, state: filepath.Join(dir, "state"), tokens: filepath.Join(dir, "tokens.json"), file: filepath.Join(dir, "config.yaml"), control: "http://127.0.0.1:1"}
	t.Cleanup(func() {
		s.endSessions(t)
		os.RemoveAll(runtime)
	})
	return s
}

// endSessions kills the processes of all sessions, which outlive the server.
func (s setup) endSessions(t *testing.T) {
	p := session.Places{State: filepath.Join(s.state, "sessions"), Runtime: s.runtime}
	ids, err := p.IDs()
	if err != nil {
		t.Error(err)
	}
	for _, id := range ids {
		if past, err := p.Away(id); err == nil {
			_ = syscall.Kill(past.PID, syscall.SIGKILL)
		}
	}
	for _, id := range ids {
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			if _, err := p.Look(id); !errors.Is(err, session.ErrLives) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("session %s does not end", id)
				break
			}
		}
	}
}

// write writes the file with a mode.
func (s setup) write(t *testing.T, mode os.FileMode) {
	t.Helper()
	text := fmt.Sprintf("hostname: tailpty\ncontrol_url: %s\nstate_dir: %s\ntokens_file: %s\njoin_timeout: 30s\n"+
		"allow_root: %t\nruntime_dir: %s\n"+
		"workspaces: [{name: w, path: %s}]\nprofiles: [{name: shell, command: [/bin/bash, --norc]}, {name: cat, command: [/bin/cat]}, {name: bare, command: [/bin/bash, --norc], isolation: none}]\n%s",
		s.control, s.state, s.tokens, s.allowRoot, s.runtime, s.dir, s.extra)
	if err := os.WriteFile(s.file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.file, mode); err != nil {
		t.Fatal(err)
	}
}

// token makes a token with the program and returns it.
func (s setup) token(t *testing.T, args ...string) string {
	t.Helper()
	r := tailpty(t, nil, append([]string{"token", "new", "--tokens-file", s.tokens}, args...)...)
	if r.code != 0 {
		t.Fatalf("token new: %s", r.stderr)
	}
	return strings.TrimSuffix(r.stdout, "\n")
}

// server is `tailpty serve` while it runs.
type server struct {
	cmd    *exec.Cmd
	url    string
	stderr *bytes.Buffer
	ended  chan struct{}
}

// serve starts the program and waits until it is ready.
func (s setup) serve(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	cmd := exec.Command(program, append([]string{"serve", "--config", s.file}, args...)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	srv := &server{cmd: cmd, stderr: &bytes.Buffer{}, ended: make(chan struct{})}
	cmd.Stderr = srv.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
				ready <- url
			}
		}
		_ = cmd.Wait()
		close(srv.ended)
	}()
	t.Cleanup(func() { srv.stop(t) })
	select {
	case srv.url = <-ready:
		return srv
	case <-srv.ended:
		t.Fatalf("serve ended: %s", srv.stderr)
	case <-time.After(60 * time.Second):
		t.Fatal("serve is not ready after a minute")
	}
	return nil
}

// stop ends the server as a service manager would.
func (s *server) stop(t *testing.T) {
	select {
	case <-s.ended:
		return
	default:
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(15 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
		t.Error("serve did not end in 15 s of SIGTERM")
	}
}
