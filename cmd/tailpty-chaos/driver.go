package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tailpty/term/client"
	"tailpty/term/wire"
)

// driver is the one who types into a session under load and wants all of its
// output: one client, over as many connections as it takes.
type driver struct {
	id     string
	scene  *scene
	tally  *tally
	logger *slog.Logger
	line   lifeline
	client *client.Client
	typing *stream
	rate   int           // of what is typed, bytes/s
	begun  chan struct{} // closed when there was output: the program listens
	begin  sync.Once
	rest   chan struct{} // closed when no more is to be typed
	over   chan struct{} // closed when Run has returned

	heard atomic.Int64 // when output came last, in ns since 1970
	ended atomic.Bool  // the program is told to end
	lived atomic.Bool  // and its session ran until then

	mu       sync.Mutex // guards what follows
	got      *meter
	typed    *meter
	gone     uint64   // bytes of output that the client was told are gone
	problems []string // what should not be
	exit     int
	err      error
}

// backoff is how long a driver waits for the next connection: shorter than a
// person's client would, for the next kill is near.
var backoff = []time.Duration{100 * time.Millisecond}

// newDriver makes the driver of a session, which is not connected.
func newDriver(id string, s *server, o options, t *tally) *driver {
	d := &driver{id: id, scene: s.scene, tally: t, logger: s.scene.logger.With("session", id), rate: o.typing, typing: typedStream(o.seed, id),
		begun: make(chan struct{}), rest: make(chan struct{}), over: make(chan struct{}),
		got: newMeter(printedStream(o.seed, id)), typed: newMeter(typedStream(o.seed, id))}
	d.heard.Store(time.Now().UnixNano())
	d.line.dialer = s.scene.device.Dial
	via := s.scene.httpClient(d.line.dial)
	from := uint64(0)
	d.client = client.New(client.Options{
		Dial:    func(ctx context.Context) (*client.Conn, error) { return attach(ctx, s, id, via) },
		Mode:    wire.Lossless,
		From:    &from,
		Cols:    80,
		Rows:    24,
		Backoff: backoff,
		Output:  func(p []byte, at uint64, _ bool) { d.output(p, at) },
		Reset:   func(_, _ int, _ []byte, at uint64) { d.hole(at, "a snapshot in the place of output") },
		Gap:     func(_, to uint64) { d.hole(to, "a gap in the output") },
		NotTyped: func(code, detail string) {
			d.problem("what was typed was given up: " + code + ": " + detail)
		},
		Status: d.status,
	})
	return d
}

// run attaches until the session ends.
func (d *driver) run(ctx context.Context) {
	defer close(d.over)
	exit, err := d.client.Run(ctx)
	d.mu.Lock()
	d.exit, d.err = exit, err
	d.mu.Unlock()
}

func (d *driver) output(p []byte, at uint64) {
	d.begin.Do(func() { close(d.begun) })
	d.heard.Store(time.Now().UnixNano())
	d.tally.out.Add(int64(len(p)))
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.got.wrong
	if at != d.got.n+d.gone {
		d.problems = append(d.problems, fmt.Sprintf("output at %d follows %d", at, d.got.n+d.gone))
	}
	if d.got.add(p); d.got.wrong && !was {
		d.logger.Error("the output is not what was written", "from", d.got.at)
	}
}

// hole takes note that the output up to an offset does not come.
func (d *driver) hole(to uint64, why string) {
	d.mu.Lock()
	at := d.got.n + d.gone
	if to > at {
		d.got.skip(to - at)
		d.gone += to - at
	}
	d.mu.Unlock()
	d.problem(fmt.Sprintf("%s, from %d to %d", why, at, to))
}

func (d *driver) problem(text string) {
	d.logger.Error(text)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.problems) < 20 {
		d.problems = append(d.problems, text)
	}
}

func (d *driver) status(s client.Status) {
	d.logger.Info("status", "phase", int(s.Phase), "err", s.Err)
	if s.Phase == client.Live {
		d.tally.back(d.id)
	}
}

// reconnect has it come back at once, over a new connection.
func (d *driver) reconnect() {
	d.line.cut()
	d.client.RetryNow()
}

// keepsUp reports whether the driver has nearly all output that the program has
// written: whoever is cut off while far behind may be cut off for too long.
func (d *driver) keepsUp() bool {
	a, err := readAccount(d.scene.accounts, d.id)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got.n+d.gone+backlog >= a.Printed.Bytes
}

// backlog is what a driver may be behind when it is cut off, in bytes: with some
// seconds of output at the highest rate less than a session keeps.
const backlog = 1 << 20

// silence is how long no output came.
func (d *driver) silence() time.Duration { return time.Since(time.Unix(0, d.heard.Load())) }

// typeAll types until it is told to rest, in pieces of any size.
func (d *driver) typeAll(ctx context.Context, random *rand.Rand) {
	select {
	case <-d.begun:
	case <-ctx.Done():
		return
	}
	for {
		p := make([]byte, 1+random.IntN(max(1, d.rate/10)))
		d.typing.fill(p)
		if !d.typeOne(ctx, p) {
			return
		}
		select {
		case <-time.After(time.Duration(len(p)) * time.Second / time.Duration(d.rate)):
		case <-d.rest:
			return
		case <-ctx.Done():
			return
		}
	}
}

// typeOne types one piece, as soon as it is taken.
func (d *driver) typeOne(ctx context.Context, p []byte) bool {
	err := eventually(ctx, func() (bool, error) {
		err := d.client.Type(p)
		switch {
		case errors.Is(err, client.ErrNotDriver):
			return false, d.client.Take()
		case errors.Is(err, client.ErrFull):
			return false, nil
		}
		return true, err
	})
	if err != nil {
		if ctx.Err() == nil {
			d.problem("typing: " + err.Error())
		}
		return false
	}
	d.tally.in.Add(int64(len(p)))
	d.mu.Lock()
	d.typed.add(p)
	d.mu.Unlock()
	return true
}

const (
	// flushWithin is how long all that was typed may take to be applied, and
	// overWithin the end of the program after that.
	flushWithin, overWithin = time.Minute, 3 * time.Minute
)

// finish types no more, and has the program end once it has read everything.
// typed is closed when typeAll has returned.
func (d *driver) finish(ctx context.Context, typed <-chan struct{}) {
	close(d.rest)
	<-typed
	flush, cancel := context.WithTimeout(ctx, flushWithin)
	defer cancel()
	if err := d.client.Flush(flush); err != nil {
		d.problem("waiting until what was typed is applied: " + err.Error())
	}
	d.lived.Store(d.scene.alive(d.id))
	d.ended.Store(true)
	d.mu.Lock()
	n := d.typed.n
	d.mu.Unlock()
	if err := replace(stopFile(d.scene.accounts, d.id), fmt.Append(nil, n)); err != nil && !errors.Is(err, os.ErrNotExist) {
		d.problem(err.Error())
	}
	select {
	case <-d.over:
	case <-ctx.Done():
	case <-time.After(overWithin):
		d.problem(fmt.Sprintf("its client has not heard of its end after %v", overWithin))
	}
}

// watch attaches a client that only watches, until ctx ends.
func watch(ctx context.Context, s *server, id string) error {
	line := lifeline{dialer: s.scene.device.Dial}
	via := s.scene.httpClient(line.dial)
	c := client.New(client.Options{
		Dial:     func(ctx context.Context) (*client.Conn, error) { return attach(ctx, s, id, via) },
		ViewOnly: true,
		Backoff:  backoff,
	})
	stop := context.AfterFunc(ctx, line.cut)
	defer stop()
	_, err := c.Run(ctx)
	return err
}
