package main

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/coder/websocket"
)

// spoken is a terminal over a WebSocket whose messages are a peer's own language.
type spoken struct {
	ctx  context.Context
	conn *websocket.Conn
	kind websocket.MessageType
	// output is the terminal's output in a message: nil where it has none. It may
	// answer.
	output func(message []byte) ([]byte, error)
	// input is a message that types.
	input func(keys []byte) ([]byte, error)
	// rendered is told how many bytes of output the client has taken up, or with a
	// negative number how many came; its message, if any, is sent.
	rendered func(n int) []byte

	flow  sync.Mutex // rendered is called by two goroutines
	ready []byte     // output that was not read yet
}

func (t *spoken) say(message []byte) error { return t.conn.Write(t.ctx, t.kind, message) }

func (t *spoken) Read(p []byte) (int, error) {
	for len(t.ready) == 0 {
		_, message, err := t.conn.Read(t.ctx)
		if err != nil {
			return 0, errors.Join(io.EOF, err)
		}
		if t.ready, err = t.output(message); err != nil {
			return 0, err
		}
		if err := t.account(-len(t.ready)); err != nil {
			return 0, err
		}
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	return n, nil
}

func (t *spoken) Write(p []byte) (int, error) {
	message, err := t.input(p)
	if err == nil {
		err = t.say(message)
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// account has the peer's flow control know of n bytes.
func (t *spoken) account(n int) error {
	t.flow.Lock()
	defer t.flow.Unlock()
	if message := t.rendered(n); message != nil {
		return t.say(message)
	}
	return nil
}

func (t *spoken) consumed(n int) { _ = t.account(n) } // the reader hears of what is wrong
func (t *spoken) Close() error   { return t.conn.CloseNow() }
