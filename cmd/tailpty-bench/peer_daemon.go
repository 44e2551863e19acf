package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// daemon is a server process of a peer. What it says is in a file beside it.
type daemon struct {
	cmd   *exec.Cmd
	ended chan struct{} // the process has ended
	log   string
	stop  func() bool // of the context
}

// startDaemon starts one, whose files are in dir and whose life the context
// bounds.
func startDaemon(ctx context.Context, dir string, command ...string) (*daemon, error) {
	d := &daemon{cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{}),
		log: filepath.Join(dir, filepath.Base(command[0])+".log")}
	log, err := os.Create(d.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = dir, log, log
	d.cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C at the bench is not theirs
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = d.cmd.Wait(); close(d.ended) }()
	d.stop = context.AfterFunc(ctx, func() { _ = d.close() })
	return d, nil
}

func (d *daemon) pid() int { return d.cmd.Process.Pid }

// ready waits until it answers at an address.
func (d *daemon) ready(ctx context.Context, network, addr string) error {
	ctx, done := context.WithTimeout(ctx, 20*time.Second)
	defer done()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return d.fail(err)
		case <-d.ended:
			return d.fail(errors.New("it has ended"))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// fail is an error with the end of what the process has said.
func (d *daemon) fail(err error) error {
	said, _ := os.ReadFile(d.log)
	return fmt.Errorf("%s: %w: %s", filepath.Base(d.cmd.Path), err, said[max(0, len(said)-500):])
}

// close ends the process and all that it and its own have started.
func (d *daemon) close() error {
	d.stop()
	endAll(family(d.pid()), d.pid(), d.ended)
	return nil
}

// patience is how long a process may take to end before it is killed.
const patience = 2 * time.Second

// endAll asks one process to end, and kills it and those of its family that do
// not end with it.
func endAll(all []relative, root int, ended <-chan struct{}) {
	select {
	case <-ended: // its number may be another's by now
	default:
		_ = syscall.Kill(root, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			_ = syscall.Kill(root, syscall.SIGKILL)
			<-ended
		}
	}
	reap(all, root)
}

// reap kills those of a family that are still there after a moment.
func reap(all []relative, except int) {
	for until := time.Now().Add(patience / 4); ; time.Sleep(5 * time.Millisecond) {
		left := false
		for _, p := range all {
			if p.pid == except || !p.alive() {
				continue
			}
			left = true
			if time.Now().After(until) {
				_ = syscall.Kill(p.pid, syscall.SIGKILL)
			}
		}
		if !left || time.Now().After(until.Add(patience)) {
			return
		}
	}
}

// freeAddr is a loopback address that nobody listened at a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
