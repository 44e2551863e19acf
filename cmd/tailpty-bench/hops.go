package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// hopsCommand and holderCommand are the hidden commands of an empty relay and an
// empty holder.
const (
	hopsCommand   = "hops"
	holderCommand = "holder"
)

// hopsRow is the two processes and the two sockets that tailpty has, and nothing in
// them: a relay speaks WebSocket to the client over a Unix socket and plain bytes
// over another to a process that holds the PTY. What it takes is the floor.
const hopsRow = "hops"

type hops struct{}

func (hops) name() string { return hopsRow }

func (hops) start(ctx context.Context, dir string) (server, error) {
	if err := onlyOurs(dir); err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "relay")
	var at string
	p, err := startSelf(ctx, &at, hopsCommand, socket, dir)
	if err != nil {
		return nil, err
	}
	return &wsServer{process: p, url: at, http: overUnix(socket), holders: true}, nil
}

// serveHops is the relay: args are its socket and the folder for those of the
// holders.
func serveHops(args []string) error {
	if len(args) != 2 {
		return errors.New("a socket and a folder")
	}
	l, err := net.Listen("unix", args[0])
	if err != nil {
		return err
	}
	defer l.Close()
	var count atomic.Int64
	return serveTerminals(l, "http://localhost", func(o openOptions) (io.ReadWriteCloser, error) {
		return openHolder(o, filepath.Join(args[1], fmt.Sprint("holder", count.Add(1))))
	})
}

// openHolder starts a process that holds a PTY, and connects to it.
func openHolder(o openOptions, socket string) (io.ReadWriteCloser, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(order{o.command, o.cols, o.rows})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, holderCommand, socket, string(b))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_, err = bufio.NewReader(out).ReadByte() // it listens
	var conn net.Conn
	if err == nil {
		conn, err = net.Dial("unix", socket)
	}
	if err != nil {
		_ = cmd.Process.Kill()
		return nil, errors.Join(err, cmd.Wait())
	}
	return heldProgram{conn, cmd, sync.OnceFunc(func() { conn.Close(); _ = cmd.Wait() })}, nil
}

// heldProgram is a program that another process holds.
type heldProgram struct {
	net.Conn
	cmd *exec.Cmd
	end func()
}

func (h heldProgram) Close() error {
	h.end()
	return nil
}

// hold is the process that holds one PTY, for the one who connects first, until
// they go.
func hold(args []string) error {
	if len(args) != 2 {
		return errors.New("a socket and an order")
	}
	var o order
	if err := json.Unmarshal([]byte(args[1]), &o); err != nil {
		return err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: args[0], Net: "unix"})
	if err != nil {
		return err
	}
	if err := l.SetDeadline(time.Now().Add(saysWithin)); err != nil {
		return err
	}
	if _, err := os.Stdout.Write([]byte{'\n'}); err != nil {
		return err
	}
	conn, err := l.Accept()
	l.Close()
	if err != nil {
		return err
	}
	defer conn.Close()
	p, err := startProgram(openOptions{command: o.Command, cols: o.Cols, rows: o.Rows})
	if err != nil {
		return err
	}
	defer p.Close()
	go func() {
		_, _ = io.Copy(p, conn)
		p.kill()
	}()
	b := make([]byte, 64<<10)
	for {
		n, err := p.Read(b)
		if n > 0 {
			if _, err := conn.Write(b[:n]); err != nil {
				return nil
			}
		}
		if err != nil {
			return nil
		}
	}
}
