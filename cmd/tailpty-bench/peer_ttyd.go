package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"path/filepath"

	"github.com/coder/websocket"
)

// ttydRow is ttyd, spoken to as its page does.
const ttydRow = "ttyd"

type ttyd struct{ install install }

func (ttyd) name() string { return ttydRow }

func (t ttyd) start(ctx context.Context, dir string) (server, error) {
	program, err := t.install.find(ctx, source{program: "ttyd", hint: "ttyd, which is in few releases of Debian, in the PATH"})
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	d, err := startDaemon(ctx, dir, program, "-p", portOf(addr), "-i", "127.0.0.1", "-W", "-a", "-d", "1", "/bin/sh")
	if err != nil {
		return nil, err
	}
	if err := d.ready(ctx, "tcp", addr); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return &ttydServer{daemon: d, addr: addr, scripts: scripts{dir: dir}}, nil
}

type ttydServer struct {
	*daemon
	addr    string
	scripts scripts
}

// What ttyd's page and server begin their messages with.
const (
	ttydOutput, ttydInput = '0', '0'
	ttydPause, ttydResume = '2', '3'
	// ttydHigh and ttydLow are where its page has the server pause and go on, in
	// bytes that it has not rendered.
	ttydHigh, ttydLow = 1_000_000, 400_000
)

func (s *ttydServer) open(ctx context.Context, o openOptions) (terminal, error) {
	script, err := s.scripts.write("exec " + shellWords(o.command))
	if err != nil {
		return nil, err
	}
	conn, _, err := websocket.Dial(ctx, "ws://"+s.addr+"/ws?"+url.Values{"arg": {filepath.Base(script)}}.Encode(),
		&websocket.DialOptions{Subprotocols: []string{"tty"}})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	waiting, paused := 0, false
	t := &spoken{ctx: ctx, conn: conn, kind: websocket.MessageBinary,
		output: func(message []byte) ([]byte, error) {
			if len(message) == 0 || message[0] != ttydOutput {
				return nil, nil
			}
			return message[1:], nil
		},
		input: func(keys []byte) ([]byte, error) { return append([]byte{ttydInput}, keys...), nil },
		rendered: func(n int) []byte {
			waiting -= n
			switch {
			case !paused && waiting > ttydHigh:
				paused = true
				return []byte{ttydPause}
			case paused && waiting < ttydLow:
				paused = false
				return []byte{ttydResume}
			}
			return nil
		},
	}
	cols, rows := o.size()
	hello, err := json.Marshal(map[string]any{"AuthToken": "", "columns": cols, "rows": rows})
	if err == nil {
		err = t.say(hello)
	}
	if err != nil {
		return nil, errors.Join(err, conn.CloseNow())
	}
	return t, nil
}

func (s *ttydServer) pids() []int { return []int{s.pid()} }
