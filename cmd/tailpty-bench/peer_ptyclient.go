package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/creack/pty"
)

// ptyClient is a peer's own client program, which wants a terminal: a PTY that
// this process reads.
type ptyClient struct {
	*os.File
	cmd   *exec.Cmd
	ended chan struct{}
	stop  func() bool
}

// startClient starts a client program in a terminal of this size.
func startClient(ctx context.Context, o openOptions, command ...string) (*ptyClient, error) {
	cols, rows := o.size()
	c := &ptyClient{cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "TMUX=")
	f, err := pty.StartWithSize(c.cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		return nil, err
	}
	c.File = f
	go func() { _ = c.cmd.Wait(); close(c.ended) }()
	c.stop = context.AfterFunc(ctx, func() { _ = c.Close() })
	return c, nil
}

// Read reads output. A terminal that nobody has open any more is its end.
func (c *ptyClient) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	if errors.Is(err, syscall.EIO) || errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	return n, err
}

func (c *ptyClient) consumed(int) {}

// Close ends the client, which ends reads that wait, and hangs up.
func (c *ptyClient) Close() error {
	c.stop()
	endAll(nil, c.cmd.Process.Pid, c.ended)
	if err := c.File.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
