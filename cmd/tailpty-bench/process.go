package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one of the processes of a peer. It ends when its standard input does,
// so that none outlives the bench, and is killed where it does not.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	ended  chan struct{}
	stderr lastWords
	// stop asks it to end: beside closing its standard input.
	stop func(*process)
}

const (
	// saysWithin is how long a process may take to say that it serves.
	saysWithin = 60 * time.Second
	// endsWithin is how long one may take to end when it is told to.
	endsWithin = 3 * time.Second
)

// startProcess starts a process and waits for the line on its standard output that
// begins with prefix: the rest of it is said. env is added to the environment.
func startProcess(ctx context.Context, env []string, prefix string, args ...string) (p *process, said string, err error) {
	p = &process{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stderr = &p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is ours
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, "", err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, "", err
	}
	lines := make(chan string, 1)
	go func() {
		defer close(p.ended)
		for in := bufio.NewScanner(out); in.Scan(); {
			if rest, ok := strings.CutPrefix(in.Text(), prefix); ok {
				select {
				case lines <- rest:
				default:
				}
			}
		}
		_ = p.cmd.Wait()
	}()
	select {
	case said = <-lines:
		return p, said, nil
	case <-p.ended:
		err = errors.New("it ended")
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-time.After(saysWithin):
		err = fmt.Errorf("nothing was heard for %v", saysWithin)
	}
	err = fmt.Errorf("starting %s %s: %w: %s", args[0], strings.Join(args[1:], " "), err, p.stderr.String())
	return nil, "", errors.Join(err, p.close())
}

// startSelf starts this program under a hidden command, which says where it
// listens.
func startSelf(ctx context.Context, into any, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p, said, err := startProcess(ctx, os.Environ(), saysPrefix, append([]string{self}, args...)...)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(said), into); err != nil {
		return nil, errors.Join(fmt.Errorf("%s said %q: %w", args[0], said, err), p.close())
	}
	return p, nil
}

// saysPrefix begins the line in which one of this program's processes says where it
// serves.
const saysPrefix = "URL "

// saysWhere is the other end: it tells the bench, after a word that tells the line
// from others, and returns when the bench wants
// this process to end.
func saysWhere(where any) error {
	b, err := json.Marshal(where)
	if err != nil {
		return err
	}
	if _, err := fmt.Println(saysPrefix + string(b)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// terminate asks with a signal.
func (p *process) terminate() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

func (p *process) pid() int { return p.cmd.Process.Pid }

// close ends it. It returns when it is gone.
func (p *process) close() error {
	if p.stop != nil {
		p.stop(p)
	}
	p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(endsWithin):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	return nil
}

// lastWords keeps the end of what a process says.
type lastWords struct {
	mu sync.Mutex
	b  []byte
}

func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const most = 2000
	l.b = append(l.b, p...)
	l.b = l.b[max(0, len(l.b)-most):]
	return len(p), nil
}

func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.TrimSpace(l.b))
}
