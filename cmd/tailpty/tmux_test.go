package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pane is a real terminal: one pane of a tmux server of its own.
type pane struct {
	t      *testing.T
	socket string
}

// newPane runs a command in a terminal of a size, with only this environment.
// When the command ends the pane says EXIT= and its status, and stays.
func newPane(t *testing.T, cols, rows int, env []string, args ...string) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("needs tmux")
	}
	p := &pane{t: t, socket: "tailpty-test-" + fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano())}
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", p.socket, "kill-server").Run() })
	script := filepath.Join(t.TempDir(), "run")
	var text strings.Builder
	fmt.Fprintf(&text, "#!/bin/sh\necho before\nexport HOME='%s'\n", t.TempDir())
	for _, e := range env {
		fmt.Fprintf(&text, "export '%s'\n", e)
	}
	text.WriteString(program)
	for _, a := range args {
		fmt.Fprintf(&text, " '%s'", a)
	}
	// ST first: a program that is killed may leave a sequence unfinished, which would swallow the rest.
	text.WriteString("\nprintf '\\033\\\\EXIT=%d\\n' $?\nexec sleep 1000\n")
	if err := os.WriteFile(script, []byte(text.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	p.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(cols), "-y", fmt.Sprint(rows), script, ";",
		"set", "-g", "status", "off", ";", "set", "-s", "escape-time", "0", ";",
		// As most terminals: a program may set the clipboard, and clearing keeps nothing.
		"set", "-s", "set-clipboard", "on", ";", "set", "-gqw", "scroll-on-clear", "off")
	return p
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", p.socket}, args...)...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// attached is the process that the pane runs.
func (p *pane) attached() int {
	p.t.Helper()
	shell := strings.TrimSpace(p.tmux("display", "-p", "#{pane_pid}"))
	children, err := os.ReadFile(filepath.Join("/proc", shell, "task", shell, "children"))
	if err != nil {
		p.t.Skip("no children in /proc")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(children)))
	if err != nil {
		p.t.Fatal(err)
	}
	return pid
}

// keys presses keys, as tmux names them.
func (p *pane) keys(keys ...string) {
	p.t.Helper()
	p.tmux(append([]string{"send-keys"}, keys...)...)
}

// typ types text.
func (p *pane) typ(text string) {
	p.t.Helper()
	p.tmux("send-keys", "-l", text)
}

// text is what it shows, without blank lines at the end.
func (p *pane) text() string { return strings.TrimRight(p.tmux("capture-pane", "-p"), "\n") }

func (p *pane) resize(cols, rows int) {
	p.t.Helper()
	p.tmux("resize-window", "-x", fmt.Sprint(cols), "-y", fmt.Sprint(rows))
}

// await waits until cond holds. tmux tells of no change, so it is asked again and
// again.
func (p *pane) await(what string, cond func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(soon); !cond(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("waited for %s; the terminal shows\n%s", what, p.text())
		}
	}
}

// shows waits until the terminal shows a text.
func (p *pane) shows(text string) {
	p.t.Helper()
	p.await(fmt.Sprintf("%q", text), func() bool { return strings.Contains(p.text(), text) })
}
