package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// wettyRow is wetty, spoken to as its page does: Socket.IO on a WebSocket.
const wettyRow = "wetty"

type wetty struct{ install install }

func (wetty) name() string { return wettyRow }

// wettyEntry is what becomes of a connection's shell: it takes the order that lies
// there, and becomes it. wetty has one command for all.
const wettyEntry = `mv "$0.next" "$0.$$" && exec /bin/sh "$0.$$"`

func (w wetty) start(ctx context.Context, dir string) (server, error) {
	node, err := w.install.find(ctx, source{program: "node", debian: "nodejs"})
	if err != nil {
		return nil, err
	}
	program, err := w.install.find(ctx, source{program: "wetty/build/main.js", npm: "wetty"})
	if err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: it runs a command of one's own as root only", errMissing)
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	entry := filepath.Join(dir, "entry.sh")
	if err := os.WriteFile(entry, []byte("#!/bin/sh\n"+wettyEntry+"\n"), 0o700); err != nil {
		return nil, err
	}
	d, err := startDaemon(ctx, dir, node, program, "--host", "127.0.0.1", "--port", portOf(addr), "--base", "/",
		"--ssh-host", "localhost", "--command", entry, "--log-level", "error")
	if err != nil {
		return nil, err
	}
	if err := d.ready(ctx, "tcp", addr); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return &wettyServer{daemon: d, addr: addr, entry: entry}, nil
}

type wettyServer struct {
	*daemon
	addr, entry string
	one         sync.Mutex // one session is opened at a time: there is one place for orders
}

func (s *wettyServer) pids() []int { return []int{s.pid()} }

func (s *wettyServer) open(ctx context.Context, o openOptions) (terminal, error) {
	s.one.Lock()
	defer s.one.Unlock()
	next := s.entry + ".next"
	if err := os.WriteFile(next, []byte(sized(o)+"\n"), 0o600); err != nil {
		return nil, err
	}
	conn, _, err := websocket.Dial(ctx, "ws://"+s.addr+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	t := &spoken{ctx: ctx, conn: conn, kind: websocket.MessageText}
	io := &socketIO{t: t}
	t.output, t.rendered = io.output, io.rendered
	t.input = func(keys []byte) ([]byte, error) { return event("input", string(keys)) }
	for !io.open && err == nil {
		var message []byte
		if _, message, err = conn.Read(ctx); err == nil {
			_, err = io.output(message)
		}
	}
	if err == nil {
		err = taken(ctx, next)
	}
	if err != nil {
		return nil, errors.Join(err, conn.CloseNow())
	}
	return t, nil
}

// taken waits until the order is.
func taken(ctx context.Context, order string) error {
	for {
		if _, err := os.Stat(order); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Millisecond):
		}
	}
}

// socketIO is the little of Socket.IO 4 that a terminal needs.
type socketIO struct {
	t    *spoken
	open bool // the session can be used
	done int  // rendered, and not said yet
}

// wettyCommit is how many bytes wetty's page renders before it says so.
const wettyCommit = 256 << 10

// output reads one message, and answers what has to be answered.
func (s *socketIO) output(message []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(message, []byte("0")): // it greets
		return nil, s.t.say([]byte("40"))
	case bytes.HasPrefix(message, []byte("40")):
		s.open = true
	case bytes.Equal(message, []byte("2")): // it asks whether we are there
		return nil, s.t.say([]byte("3"))
	case bytes.HasPrefix(message, []byte("42")):
		var e []json.RawMessage
		var name, data string
		if err := json.Unmarshal(message[2:], &e); err != nil || len(e) == 0 {
			return nil, errors.Join(errors.New("no event"), err)
		}
		if err := json.Unmarshal(e[0], &name); err != nil || name != "data" || len(e) < 2 {
			return nil, err
		}
		err := json.Unmarshal(e[1], &data)
		return []byte(data), err
	}
	return nil, nil
}

func (s *socketIO) rendered(n int) []byte {
	if s.done += max(n, 0); s.done < wettyCommit {
		return nil
	}
	message, _ := event("commit", s.done)
	s.done = 0
	return message
}

// event is a message to the server.
func event(name string, data any) ([]byte, error) {
	b, err := json.Marshal([]any{name, data})
	return append([]byte("42"), b...), err
}

// portOf is the port of an address.
func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}
