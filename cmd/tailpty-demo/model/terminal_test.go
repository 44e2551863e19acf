package model_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"tailpty/cmd/tailpty-demo/model"
)

// patience bounds each wait for the screen. Codex is ready in well under a
// second; a busy machine takes longer.
const patience = 30 * time.Second

// terminal is the real Codex in a PTY, in a sample workspace, in a home of its
// own, against a model of its own.
type terminal struct {
	t         *testing.T
	workspace string
	home      string
	pty       *os.File

	mu      sync.Mutex
	screen  *screen
	raw     []byte
	changed chan struct{} // closed and replaced when the screen changes
	ended   chan struct{} // closed when the program has ended
}

// startCodex starts Codex, waits for its composer and ends it with the test.
func startCodex(t *testing.T) *terminal {
	t.Helper()
	codex := codexProgram(t)
	api, err := model.Start(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := api.Close(); err != nil {
			t.Error(err)
		}
	})
	x := &terminal{t: t, workspace: filepath.Join(t.TempDir(), "sample"), home: t.TempDir()}
	if err := model.WriteSample(x.workspace); err != nil {
		t.Fatal(err)
	}
	args, env, err := model.WriteHome(x.home, model.HomeOptions{BaseURL: api.URL(), Trusted: []string{x.workspace}})
	if err != nil {
		t.Fatal(err)
	}
	x.start(exec.Command(codex, append(args, "--strict-config")...), env)
	x.waitFor("Scripted demo model", "›")
	return x
}

// codexProgram is TAILPTY_TEST_CODEX, or what FindCodex finds.
func codexProgram(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the real Codex is not run with -short")
	}
	if p := os.Getenv("TAILPTY_TEST_CODEX"); p != "" {
		return p
	}
	p, err := model.FindCodex(".")
	if err != nil {
		t.Skipf("no Codex to test with (TAILPTY_TEST_CODEX may name one): %v", err)
	}
	return p
}

func (x *terminal) start(cmd *exec.Cmd, env map[string]string) {
	x.t.Helper()
	env["TERM"] = "xterm-256color"
	cmd.Dir = x.workspace
	cmd.Env = os.Environ()
	for _, k := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, k+"="+env[k])
	}
	const rows, cols = 40, 120
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: cols})
	if err != nil {
		x.t.Fatal(err)
	}
	x.pty, x.screen = f, newScreen(rows, cols)
	x.changed, x.ended = make(chan struct{}), make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(x.read)
	x.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		kill := time.AfterFunc(patience, func() { cmd.Process.Kill() })
		cmd.Wait() //nolint:errcheck // a signal ended it
		kill.Stop()
		f.Close()
		reading.Wait()
	})
}

// read draws what the program prints and answers its queries until it ends.
func (x *terminal) read() {
	defer close(x.ended)
	buf := make([]byte, 32<<10)
	for {
		n, err := x.pty.Read(buf)
		if err != nil {
			if !errors.Is(err, syscall.EIO) && !errors.Is(err, fs.ErrClosed) {
				x.t.Errorf("reading the PTY: %v", err)
			}
			return
		}
		x.mu.Lock()
		x.raw = append(x.raw, buf[:n]...)
		x.screen.Write(buf[:n])
		answer := x.screen.answer
		x.screen.answer = nil
		close(x.changed)
		x.changed = make(chan struct{})
		x.mu.Unlock()
		x.pty.Write(answer) //nolint:errcheck // the program may have ended
	}
}

// waitFor waits until all the texts are on the screen at once.
func (x *terminal) waitFor(texts ...string) {
	x.t.Helper()
	x.until("the screen shows "+strings.Join(texts, " and "), func() bool {
		s := x.screen.String()
		return !slices.ContainsFunc(texts, func(t string) bool { return !strings.Contains(s, t) })
	})
}

// waitState waits until the last state that Codex told begins with state.
func (x *terminal) waitState(state string) {
	x.t.Helper()
	x.until("the state is "+state, func() bool {
		n := len(x.screen.states)
		return n > 0 && strings.HasPrefix(x.screen.states[n-1], "state="+state)
	})
}

// until waits for a condition on the screen, which it may read.
func (x *terminal) until(what string, ok func() bool) {
	x.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		x.mu.Lock()
		done, changed := ok(), x.changed
		x.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-x.ended:
			x.t.Fatalf("Codex ended before %s:\n%s", what, x.text())
		case <-deadline.C:
			x.t.Fatalf("gave up waiting until %s (states %q):\n%s", what, x.screen.states, x.text())
		}
	}
}

// wrote says whether a file is in the workspace.
func (x *terminal) wrote(name string) bool {
	_, err := os.Stat(filepath.Join(x.workspace, name))
	return err == nil
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

func (x *terminal) typing(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// answer presses a key at Codex's question until the question is gone: a question
// that has only just appeared takes no keys yet.
func (x *terminal) answer(key string) {
	x.t.Helper()
	deadline := time.Now().Add(patience)
	again := time.NewTicker(2 * time.Second)
	defer again.Stop()
	x.typing(key)
	for {
		x.mu.Lock()
		asks, changed := strings.Contains(x.screen.String(), "1. Yes, proceed (y)"), x.changed
		x.mu.Unlock()
		switch {
		case !asks:
			return
		case time.Now().After(deadline):
			x.t.Fatalf("%q does not answer the question:\n%s", key, x.text())
		}
		select {
		case <-changed:
		case <-x.ended:
			x.t.Fatalf("Codex ended at a question:\n%s", x.text())
		case <-again.C:
			x.typing(key)
		}
	}
}

// ask types a prompt, sees it in the composer and sends it. Enter must not come
// earlier: keys that come in one burst are a paste to Codex, and so is an Enter
// among them.
func (x *terminal) ask(prompt string) {
	x.t.Helper()
	x.typing(prompt)
	x.until("the composer has "+prompt, func() bool {
		s := x.screen.String()
		_, line, _ := strings.Cut(s[strings.LastIndex(s, "\n›")+1:], "› ")
		line, _, _ = strings.Cut(line, "\n")
		return line == prompt
	})
	x.typing("\r")
	x.waitState("working")
}
