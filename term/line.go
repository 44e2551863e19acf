package term

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

const (
	// pingDriver and pingViewer are how often a connection is tried.
	pingDriver = 2 * time.Second
	pingViewer = 15 * time.Second
	// lineDead is how long nothing may be heard of a client at all.
	lineDead = 30 * time.Second
	// goodbye is how long a connection that ends may take to write its close
	// frame; what is stuck in a dead one is cut off then. With the guard's second
	// it stays below the 2 s in which a lost right takes effect.
	goodbye = 800 * time.Millisecond
)

// line is the life of one WebSocket: why it ends, and whether the other side is
// still there.
type line struct {
	conn *websocket.Conn
	// ctx is the connection's life; its cause is why it ended, and stop ends it.
	ctx  context.Context
	stop context.CancelCauseFunc
	// io is for reading and writing, which a context that ends tears down: it
	// outlives ctx for long enough to say goodbye. hangUp ends both.
	io     context.Context
	cutOff context.CancelFunc
	agreed agreed

	heard     *atomic.Int64 // when something was last heard, in ns since 1970
	pingOften *atomic.Bool  // ping at the pace of a driver
}

func newLine(ctx context.Context, conn *websocket.Conn) line {
	a, _ := ctx.Value(agreedKey{}).(agreed)
	l := line{conn: conn, agreed: a, heard: &atomic.Int64{}, pingOften: &atomic.Bool{}}
	l.ctx, l.stop = context.WithCancelCause(ctx)
	l.io, l.cutOff = context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(l.ctx, func() { time.AfterFunc(goodbye, l.cutOff) })
	l.hear()
	return l
}

// hangUp ends the line, if it has not ended, and everything that waits on it.
func (l line) hangUp() {
	l.stop(errGone)
	l.cutOff()
}

// why is why the line ended.
func (l line) why() error { return context.Cause(l.ctx) }

// hear notes that the other side is there.
func (l line) hear() { l.heard.Store(time.Now().UnixNano()) }

// silence is how long nothing was heard.
func (l line) silence() time.Duration { return time.Since(time.Unix(0, l.heard.Load())) }

// ping tries the line until it ends, and ends it when nothing is heard for too
// long. Whatever the client sends counts: on a slow line the answer to a ping
// waits behind output.
func (l line) ping() error {
	tick := time.NewTicker(pingDriver)
	defer tick.Stop()
	answered := make(chan error, 1)
	waiting, last := false, time.Now()
	for {
		select {
		case <-l.ctx.Done():
			if waiting {
				l.cutOff() // the goodbye has been said or cannot be
				<-answered
			}
			return nil
		case err := <-answered:
			waiting = false
			if err == nil {
				l.hear()
			}
		case <-tick.C:
			if l.silence() > lineDead {
				return fmt.Errorf("%w: nothing was heard for %v", errGone, lineDead)
			}
			if waiting || (!l.pingOften.Load() && time.Since(last) < pingViewer) {
				continue
			}
			waiting, last = true, time.Now()
			go func() { answered <- l.conn.Ping(l.io) }()
		}
	}
}

// write sends one message, compressed or as it is.
func (l line) write(kind websocket.MessageType, b []byte, compressed bool) error {
	ctx, cancel := context.WithTimeout(l.io, writeWithin)
	defer cancel()
	err := error(nil)
	if compressed || !l.agreed.deflate || len(b) < compressFrom {
		err = l.conn.Write(ctx, kind, b)
	} else {
		err = l.writePlain(ctx, kind, b)
	}
	if err != nil {
		if cause := l.why(); cause != nil {
			return cause
		}
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// compressFrom is the size, in bytes, below which nothing is compressed.
const compressFrom = 512

// writePlain sends one message uncompressed where both sides agreed that messages
// may be: the library compresses those whose first piece is not short.
func (l line) writePlain(ctx context.Context, kind websocket.MessageType, b []byte) error {
	w, err := l.conn.Writer(ctx, kind)
	if err != nil {
		return err
	}
	for _, piece := range [][]byte{b[:compressFrom-1], b[compressFrom-1:]} {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return w.Close()
}
