package session

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tailpty/term/link"
)

// Order is what a session's process is told on its standard input.
type Order struct {
	Record Record `json:"record"`
	Places Places `json:"places"`
	Spec   Spec   `json:"spec"`
}

// answer is what it says on its standard output, once: how the start went.
type answer struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

const (
	// memoryLimit is what the garbage collector of a session's process keeps to,
	// in bytes: the log, the screen and a snapshot.
	memoryLimit = 64 << 20
	// screenEvery is how often the last screen is written down, at most.
	screenEvery = time.Minute
	// screenFirst is when that is done for the first time.
	screenFirst = 2 * time.Second
	// linger is how long at most an ended session is still served to those who are
	// there; lingerTold how long to nobody, once somebody has heard of its end, for
	// a server that starts again; lingerAlone the same where nobody has.
	linger, lingerTold, lingerAlone = 2 * time.Minute, 5 * time.Second, 30 * time.Second
)

// Main is the process of one session: it reads its order from in, says on out
// how the start went, and serves the session until some time after its end. The
// status is 0 unless it could not start.
func Main(in io.Reader, out io.Writer) int {
	debug.SetMemoryLimit(memoryLimit)
	debug.SetGCPercent(50)
	var o Order
	h, err := (*host)(nil), json.NewDecoder(bufio.NewReader(in)).Decode(&o)
	if err == nil {
		h, err = openHost(o)
	}
	a := answer{OK: err == nil}
	if err != nil {
		a.Error = err.Error()
	}
	_ = json.NewEncoder(out).Encode(a) // who asked may have gone: the session stays
	if err == nil {
		err = letGo()
	}
	if err != nil {
		return 1
	}
	h.run()
	return 0
}

// letGo replaces the standard input and output, at whose other ends somebody may
// wait for their end.
func letGo() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	return errors.Join(replaceDescriptor(null, 0), replaceDescriptor(null, 1))
}

// host is the process of one session: the session, its socket, what is written
// down of it.
type host struct {
	order    Order
	dir      string
	s        *Session
	listener *net.UnixListener
	status   *os.File // locked as long as this process lives
	logger   *slog.Logger

	mu       sync.Mutex
	record   Record
	conns    map[*conn]struct{}
	lastConn uint64
	wheel    *time.Timer // frees the wheel of wheelOf, who is away
	wheelOf  string
	busy     sync.WaitGroup
	recorded atomic.Bool // how it ended is written down, and may be told
	told     atomic.Bool // somebody has been told
}

// openHost starts the program and listens for those who want to see it.
func openHost(o Order) (h *host, err error) {
	// Caught and dropped, not ignored: what is ignored stays so in the program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGPIPE)
	if err := adoptOrphans(); err != nil {
		return nil, err
	}
	h = &host{order: o, dir: o.Places.dir(o.Record.ID), record: o.Record, conns: map[*conn]struct{}{},
		logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	h.record.PID, h.record.Boot = os.Getpid(), boot()
	if err := h.claim(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.abandon()
		}
	}()
	if h.listener, err = listen(o.Places.Socket(o.Record.ID)); err != nil {
		return h, err
	}
	spec := o.Spec
	spec.Logger, spec.Changed = h.logger, h.stateChanged
	if h.s, err = Start(spec); err != nil {
		return h, err
	}
	// Only now does the socket get its name: who sees it finds a session.
	if err := os.Rename(unnamed(o.Places.Socket(o.Record.ID)), o.Places.Socket(o.Record.ID)); err != nil {
		h.s.End()
		return h, fmt.Errorf("session: %w", err)
	}
	return h, nil
}

// unnamed is a socket's path before it has its name.
func unnamed(socket string) string { return socket + "~" }

// claim writes down that this process is the session's.
func (h *host) claim() error {
	var err error
	if h.status, err = h.order.Places.claimStatus(h.record.ID); err == nil {
		err = h.record.write(h.dir)
	}
	if err != nil {
		return fmt.Errorf("session: writing down that it starts: %w", err)
	}
	return nil
}

// abandon takes back a start that failed. Whoever made the folder removes it.
func (h *host) abandon() {
	if h.listener != nil {
		h.stopListening()
	}
	h.status.Close()
}

// listen listens on a Unix socket that only we can open and that has not its name
// yet.
func listen(path string) (*net.UnixListener, error) {
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: unnamed(path), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	l.SetUnlinkOnClose(false) // its name will be another
	return l, nil
}

// stopListening closes the socket and takes its name away.
func (h *host) stopListening() {
	h.listener.Close()
	socket := h.order.Places.Socket(h.record.ID)
	os.Remove(socket)
	os.Remove(unnamed(socket))
}

// run serves the session until some time after its end.
func (h *host) run() {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go h.accept()
	go h.reapOrphans()
	heart := time.NewTicker(time.Minute)
	defer heart.Stop()
	screen := time.NewTimer(screenFirst)
	defer screen.Stop()
	var kept uint64 // the offset of the screen that was kept last
	for running := true; running; {
		select {
		case <-h.s.Done():
			running = false
		case <-term:
			h.s.End()
		case <-heart.C:
			h.beat()
		case <-screen.C:
			if _, end := h.s.Range(); end != kept {
				kept = h.keepScreen()
			}
			screen.Reset(screenEvery)
		}
	}
	st := h.s.State()
	h.writeOutcome(outcome{At: st.EndedAt, Exit: st.Exit})
	h.keepScreen()
	h.recorded.Store(true)
	h.stateChanged()
	endOrphans(h.record.ID)
	h.awaitGone()
	h.stopListening()
	h.closeConns()
	h.busy.Wait()
}

// beat says that the process lives, for whoever looks after a crash of the
// machine.
func (h *host) beat() {
	now := time.Now()
	if err := os.Chtimes(filepath.Join(h.dir, statusFile), now, now); err != nil {
		h.logger.Warn("saying that the session lives", "err", err)
	}
}

func (h *host) writeOutcome(e outcome) {
	if err := e.write(h.status); err != nil {
		h.logger.Error("writing down how the session ended", "err", err)
	}
}

// keepScreen writes down the screen as it is, and returns its offset.
func (h *host) keepScreen() uint64 {
	b, offset, cols, rows := h.s.Snapshot(keptHistory)
	err := shot{Cols: cols, Rows: rows, Offset: offset, Title: h.s.State().Title, bytes: b}.write(h.dir)
	if err != nil {
		h.logger.Warn("keeping the last screen", "err", err)
	}
	return offset
}

// keptHistory is how many lines above the screen are kept with it.
const keptHistory = 1000

// awaitGone waits until nobody is attached, within bounds.
func (h *host) awaitGone() {
	begun := time.Now()
	last := begun // when somebody was there last
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for now := range tick.C {
		h.mu.Lock()
		n := len(h.conns)
		h.mu.Unlock()
		alone := lingerAlone
		if h.told.Load() {
			alone = lingerTold
		}
		if n > 0 {
			last = now
		}
		if now.Sub(begun) > linger || now.Sub(last) > alone {
			return
		}
	}
}

// accept serves who comes, if it is this user.
func (h *host) accept() {
	for {
		c, err := h.listener.AcceptUnix()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			h.logger.Warn("accepting a connection", "err", err)
			time.Sleep(100 * time.Millisecond) // such as too many open files
			continue
		}
		if err := checkPeer(c); err != nil {
			h.logger.Warn("a connection was refused", "err", err)
			c.Close()
			continue
		}
		h.busy.Go(func() { h.serve(c) })
	}
}

func (h *host) closeConns() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		c.c.Close()
	}
}

// stateChanged tells every connection that the state is new.
func (h *host) stateChanged() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		c.stale.Store(true)
		c.poke()
	}
}

// rename gives the session another name.
func (h *host) rename(name string) {
	h.mu.Lock()
	h.record.Name = name
	err := h.record.write(h.dir)
	h.mu.Unlock()
	if err != nil {
		h.logger.Warn("writing down the session's new name", "err", err)
	}
	h.stateChanged()
}

// state is the session's state as one connection gets it.
func (h *host) state(to *conn) link.Status {
	st := h.s.State()
	out := link.Status{Cols: st.Cols, Rows: st.Rows, Title: st.Title, Program: st.Program, Since: st.Since.UnixMilli(),
		Driver: h.s.Driver(), Ended: st.Ended, Exit: st.Exit}
	if st.Ended {
		out.EndedAt = st.EndedAt.UnixMilli()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	out.Name = h.record.Name
	for c := range h.conns {
		if c != to {
			out.Others = append(out.Others, c.people...)
		}
	}
	return out
}
