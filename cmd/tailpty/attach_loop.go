package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"tailpty/term"
	"tailpty/term/client"
	"tailpty/term/predict"
	"tailpty/term/wire"
)

const (
	// leaderFor is how long after the leader another key is awaited before it
	// detaches.
	leaderFor = 600 * time.Millisecond
	// quietLoss is how long a connection may be away before that is said.
	quietLoss = 500 * time.Millisecond
	// noticeFor is how long a notice stays.
	noticeFor = 4 * time.Second
	// retryEvery is the least time between two attempts to connect that typing
	// brings forward.
	retryEvery = 2 * time.Second
	// leaveWithin is how long the terminal may take what is left to be shown when
	// the attachment ends.
	leaveWithin = time.Second
	// signalWithin is how long after its effects a signal may come.
	signalWithin = 100 * time.Millisecond
)

// attachment is one terminal attached to one session. All happens on the
// goroutine of run, to which the others hand what they have.
type attachment struct {
	o       *attachOptions
	host    host
	session term.Session
	client  *client.Client
	view    view
	out     *outlet
	keys    keyboard

	do   chan func() // what the client says, to be done in order
	quit chan struct{}

	state       wire.Control
	status      client.Status
	away        time.Time // since when there is no connection; zero for there is
	tried       time.Time // when the last connection was begun
	asked       bool      // --take has been done
	notice      string
	noticeUntil time.Time
	leaderAt    time.Time // when the leader was pressed; zero for not
	heldAt      time.Time // since when the beginning of a key is held back
	typed       uint64    // bytes that were typed into the session
	detached    bool
	signal      syscall.Signal // what ended it; 0 for no signal
}

// outcome is how an attachment ended: by the person, by a signal, or with the
// program's status.
type outcome struct {
	detached bool
	signal   syscall.Signal // 0 for none
	exit     int
}

func newAttachment(o *attachOptions, h host, s term.Session) *attachment {
	a := &attachment{o: o, host: h, session: s, do: make(chan func()), quit: make(chan struct{}), keys: keyboard{leader: o.leader}, away: time.Now()}
	cols, rows := o.terminal.size()
	a.out = newOutlet(o.terminal)
	a.view = view{out: a.out, cols: cols, rows: rows, guesses: guesses{engine: predict.New(o.guess)}}
	a.client = client.New(client.Options{
		Dial: func(ctx context.Context) (*client.Conn, error) { return h.Dial(ctx, s.ID) },
		Cols: cols, Rows: rows, Scrollback: keptLines, ViewOnly: o.viewOnly,
		Output: func(p []byte, _ uint64, _ bool) { a.show(func() { a.view.output(p) }) },
		Reset: func(cols, rows int, p []byte, _ uint64) {
			a.show(func() { a.view.reset(cols, rows, p, time.Now()) })
		},
		Applied: func(total uint64) { a.call(func() { a.view.applied(total, time.Now()) }) },
		State:   func(c wire.Control) { a.call(func() { a.enter(c) }) },
		NotTyped: func(code, detail string) {
			a.call(func() {
				a.view.forget()
				a.say(a.notTyped(code, detail))
			})
		},
		Status: func(s client.Status) { a.call(func() { a.follow(s) }) },
	})
	return a
}

// show has f done by run, and waits until the terminal has taken what it wrote:
// one that is slow slows the client, and what is acknowledged has been shown.
func (a *attachment) show(f func()) {
	a.call(f)
	a.out.wait(a.quit)
}

// call has f done by run, and waits until it is.
func (a *attachment) call(f func()) {
	done := make(chan struct{})
	select {
	case a.do <- func() { defer close(done); f() }:
		<-done
	case <-a.quit:
	}
}

// run attaches until the session ends or the person detaches, and puts the
// terminal back.
func (a *attachment) run(ctx context.Context) (how outcome, err error) {
	if err := a.o.terminal.raw(); err != nil {
		return how, err
	}
	defer a.leave()
	resized, gone, stop := terminalSignals()
	defer stop()
	typed := a.readKeys()

	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	var exit int
	go func() {
		defer close(ended)
		defer a.o.terminal.leaveOnPanic()
		exit, err = a.client.Run(ctx)
	}()
	a.loop(ctx, typed, resized, gone, ended)
	close(a.quit)
	if a.detached {
		a.flush()
	}
	cancel()
	<-ended
	switch {
	case err == nil:
		return outcome{exit: exit}, nil
	case errors.Is(err, context.Canceled):
		return outcome{detached: true, signal: a.signal}, nil
	}
	return how, err
}

// leave puts the terminal back. One that takes nothing is not waited for.
func (a *attachment) leave() {
	a.view.write([]byte(a.view.takeOff()))
	a.o.terminal.stuck = !a.out.finish(leaveWithin)
	a.out.close()
	a.o.terminal.leave()
}

// flush gives what was typed last a moment to be applied.
func (a *attachment) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), quietLoss)
	defer cancel()
	_ = a.client.Flush(ctx) // else it is lost, as with any terminal that is closed
}

// readKeys reads the terminal until it is gone.
func (a *attachment) readKeys() <-chan []byte {
	typed := make(chan []byte)
	go func() {
		defer close(typed)
		for {
			p := make([]byte, 4096)
			n, err := a.o.terminal.in.Read(p)
			if err != nil || n == 0 {
				return
			}
			select {
			case typed <- p[:n]:
			case <-a.quit:
				return
			}
		}
	}()
	return typed
}

// loop does what happens, one thing after the other, until it is over.
func (a *attachment) loop(ctx context.Context, typed <-chan []byte, resized, gone <-chan os.Signal, ended <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !a.detached {
		select {
		case f := <-a.do:
			f()
		case p, ok := <-typed:
			if !ok {
				a.gone(gone)
			}
			a.press(a.keys.read(p))
		case <-resized:
			cols, rows := a.o.terminal.size()
			a.view.resized(cols, rows, time.Now())
			a.client.Resize(cols, rows)
		case <-timer.C:
		case <-a.out.room:
		case s := <-gone:
			a.end(s)
		case <-ctx.Done():
			a.gone(gone)
		case <-ended:
			return
		}
		timer.Reset(time.Until(a.tick(time.Now())))
	}
}

// end ends the attachment because of a signal.
func (a *attachment) end(s os.Signal) {
	a.detached = true
	a.signal, _ = s.(syscall.Signal)
}

// gone ends the attachment because the terminal or the program does, of which
// a signal says more, if there is one.
func (a *attachment) gone(signals <-chan os.Signal) {
	a.detached = true
	timer := time.NewTimer(signalWithin)
	defer timer.Stop()
	select {
	case s := <-signals:
		a.end(s)
	case <-timer.C:
	}
}

// tick does what is due, and says when to look again.
func (a *attachment) tick(now time.Time) (again time.Time) {
	again = now.Add(time.Hour)
	due := func(at time.Time) bool {
		if !at.After(now) {
			return true
		}
		again = earliest(again, at)
		return false
	}
	switch {
	case !a.keys.unfinished():
		a.heldAt = time.Time{}
	case a.heldAt.IsZero():
		a.heldAt = now
		due(now.Add(unfinishedFor))
	case due(a.heldAt.Add(unfinishedFor)):
		a.typ(a.keys.give())
		a.heldAt = time.Time{}
	}
	if !a.leaderAt.IsZero() && due(a.leaderAt.Add(leaderFor)) {
		a.detached = true
	}
	if a.notice != "" && due(a.noticeUntil) {
		a.notice = ""
	}
	line := a.notice
	if !a.away.IsZero() && due(a.away.Add(quietLoss)) {
		line = a.lost(now)
		due(now.Add(time.Second)) // it counts seconds
	}
	a.view.mayGuess(a.drives() && a.away.IsZero())
	a.view.say(line)
	if next := a.view.show(now); !next.IsZero() {
		again = earliest(again, next)
	}
	return again
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// lost says how the connection is.
func (a *attachment) lost(now time.Time) string {
	where := a.host.Name()
	if where == "" {
		where = a.session.Name
	}
	rest := leaderName(a.o.leader) + " detaches."
	if !a.o.viewOnly {
		rest = "What you type waits. " + rest
	}
	if a.status.Phase != client.Waiting {
		return fmt.Sprintf("Connecting to %s. %s", where, rest)
	}
	seconds := max(0, int(time.Until(a.status.Until).Round(time.Second)/time.Second))
	return fmt.Sprintf("No connection to %s, trying again in %d s. %s (%v)", where, seconds, rest, a.status.Err)
}

// follow takes how the connection is.
func (a *attachment) follow(s client.Status) {
	a.status = s
	if s.Phase != client.Live {
		a.view.forget()
	}
	if s.Phase == client.Connecting {
		a.tried = time.Now()
	}
	switch {
	case s.Phase == client.Live || s.Phase == client.Ended || s.Phase == client.Stopped:
		a.away = time.Time{}
	case a.away.IsZero():
		a.away = time.Now()
	}
	if s.Phase == client.Live && a.o.take && !a.asked {
		a.asked = true
		_ = a.client.Take() // a refusal is said
	}
}

// enter takes a state of the session.
func (a *attachment) enter(c wire.Control) {
	a.state = c
	a.view.sized(c.Cols, c.Rows, time.Now())
}

func (a *attachment) drives() bool { return a.state.Driver != "" && a.state.Driver == a.state.You }

// say shows a notice for a while.
func (a *attachment) say(text string) {
	a.notice, a.noticeUntil = text, time.Now().Add(noticeFor)
}

// press does what keys are for.
func (a *attachment) press(events []keyEvent) {
	for _, e := range events {
		switch {
		case e.action == leaderPressed && a.o.viewOnly:
			a.detached = true
		case e.action == leaderPressed && a.leaderAt.IsZero():
			a.leaderAt = time.Now()
		case e.action == leaderPressed:
			a.leaderAt = time.Time{}
			a.typ(e.bytes)
		case !a.leaderAt.IsZero():
			a.leaderAt = time.Time{}
			a.command(e.bytes)
		default:
			a.typ(e.bytes)
		}
	}
}

// command does what a key behind the leader is for.
func (a *attachment) command(p []byte) {
	switch p[0] {
	case 't', 'T':
		if err := a.client.Take(); err != nil {
			a.say(a.notTyped(wire.NotAllowed, ""))
		}
	case 'r', 'R':
		a.client.Release()
		a.say("You gave the wheel back. Typing takes it again while nobody has it.")
	default:
		a.detached = true
	}
}

// typ types into the session.
func (a *attachment) typ(p []byte) {
	if len(p) == 0 {
		return
	}
	if a.status.Phase == client.Waiting && time.Since(a.tried) > retryEvery {
		a.client.RetryNow()
	}
	byItself := sentByItself(p)
	if byItself && !a.drives() {
		return
	}
	switch err := a.client.Type(p); {
	case err == nil:
		a.typed += uint64(len(p))
		a.view.typed(p, a.typed, time.Now())
	case errors.Is(err, client.ErrEnded):
	case errors.Is(err, client.ErrViewOnly):
		if !byItself {
			a.say("You only watch (--view). " + leaderName(a.o.leader) + " detaches.")
		}
	case errors.Is(err, client.ErrNotAllowed):
		a.say(a.notTyped(wire.NotAllowed, ""))
	case errors.Is(err, client.ErrNotDriver):
		a.say(a.notTyped(wire.NotDriver, ""))
	case errors.Is(err, client.ErrFull):
		a.say("The session does not take what you type: this was dropped.")
	}
}

// sentByItself reports what a terminal sends without a key: movements of the
// mouse, and that the window has the focus or lost it.
func sentByItself(p []byte) bool {
	s := string(p)
	return strings.HasPrefix(s, "\x1b[<") || strings.HasPrefix(s, "\x1b[M") || strings.HasPrefix(s, "\x1b[I") || strings.HasPrefix(s, "\x1b[O")
}

// notTyped says why something was not typed, and what may be done.
func (a *attachment) notTyped(code, detail string) string {
	switch code {
	case wire.NotDriver:
		who := "Somebody else"
		for _, p := range a.state.People {
			if p.ID == a.state.Driver {
				who = p.Name
				if p.Device != "" {
					who += " (" + p.Device + ")"
				}
			}
		}
		return fmt.Sprintf("%s drives, so that was not typed. %s t takes the wheel, where you may.", who, leaderName(a.o.leader))
	case wire.NotAllowed:
		return "Your grants let you watch this session, not type into it."
	case wire.Ended:
		return "The session has ended."
	}
	if detail == "" {
		return "That was not typed (" + code + ")."
	}
	return detail
}
