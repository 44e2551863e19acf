package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
)

// dtachRow is dtach: a process for each session that holds its PTY, and keeps
// nothing of its output.
const dtachRow = "dtach"

type dtach struct{ install install }

func (dtach) name() string { return dtachRow }

func (d dtach) start(ctx context.Context, dir string) (server, error) {
	program, err := d.install.find(ctx, source{program: "dtach", debian: "dtach"})
	if err != nil {
		return nil, err
	}
	return &dtachServer{program: program, dir: dir}, nil
}

// dtachServer is no process: each session has one.
type dtachServer struct {
	program, dir string
	n            atomic.Int64

	mu      sync.Mutex
	holders []relative
}

func (s *dtachServer) open(ctx context.Context, o openOptions) (terminal, error) {
	socket := filepath.Join(s.dir, fmt.Sprint("d", s.n.Add(1)))
	c, err := startClient(ctx, o, s.program, "-c", socket, "-E", "-z", "-r", "none", "/bin/sh", "-c", sized(o))
	if err != nil {
		return nil, err
	}
	return &dtachTerminal{ptyClient: c, server: s}, nil
}

// found notes the process that a client has started to hold the session. It is
// the client's child only until the client ends.
func (s *dtachServer) found(client int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range family(client) {
		if p.parent == client && p.name == "dtach" {
			s.holders = append(s.holders, p)
		}
	}
}

func (s *dtachServer) pids() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pids []int
	for _, p := range s.holders {
		if p.alive() {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

func (s *dtachServer) close() error {
	var all []relative
	for _, pid := range s.pids() {
		all = append(all, family(pid)...)
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	reap(all, 0)
	return nil
}

type dtachTerminal struct {
	*ptyClient
	server *dtachServer
	once   sync.Once
}

// Read notes the holder when there is first something to read: it has started
// then.
func (t *dtachTerminal) Read(p []byte) (int, error) {
	n, err := t.ptyClient.Read(p)
	t.once.Do(func() { t.server.found(t.cmd.Process.Pid) })
	return n, err
}

// Close leaves, and sees to it that the holder is known.
func (t *dtachTerminal) Close() error {
	t.once.Do(func() { t.server.found(t.cmd.Process.Pid) })
	return t.ptyClient.Close()
}

// join does not: dtach passes over a viewer who cannot take output at the moment,
// and draws nothing anew, so that some never see the end.
func (t *dtachTerminal) join(context.Context) (terminal, error) {
	return nil, fmt.Errorf("%w: a second viewer misses output and is not told", errNo)
}
