package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

// attacher connects to sessions of a server of tailpty's, with as little of a
// client as there can be: what is measured is the server.
type attacher struct {
	http        *http.Client
	url         string
	header      http.Header
	compression websocket.CompressionMode
}

// greeting is what a client wants.
type greeting struct {
	mode       mode
	offset     *uint64
	scrollback int
	drives     bool
	size       openOptions
}

// dial attaches. It returns once the server has answered, and the client drives
// where it is to.
func (a attacher) dial(ctx context.Context, id string, g greeting) (*attached, error) {
	conn, resp, err := websocket.Dial(ctx, a.url+"/api/v1/sessions/"+id+"/attach",
		&websocket.DialOptions{HTTPClient: a.http, HTTPHeader: a.header, Subprotocols: []string{wire.Subprotocol}, CompressionMode: a.compression})
	if err != nil {
		if resp != nil && resp.Body != nil {
			_, said := readAnswer(resp, 0)
			err = errors.Join(err, said)
		}
		return nil, err
	}
	conn.SetReadLimit(-1)
	t := &attached{ctx: ctx, conn: conn, from: a, id: id, size: g.size}
	hello := wire.Control{T: wire.Hello, Mode: wire.Latest, Offset: g.offset, Scrollback: g.scrollback, Client: rand.Text()}
	hello.Cols, hello.Rows = g.size.size()
	if g.mode == every {
		hello.Mode = wire.Lossless
	}
	err = t.say(hello)
	if err == nil && g.drives {
		err = t.say(wire.Control{T: wire.Take})
	}
	if err == nil {
		err = t.await(func(c wire.Control) bool { return c.T == wire.State && (!g.drives || c.Driver == c.You) })
	}
	if err != nil {
		conn.CloseNow()
		return nil, err
	}
	return t, nil
}

// attached is a client of one session. Its output is that of the session: of
// snapshots, too.
type attached struct {
	ctx  context.Context
	conn *websocket.Conn
	from attacher
	id   string
	size openOptions
	end  func() error // ends the session; nil for one who only watches

	message bytes.Buffer // the last frame
	pending []byte       // what is left of its payload, and of what came before

	typing sync.Mutex
	seq    uint64

	mu     sync.Mutex
	frames []frameRead // that were read and are not acknowledged as a whole
	done   int64       // bytes rendered
	read   int64       // bytes read
	acked  int64       // of done
	at     uint64      // offset of the output up to which all is rendered
}

// frameRead is a frame that was read.
type frameRead struct {
	kind wire.Kind
	// number is its offset, begin the place of its first byte in what was read, n
	// its length.
	number uint64
	begin  int64
	n      int64
}

// ackEvery is how many bytes are acknowledged at once, as tailpty's own client
// does.
const ackEvery = 1 << 10

func (t *attached) say(c wire.Control) error {
	return t.conn.Write(t.ctx, websocket.MessageText, c.Encode())
}

// await reads until a message for which is holds. Output that comes before it is
// kept.
func (t *attached) await(is func(wire.Control) bool) error {
	var early []byte
	for {
		c, err := t.next()
		if err != nil {
			return err
		}
		early = append(early, t.pending...)
		if t.pending = nil; is(c) {
			t.pending = early
			return nil
		}
	}
}

// next reads the next message: a control message, or a frame, whose payload is
// pending then.
func (t *attached) next() (c wire.Control, err error) {
	kind, r, err := t.conn.Reader(t.ctx)
	if err != nil {
		return c, errors.Join(io.EOF, err)
	}
	if kind == websocket.MessageText {
		b, err := io.ReadAll(r)
		if err != nil {
			return c, err
		}
		if c, err = wire.ParseControl(b); err != nil {
			return c, err
		}
		switch c.T {
		case wire.Refused:
			return c, fmt.Errorf("the server refuses: %s: %s", c.Error, c.Detail)
		case wire.Gap:
			return c, lost("%d bytes are gone", *c.To-*c.From)
		}
		return c, nil
	}
	t.message.Reset()
	if _, err := t.message.ReadFrom(r); err != nil {
		return c, err
	}
	f, err := wire.ParseFrame(t.message.Bytes())
	if err != nil {
		return c, err
	}
	t.pending = f.Payload
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frames = append(t.frames, frameRead{f.Kind, f.Number, t.read, int64(len(f.Payload))})
	t.read += int64(len(f.Payload))
	return c, nil
}

func (t *attached) Read(p []byte) (int, error) {
	for len(t.pending) == 0 {
		c, err := t.next()
		if err != nil {
			return 0, err
		}
		if c.T == wire.Exit {
			return 0, io.EOF
		}
	}
	n := copy(p, t.pending)
	t.pending = t.pending[n:]
	return n, nil
}

// Write types.
func (t *attached) Write(p []byte) (int, error) {
	t.typing.Lock()
	defer t.typing.Unlock()
	t.seq++
	if err := t.conn.Write(t.ctx, websocket.MessageBinary, wire.Frame{Kind: wire.Input, Number: t.seq, Payload: p}.Append(nil)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// consumed acknowledges.
func (t *attached) consumed(n int) {
	t.mu.Lock()
	t.done += int64(n)
	if at, ok := t.offset(); ok {
		t.at = at
	}
	at := t.at
	if t.done-t.acked < ackEvery {
		t.mu.Unlock()
		return
	}
	t.acked = t.done
	t.mu.Unlock()
	_ = t.say(wire.Control{T: wire.Ack, Offset: &at}) // the reader hears of what is wrong
}

// offset is that of the output up to which all is rendered, and false where there
// is none yet: a snapshot stands for its offset only as a whole. mu is held.
func (t *attached) offset() (at uint64, ok bool) {
	for len(t.frames) > 0 {
		f := t.frames[0]
		rendered := min(t.done-f.begin, f.n)
		if rendered < f.n {
			if f.kind == wire.Output && rendered > 0 {
				at, ok = f.number+uint64(rendered), true
			}
			return at, ok
		}
		at, ok = f.number, true
		if f.kind == wire.Output {
			at += uint64(f.n)
		}
		t.frames = t.frames[1:]
	}
	return at, ok
}

// Close leaves, and ends the session where it is this client's.
func (t *attached) Close() error {
	err := t.conn.CloseNow()
	if t.end != nil {
		return t.end()
	}
	return err
}

// leave leaves; the session goes on.
func (t *attached) leave() error { return t.conn.CloseNow() }

// rejoin attaches anew as a browser with nothing does, and reads the snapshot.
func (t *attached) rejoin(ctx context.Context, lines int) (terminal, int, error) {
	again, err := t.from.dial(ctx, t.id, greeting{mode: latest, scrollback: lines, size: t.size})
	if err != nil {
		return nil, 0, err
	}
	again.end = t.end
	for len(again.pending) == 0 {
		if _, err := again.next(); err != nil {
			return nil, 0, errors.Join(err, again.conn.CloseNow())
		}
	}
	return again, len(again.pending), nil
}

// join attaches one more viewer.
func (t *attached) join(ctx context.Context) (terminal, error) {
	return t.from.dial(ctx, t.id, greeting{mode: latest, size: t.size})
}
