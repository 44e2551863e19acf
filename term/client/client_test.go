package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/client"
	"tailpty/term/wire"
)

// watcher keeps what a client tells.
type watcher struct {
	*client.Client
	t      *testing.T
	cancel context.CancelFunc
	done   chan struct{}
	exit   int
	err    error

	mu       sync.Mutex
	changed  chan struct{}
	got      []byte // as a terminal that shows everything would have it
	base     uint64 // offset of its first byte
	resets   int
	state    wire.Control
	statuses []client.Status
	refusals []string
	live     int
	replayed int // bytes marked as history
}

// run runs a client of srv with quick retries.
func run(t *testing.T, srv *server, change ...func(*client.Options)) *watcher {
	t.Helper()
	w := &watcher{t: t, done: make(chan struct{}), changed: make(chan struct{})}
	do := func(f func()) {
		w.mu.Lock()
		defer w.mu.Unlock()
		f()
		close(w.changed)
		w.changed = make(chan struct{})
	}
	o := client.Options{Dial: srv.dial, Cols: 80, Rows: 24, Backoff: []time.Duration{time.Millisecond},
		Output: func(p []byte, at uint64, replay bool) {
			do(func() {
				if want := w.base + uint64(len(w.got)); len(w.got) > 0 && at != want {
					t.Errorf("output at %d, want %d", at, want)
				}
				if len(w.got) == 0 {
					w.base = at
				}
				w.got = append(w.got, p...)
				if replay {
					w.replayed += len(p)
				}
			})
		},
		Reset: func(cols, rows int, p []byte, at uint64) {
			do(func() {
				if cols == 0 || rows == 0 {
					t.Errorf("a snapshot for %d x %d", cols, rows)
				}
				w.got, w.base = bytes.Clone(p), at-uint64(len(p))
				w.resets++
			})
		},
		State:    func(c wire.Control) { do(func() { w.state = c }) },
		NotTyped: func(code, detail string) { do(func() { w.refusals = append(w.refusals, code+" "+detail) }) },
		Status: func(s client.Status) {
			do(func() {
				w.statuses = append(w.statuses, s)
				if s.Phase == client.Live {
					w.live++
				}
			})
		},
	}
	for _, f := range change {
		f(&o)
	}
	w.Client = client.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	go func() {
		defer close(w.done)
		w.exit, w.err = w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-w.done
	})
	return w
}

// await waits until cond holds; it is asked with the lock held.
func (w *watcher) await(what string, cond func() bool) {
	w.t.Helper()
	deadline := time.After(within)
	for {
		w.mu.Lock()
		ok, changed := cond(), w.changed
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("waited for %s: %d bytes, refusals %v, state %+v, %d statuses, %d bytes wait", what, len(w.got), w.refusals, w.state, len(w.statuses), w.Waiting())
		}
	}
}

func (w *watcher) isLive() bool { return w.live > 0 }
func (w *watcher) has(text string) func() bool {
	return func() bool { return bytes.Contains(w.got, []byte(text)) }
}

// end waits until Run returns.
func (w *watcher) end() {
	w.t.Helper()
	select {
	case <-w.done:
	case <-time.After(within):
		w.t.Fatal("Run does not return")
	}
}

func (w *watcher) typ(text string) {
	w.t.Helper()
	if err := w.Type([]byte(text)); err != nil {
		w.t.Fatalf("typing %q: %v", text, err)
	}
}

func TestTypeAndSee(t *testing.T) {
	s := newSession()
	s.echo = true
	w := run(t, serve(t, s))
	w.typ("hello") // before there is a connection
	w.await("the echo", w.has("hello"))
	w.await("the wheel", func() bool { return w.state.Driver == w.Name() })
	w.Resize(120, 40)
	s.await(t, "the size", func() bool { return s.size.Cols == 120 && s.size.Rows == 40 })
	w.Resize(5000, 5000) // more than the protocol allows
	s.await(t, "the size", func() bool { return s.size.Cols == wire.MaxCols && s.size.Rows == wire.MaxCells/wire.MaxCols })
	s.do(func() { s.exit = new(7) })
	w.end()
	if w.exit != 7 || w.err != nil {
		t.Errorf("exit %d, %v", w.exit, w.err)
	}
	if err := w.Type([]byte("x")); !errors.Is(err, client.ErrEnded) {
		t.Errorf("typing after the end: %v", err)
	}
}

// A connection that dies after any number of bytes in either direction costs
// nothing: neither a byte of output nor one of input, and none comes twice.
func TestCutAtEveryByte(t *testing.T) {
	for direction, most := range map[string]int64{"to the client": 700, "from the client": 700} {
		for n := int64(0); n < most; n += 3 {
			s := newSession()
			s.echo = true
			s.log = []byte("before\r\n")
			srv := serve(t, s, func(srv *server) {
				srv.cut = func(line int) (int64, int64) {
					// The second one dies too, somewhere else.
					if line > 2 {
						return -1, -1
					}
					cut := n + int64(line-1)*17
					if direction == "to the client" {
						return cut, -1
					}
					return -1, cut
				}
			})
			w := run(t, srv, func(o *client.Options) { o.From = new(uint64); o.Mode = wire.Lossless })
			for i := range 5 {
				w.typ(fmt.Sprintf("typed %d;", i))
				s.print([]byte("printed"))
			}
			flush(t, w)
			s.do(func() { s.exit = new(3) })
			w.end()
			if string(s.typed) != "typed 0;typed 1;typed 2;typed 3;typed 4;" || !bytes.Equal(w.got, s.log) || w.exit != 3 {
				t.Fatalf("cut after %d bytes %s: typed %q, got %q of %q, exit %d %v", n, direction, s.typed, w.got, s.log, w.exit, w.err)
			}
			srv.http.Close()
		}
	}
}

func flush(t *testing.T, w *watcher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := w.Flush(ctx); err != nil {
		t.Fatalf("flushing: %v; %d bytes wait", err, w.Waiting())
	}
}

// The server dies again and again while much is typed and printed.
func TestRandomKills(t *testing.T) {
	for name, change := range map[string]func(*client.Options, *session){
		"lossless": func(o *client.Options, s *session) { o.Mode, o.From = wire.Lossless, new(uint64) },
		"latest":   func(_ *client.Options, s *session) { s.keep = 20_000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSession()
			srv := serve(t, s, func(srv *server) {
				srv.cut = func(int) (int64, int64) { return 300 + rand.Int64N(60_000), 300 + rand.Int64N(10_000) }
			})
			w := run(t, srv, func(o *client.Options) { change(o, s) })
			var want []byte
			var printing sync.WaitGroup
			printing.Go(func() {
				for range 4000 {
					p := make([]byte, rand.IntN(800))
					for i := range p {
						p[i] = byte(rand.Uint32())
					}
					s.print(p)
				}
			})
			for i := 0; len(want) < 300_000; i++ {
				p := make([]byte, 1+rand.IntN(1+rand.IntN(9000)))
				for i := range p {
					p[i] = byte(rand.Uint32())
				}
				for {
					err := w.Type(p)
					if err == nil {
						break
					}
					if !errors.Is(err, client.ErrFull) {
						t.Fatal(err)
					}
					flush(t, w)
				}
				want = append(want, p...)
				if i%10 == 0 {
					srv.kill()
				}
			}
			printing.Wait()
			flush(t, w)
			s.await(t, "the input", func() bool { return len(s.typed) >= len(want) })
			s.do(func() { s.exit = new(0) })
			w.end()
			if !bytes.Equal(s.typed, want) {
				t.Errorf("typed %d bytes, applied %d", len(want), len(s.typed))
			}
			if !bytes.Equal(w.got, s.log[w.base:]) || (name == "lossless" && w.base > 0) {
				t.Errorf("got %d bytes of %d, from %d", len(w.got), len(s.log), w.base)
			}
			if w.live < 30 || len(w.refusals) > 0 {
				t.Errorf("%d connections, refusals %v", w.live, w.refusals)
			}
			t.Logf("%d connections, %d snapshots, %d bytes out, %d in", w.live, w.resets, len(s.log), len(want))
		})
	}
}

func TestWhatStopsAndWhatDoesNot(t *testing.T) {
	answer := func(status int) func(int64, http.ResponseWriter) bool {
		return func(n int64, w http.ResponseWriter) bool {
			if n > 2 {
				return false
			}
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"detail":"Because of %d."}`, status)
			return true
		}
	}
	for status, stops := range map[int]bool{400: true, 401: true, 403: true, 404: true, 421: true, 426: true, 429: false, 500: false, 502: false, 503: false} {
		srv := serve(t, newSession(), func(srv *server) { srv.answer = answer(status) })
		w := run(t, srv)
		if !stops {
			w.await("a connection", w.isLive)
			continue
		}
		w.end()
		r, ok := errors.AsType[*client.Refused](w.err)
		if !ok || r.Status != status || r.Detail != fmt.Sprintf("Because of %d.", status) {
			t.Errorf("%d: %v", status, w.err)
		}
		if n := srv.asked.Load(); n != 1 {
			t.Errorf("%d: asked %d times", status, n)
		}
	}
	for code, stops := range map[websocket.StatusCode]bool{wire.CloseToken: true, wire.CloseForbidden: true, wire.CloseReplaced: true, wire.CloseProtocol: true,
		wire.CloseSlow: false, websocket.StatusGoingAway: false, websocket.StatusInternalError: false, websocket.StatusNormalClosure: false} {
		srv := serve(t, newSession(), func(srv *server) {
			srv.meddle = func(conn *websocket.Conn, m wire.Control) bool {
				if m.T == wire.State && srv.asked.Load() <= 2 {
					conn.Close(code, "because")
					return true
				}
				return false
			}
		})
		w := run(t, srv)
		if !stops {
			w.await("a connection", w.isLive)
			continue
		}
		w.end()
		closed, ok := errors.AsType[*client.Closed](w.err)
		if !ok || closed.Code != int(code) || closed.Reason != "because" || srv.asked.Load() != 1 {
			t.Errorf("%d: %v, asked %d times", code, w.err, srv.asked.Load())
		}
	}
}

func TestRetryAfter(t *testing.T) {
	once := func(status int, after string) func(*server) {
		return func(srv *server) {
			srv.answer = func(n int64, w http.ResponseWriter) bool {
				if n == 1 {
					w.Header().Set("Retry-After", after)
					w.WriteHeader(status)
				}
				return n == 1
			}
		}
	}
	srv := serve(t, newSession(), once(http.StatusTooManyRequests, "1"))
	began := time.Now()
	w := run(t, srv)
	w.await("a connection", w.isLive)
	if took := time.Since(began); took < time.Second {
		t.Errorf("it came back after %v", took)
	}
	// A wish to try now ends a wait.
	w = run(t, serve(t, newSession(), once(http.StatusServiceUnavailable, "600")))
	w.await("a wait", func() bool { return len(w.statuses) > 1 && w.statuses[len(w.statuses)-1].Phase == client.Waiting })
	for done := false; !done; {
		w.RetryNow()
		w.mu.Lock()
		done = w.isLive()
		w.mu.Unlock()
		select {
		case <-time.After(time.Millisecond):
		case <-w.done:
			t.Fatal("it ended")
		}
	}
}

// What somebody else's wheel refuses is given up, said once, and nothing of it
// turns up when the wheel comes back.
func TestNotDriver(t *testing.T) {
	s := newSession()
	srv := serve(t, s)
	w := run(t, srv)
	w.typ("mine;")
	flush(t, w)
	for round := range 20 {
		s.do(func() { s.stolen = true })
		for i := range 50 { // some before the news is here, some after
			if err := w.Type(bytes.Repeat([]byte("bad;"), 1000)); err != nil && !errors.Is(err, client.ErrNotDriver) {
				t.Fatalf("%d: %v", i, err)
			}
		}
		w.await("the news", func() bool { return w.state.Driver == "bob" })
		flush(t, w)
		if err := w.Type([]byte("bad;")); !errors.Is(err, client.ErrNotDriver) {
			t.Fatalf("typing while bob drives: %v", err)
		}
		if err := w.Take(); err != nil { // is refused
			t.Fatal(err)
		}
		w.await("the refusal", func() bool { return slices.Contains(w.refusals, "not-driver no wheel") })
		w.mu.Lock()
		if n := len(w.refusals); n > 2 {
			t.Errorf("said %d times: %q", n, w.refusals)
		}
		w.refusals = nil
		w.mu.Unlock()
		s.do(func() { s.stolen, s.driver = false, "carol" })
		w.await("the news", func() bool { return w.state.Driver == "carol" })
		if err := w.Take(); err != nil {
			t.Fatal(err)
		}
		w.typ(fmt.Sprintf("good %d;", round)) // waits for the wheel
		flush(t, w)
	}
	var want strings.Builder
	want.WriteString("mine;")
	for round := range 20 {
		fmt.Fprintf(&want, "good %d;", round)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if string(s.typed) != want.String() {
		t.Errorf("typed %q", s.typed)
	}
}

func TestRelease(t *testing.T) {
	s := newSession()
	w := run(t, serve(t, s))
	w.await("the wheel", func() bool { return w.state.Driver == w.Name() })
	w.typ("all of it")
	w.Release()
	s.await(t, "the wheel's freedom", func() bool { return s.driver == "" && string(s.typed) == "all of it" })
	w.await("the news", func() bool { return w.state.Driver == "" })
	w.typ(", again") // takes it
	s.await(t, "the wheel", func() bool { return s.driver == w.Name() })
}

func TestViewOnly(t *testing.T) {
	s := newSession()
	w := run(t, serve(t, s), func(o *client.Options) { o.ViewOnly = true })
	s.print([]byte("seen"))
	w.await("the output", w.has("seen"))
	if err := w.Type([]byte("x")); !errors.Is(err, client.ErrViewOnly) {
		t.Error(err)
	}
	if err := w.Take(); !errors.Is(err, client.ErrViewOnly) {
		t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.driver != "" || len(s.typed) > 0 {
		t.Errorf("%q drives, %q", s.driver, s.typed)
	}
}

// A session that has forgotten the client gets what waits under new numbers.
func TestForgotten(t *testing.T) {
	s := newSession()
	srv := serve(t, s)
	w := run(t, srv)
	for range 10 {
		w.typ("one;")
		flush(t, w)
	}
	s.do(func() { s.forgetful = true })
	srv.kill()
	w.await("another connection", func() bool { return w.live == 2 })
	w.typ("two;")
	flush(t, w)
	s.mu.Lock()
	defer s.mu.Unlock()
	if srv.asked.Load() != 2 {
		t.Errorf("it took %d connections", srv.asked.Load())
	}
	if got := string(s.typed); got != "one;one;one;one;one;one;one;one;one;one;two;" {
		t.Errorf("typed %q", got)
	}
}

func TestFull(t *testing.T) {
	dial := func(ctx context.Context) (*websocket.Conn, error) { return nil, errors.New("no network") }
	c := client.New(client.Options{Dial: dial, Backoff: []time.Duration{time.Hour}})
	for range 4 {
		if err := c.Type(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Type([]byte("x")); !errors.Is(err, client.ErrFull) || c.Waiting() != 256<<10 {
		t.Errorf("%v, %d bytes wait", err, c.Waiting())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run: %v", err)
	}
	if err := c.Flush(t.Context()); !errors.Is(err, client.ErrEnded) {
		t.Errorf("flushing after the end: %v", err)
	}
}

// A receiver that takes nothing gets no more than a window, and does not keep
// what is typed from being applied.
func TestSlowReceiver(t *testing.T) {
	s := newSession()
	srv := serve(t, s)
	release := make(chan struct{})
	var once sync.Once
	w := run(t, srv, func(o *client.Options) {
		o.From, o.Mode = new(uint64), wire.Lossless
		fast := o.Output
		o.Output = func(p []byte, at uint64, replay bool) {
			<-release
			fast(p, at, replay)
		}
	})
	defer once.Do(func() { close(release) })
	s.print(bytes.Repeat([]byte("x"), 1<<20))
	for range 100 {
		w.typ("typed;")
		flush(t, w)
	}
	s.await(t, "a window", func() bool { return s.sent >= wire.Window })
	s.mu.Lock()
	if s.sent > wire.Window+wire.MaxOutput {
		t.Errorf("%d bytes were sent to one who takes none", s.sent)
	}
	s.mu.Unlock()
	once.Do(func() { close(release) })
	w.await("all of it", func() bool { return len(w.got) == 1<<20 })
}

// What comes a second time is not given a second time.
func TestOverlap(t *testing.T) {
	s := newSession()
	s.log = []byte("0123456789")
	srv := serve(t, s, func(srv *server) {
		srv.meddle = func(conn *websocket.Conn, m wire.Control) bool {
			if m.T == wire.Replay {
				for _, f := range []wire.Frame{{Kind: wire.Output, Number: 0, Payload: []byte("0123")}, {Kind: wire.Output, Number: 2, Payload: []byte("23456")}, {Kind: wire.Output, Number: 1, Payload: []byte("12")}} {
					_ = conn.Write(context.Background(), websocket.MessageBinary, f.Append(nil))
				}
			}
			return false
		}
	})
	w := run(t, srv, func(o *client.Options) { o.From = new(uint64) })
	w.await("all of it", func() bool { return len(w.got) >= 10 })
	if string(w.got) != "0123456789" {
		t.Errorf("got %q", w.got)
	}
}

// Frames with a hole between them are not followed: it begins again from where
// it is.
func TestHole(t *testing.T) {
	s := newSession()
	s.log = []byte("0123456789")
	srv := serve(t, s, func(srv *server) {
		srv.meddle = func(conn *websocket.Conn, m wire.Control) bool {
			if m.T == wire.Replay && srv.asked.Load() == 1 {
				f := wire.Frame{Kind: wire.Output, Number: 5, Payload: []byte("56789")}
				_ = conn.Write(context.Background(), websocket.MessageBinary, f.Append(nil))
			}
			return false
		}
	})
	w := run(t, srv, func(o *client.Options) { o.From = new(uint64) })
	w.await("all of it", func() bool { return string(w.got) == "0123456789" })
	if srv.asked.Load() < 2 {
		t.Error("it went on with a hole")
	}
	if w.replayed != 10 {
		t.Errorf("%d bytes are marked as history", w.replayed)
	}
}

func TestGap(t *testing.T) {
	srv := serve(t, newSession(), func(srv *server) {
		srv.meddle = func(conn *websocket.Conn, m wire.Control) bool {
			if m.T == wire.State && m.Seq != nil && srv.asked.Load() == 1 {
				for _, g := range []wire.Frame{{Kind: wire.Output, Number: 0, Payload: []byte("begin")}, {Kind: wire.Output, Number: 100, Payload: []byte("end")}} {
					if g.Number > 0 {
						_ = conn.Write(context.Background(), websocket.MessageText, wire.Control{T: wire.Gap, From: new(uint64(5)), To: new(uint64(100))}.Encode())
					}
					_ = conn.Write(context.Background(), websocket.MessageBinary, g.Append(nil))
				}
			}
			return false
		}
	})
	var from, to uint64
	w := run(t, srv, func(o *client.Options) {
		o.From = new(uint64)
		output := o.Output
		o.Output = func(p []byte, at uint64, replay bool) { output(p, at-(to-from), replay) }
		o.Gap = func(f, t uint64) { from, to = f, t }
	})
	w.await("both", func() bool { return string(w.got) == "beginend" })
	if from != 5 || to != 100 {
		t.Errorf("a gap from %d to %d", from, to)
	}
}

// A server that says nothing any more, over a connection that stands, is left
// within 8 s, or 5 s when something was typed.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	s := newSession()
	srv := serve(t, s)
	w := run(t, srv)
	w.await("a connection", w.isLive)
	flush(t, w)
	srv.mute()
	began := time.Now()
	w.typ("into the dark;")
	w.await("another connection", func() bool { return w.live == 2 })
	if took := time.Since(began); took < 2*time.Second || took > 9*time.Second {
		t.Errorf("it took %v", took)
	}
	flush(t, w)
	s.mu.Lock()
	defer s.mu.Unlock()
	if string(s.typed) != "into the dark;" {
		t.Errorf("typed %q", s.typed)
	}
}

func TestCancelSaysGoodbye(t *testing.T) {
	srv := serve(t, newSession())
	w := run(t, srv)
	w.await("a connection", w.isLive)
	began := time.Now()
	w.cancel()
	w.end()
	if !errors.Is(w.err, context.Canceled) || time.Since(began) > time.Second {
		t.Errorf("%v after %v", w.err, time.Since(began))
	}
}

func TestUntrustedCertificate(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	_, err := client.Dial(t.Context(), &http.Client{Transport: tr}, srv.URL, nil)
	if r, ok := errors.AsType[*client.Refused](err); !ok || !strings.Contains(r.Detail, "certificate") {
		t.Errorf("got %v", err)
	}
}

// What was typed is told to be applied, or given up, over any number of
// connections: never more than is, and in the end all.
func TestApplied(t *testing.T) {
	s := newSession()
	srv := serve(t, s)
	var w *watcher
	var totals []uint64
	w = run(t, srv, func(o *client.Options) {
		status := o.Status
		o.Applied = func(total uint64) {
			s.mu.Lock()
			if total > uint64(len(s.typed)) && !s.stolen {
				t.Errorf("%d bytes are told to be applied of %d", total, len(s.typed))
			}
			s.mu.Unlock()
			w.mu.Lock()
			totals = append(totals, total)
			w.mu.Unlock()
			status(client.Status{}) // wakes who awaits
		}
	})
	var typed uint64
	for i := range 20 {
		if i%5 == 0 {
			srv.kill()
		}
		w.typ("some text;")
		typed += 10
		if i%3 == 0 {
			w.await("the total", func() bool { return len(totals) > 0 && totals[len(totals)-1] == typed })
		}
	}
	w.await("the total", func() bool { return totals[len(totals)-1] == typed })
	// Somebody else drives: that is given up, and counts.
	s.do(func() { s.stolen = true })
	if err := w.Type([]byte("bad;")); err == nil {
		typed += 4
	}
	w.await("the total", func() bool { return totals[len(totals)-1] == typed })
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.IsSorted(totals) || len(slices.Compact(slices.Clone(totals))) != len(totals) {
		t.Errorf("told %d", totals)
	}
}
