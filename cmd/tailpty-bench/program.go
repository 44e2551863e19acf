package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/creack/pty"
)

// program is a program on a PTY of this process. It is read and written with
// blocking system calls.
type program struct {
	cmd    *exec.Cmd
	master int
	ended  chan struct{} // closed when it has
	// using keeps the descriptor open as long as somebody is in a call on it.
	using sync.RWMutex
	gone  bool
}

// startProgram runs a command on a PTY of its own.
func startProgram(o openOptions) (*program, error) {
	if len(o.command) == 0 {
		return nil, errors.New("no command")
	}
	cols, rows := o.size()
	cmd := exec.Command(o.command[0], o.command[1:]...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", o.command[0], err)
	}
	p := &program{cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait()
	}()
	p.master, err = blockingCopy(f)
	if err = errors.Join(err, f.Close()); err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// blockingCopy is a copy of a file's descriptor, in blocking mode.
func blockingCopy(f *os.File) (fd int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	if ctlErr := raw.Control(func(from uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if fd, err = syscall.Dup(int(from)); err == nil {
			syscall.CloseOnExec(fd)
			err = syscall.SetNonblock(fd, false)
		}
	}); ctlErr != nil {
		return -1, ctlErr
	}
	return fd, err
}

// Read reads output; its end is io.EOF.
func (p *program) Read(b []byte) (int, error) {
	p.using.RLock()
	defer p.using.RUnlock()
	for !p.gone {
		n, err := syscall.Read(p.master, b)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EIO, err == nil && n == 0:
			return 0, io.EOF
		}
		return max(n, 0), err
	}
	return 0, io.EOF
}

func (p *program) Write(b []byte) (int, error) {
	p.using.RLock()
	defer p.using.RUnlock()
	for done := 0; ; {
		if p.gone {
			return done, io.ErrClosedPipe
		}
		n, err := syscall.Write(p.master, b[done:])
		if err != nil && err != syscall.EINTR {
			return done, err
		}
		if done += max(n, 0); done == len(b) {
			return done, nil
		}
	}
}

// kill ends the program and what it has started: they are one process group, for
// none of them is a shell that a person uses.
func (p *program) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

// Close ends it. Reads that wait return.
func (p *program) Close() error {
	p.kill() // with the last of them the terminal hangs up
	p.using.Lock()
	defer p.using.Unlock()
	if p.gone {
		return nil
	}
	p.gone = true
	return syscall.Close(p.master)
}

func (p *program) consumed(int) {}
