package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync/atomic"
)

// tmuxRow is tmux with a server of its own, whose client's terminal this process
// reads.
const tmuxRow = "tmux"

type tmux struct{ install install }

func (tmux) name() string { return tmuxRow }

// redraws: what a client gets is drawn for it.
func (tmux) redraws() bool { return true }

// tmuxConfig takes away what costs and others have not: the status line, and
// waiting after an escape key.
const tmuxConfig = "set -g status off\nset -s escape-time 0\nset -s exit-empty off\n"

func (t tmux) start(ctx context.Context, dir string) (server, error) {
	program, err := t.install.find(ctx, source{program: "tmux", debian: "tmux"})
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "tmux.conf")
	if err := os.WriteFile(config, []byte(tmuxConfig), 0o600); err != nil {
		return nil, err
	}
	s := &tmuxServer{command: []string{program, "-S", filepath.Join(dir, "tmux"), "-f", config}}
	if s.daemon, err = startDaemon(ctx, dir, append(s.command, "-D")...); err != nil {
		return nil, err
	}
	if err := s.ready(ctx, "unix", filepath.Join(dir, "tmux")); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

type tmuxServer struct {
	*daemon
	command []string
	n       atomic.Int64
}

// with is the argument vector of a client.
func (s *tmuxServer) with(args ...string) []string {
	return append(s.command[:len(s.command):len(s.command)], args...)
}

func (s *tmuxServer) open(ctx context.Context, o openOptions) (terminal, error) {
	name := fmt.Sprint("s", s.n.Add(1))
	// One word would be a shell's command; two or more are run as they are.
	command := o.command
	if len(command) == 1 {
		command = []string{"exec " + shellWords(command)}
	}
	return s.attach(ctx, o, name, append([]string{"new-session", "-s", name, "--"}, command...)...)
}

// attach starts a client.
func (s *tmuxServer) attach(ctx context.Context, o openOptions, name string, args ...string) (*tmuxTerminal, error) {
	c, err := startClient(ctx, o, s.with(args...)...)
	if err != nil {
		return nil, err
	}
	return &tmuxTerminal{ptyClient: c, server: s, o: o, session: name}, nil
}

func (s *tmuxServer) pids() []int { return []int{s.pid()} }

// tmuxTerminal is an attached client.
type tmuxTerminal struct {
	*ptyClient
	server  *tmuxServer
	o       openOptions
	session string
	last    []byte // the last line of the screen that was left, without blanks
	early   []byte // what came with the picture
}

func (t *tmuxTerminal) Read(p []byte) (int, error) {
	if len(t.early) > 0 {
		n := copy(p, t.early)
		t.early = t.early[n:]
		return n, nil
	}
	return t.ptyClient.Read(p)
}

// leave detaches. It notes what the end of the picture will be.
func (t *tmuxTerminal) leave() error {
	args := t.server.with("capture-pane", "-p", "-t", t.session)
	screen, err := exec.Command(args[0], args[1:]...).Output()
	if err != nil {
		return fmt.Errorf("the screen of tmux: %w", err)
	}
	lines := bytes.Split(bytes.TrimSpace(screen), []byte("\n"))
	if t.last = visible(lines[len(lines)-1]); len(t.last) == 0 {
		return errors.New("the screen of tmux is empty: its picture has no end to wait for")
	}
	return t.Close()
}

// rejoin attaches anew. tmux sends the screen alone; what is above it, one asks
// for by scrolling.
func (t *tmuxTerminal) rejoin(ctx context.Context, lines int) (terminal, int, error) {
	if lines > 0 {
		return nil, 0, fmt.Errorf("%w: tmux gives the screen alone", errNo)
	}
	again, err := t.server.attach(ctx, t.o, t.session, "attach-session", "-t", t.session)
	if err != nil {
		return nil, 0, err
	}
	again.last = t.last
	b := make([]byte, 64<<10)
	// The picture is drawn downwards, and ends where the last line does.
	for !bytes.HasSuffix(visible(again.early), t.last) {
		n, err := again.ptyClient.Read(b)
		again.early = append(again.early, b[:n]...)
		if err != nil {
			return nil, 0, errors.Join(io.ErrUnexpectedEOF, again.Close())
		}
	}
	return again, len(again.early), nil
}

// join is a second client.
func (t *tmuxTerminal) join(ctx context.Context) (terminal, error) {
	return t.server.attach(ctx, t.o, t.session, "attach-session", "-t", t.session)
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?>=<]*[A-Za-z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>A-Z78]|\s|\x0f`)

// visible is the text of output without blanks.
func visible(output []byte) []byte { return escapes.ReplaceAll(output, nil) }
