package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tailpty/term/predict"
	"tailpty/term/screen"
)

// How a simulated program answers what is typed.
type answers int

const (
	echoes answers = iota
	nothingAtAll
	stars
	upperCase
	fullScreen
	manyAnswers
)

// editor is a simulated program: it reads lines, and answers each in a way of its
// own.
type editor struct {
	rand *rand.Rand
	line int // counts them
	text []byte
	at   int
}

// how the line of a number is answered: what is typed ahead has to know.
func (e *editor) how(seed uint64, line int) answers {
	if line%2 == 0 { // between two others, one that shows what is typed
		return echoes
	}
	return answers(rand.New(rand.NewPCG(seed, uint64(line))).IntN(int(manyAnswers)))
}

// press takes a key and returns what is printed.
func (e *editor) press(how, then answers, key string) string {
	rest := string(e.text[e.at:])
	shown := func(s string) string {
		switch how {
		case nothingAtAll:
			return ""
		case stars:
			return strings.Map(func(r rune) rune {
				if r >= ' ' {
					return '*'
				}
				return r
			}, s)
		case upperCase:
			return strings.ToUpper(s)
		}
		return s
	}
	back := func(n int) string { return strings.Repeat("\b", n) }
	switch key {
	case "\r":
		e.text, e.at = nil, 0
		e.line++
		out := "\r\n"
		if how == fullScreen {
			out = "\x1b[?1049l"
		}
		for range e.rand.IntN(3) {
			out += "\x1b[33moutput\x1b[m of it\r\n"
		}
		out += []string{"$ ", "\x1b[32m> \x1b[m", "\x1b[1;34m% ", "\x1b[m漢> ", "\x1b]8;;https://x/\x1b\\a link\x1b]8;;\x1b\\: "}[e.rand.IntN(5)]
		if then == fullScreen {
			out += "\x1b[?1049h\x1b[H"
		}
		return out
	case "\x7f":
		if e.at == 0 {
			return "\a"
		}
		e.at--
		e.text = slices.Delete(e.text, e.at, e.at+1)
		if how == nothingAtAll {
			return ""
		}
		return "\b" + shown(rest) + " " + back(len(rest)+1)
	case "\x1b[D":
		if e.at == 0 {
			return "\a"
		}
		e.at--
		return shown("\b")
	case "\x1b[C":
		if e.at == len(e.text) {
			return "\a"
		}
		e.at++
		return shown(rest[:1])
	}
	if len(e.text) > 30 {
		return "\a"
	}
	e.text = slices.Insert(e.text, e.at, key[0])
	e.at++
	out := shown(key+rest) + shown(back(len(rest)))
	if how == echoes && len(rest) == 0 && e.rand.IntN(4) == 0 { // as shells that colour what is typed
		out = "\x1b[35m" + out + "\x1b[m"
	}
	return out
}

// event is what happens at a time: on the way from the program.
type event struct {
	at      time.Duration
	output  []byte
	applied uint64
	differs bool // the answer is another than a guess would be
}

// guessRun is a person on a slow line, in simulated time.
type guessRun struct {
	t      *testing.T
	seed   uint64
	view   view
	local  *screen.Screen
	late   []event // oldest first
	now    time.Duration
	total  uint64
	typed  int // the line that is typed
	length int // of it
	echo   int // keys that are echoed, typed in its middle
	guess  int // and shown at once
}

// localTerminal is the person's terminal, which the view writes to.
type localTerminal struct{ screen *screen.Screen }

func (l localTerminal) Write(p []byte) (int, error) { l.screen.Write(p); return len(p), nil }

// newTestView is a view that guesses on every line.
func newTestView(out *outlet, cols, rows int) view {
	return view{out: out, cols: cols, rows: rows, guesses: guesses{engine: predict.New(predict.Always)}}
}

func (g *guessRun) time() time.Time { return time.Unix(0, 0).Add(g.now) }

// settle waits until what was written is shown.
func (g *guessRun) settle() { g.view.out.wait(nil) }

func state(s *screen.Screen) string {
	all := string(s.AppendJSON(nil, 0))
	return all[:strings.LastIndex(all, `,"scrollback"`)]
}

// difference is the first between two states, with what is around it.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, i-60):min(len(s), i+60)] }
	return fmt.Sprintf("%q and %q", around(a), around(b))
}

func (g *guessRun) failf(format string, args ...any) {
	g.t.Helper()
	g.t.Fatalf("seed %d, line %d, %v: %s\nlocal\n%s\ntrue\n%s", g.seed, g.typed, g.now, fmt.Sprintf(format, args...), g.local.Text(), g.view.screen.Text())
}

// secrets are what is typed where it is not shown, and nothing else.
const secrets = "QRSTUVWXYZ"

func (g *guessRun) check() {
	g.t.Helper()
	g.settle()
	if g.view.drawn == "" && state(g.local) != state(g.view.screen) {
		g.failf("no guess is drawn, and the terminal is another than the true screen: %s", difference(state(g.local), state(g.view.screen)))
	}
	if strings.ContainsAny(g.local.Text(), secrets) {
		g.failf("a key is shown that is not echoed")
	}
}

// until has all happen that does up to a time.
func (g *guessRun) until(to time.Duration) {
	g.t.Helper()
	for g.now < to {
		next := to
		if len(g.late) > 0 {
			next = min(next, g.late[0].at)
		}
		if again := g.view.show(g.time()); !again.IsZero() {
			if !again.After(g.time()) {
				g.failf("it wants to look again at once, and again")
			}
			next = min(next, again.Sub(time.Unix(0, 0)))
		}
		g.settle()
		g.now = max(g.now, next)
		g.view.show(g.time())
		g.check()
		for len(g.late) > 0 && g.late[0].at <= g.now {
			e := g.late[0]
			g.late = g.late[1:]
			if e.output != nil {
				g.view.output(e.output)
				g.check()
				if e.differs && g.view.drawn != "" {
					g.failf("after an answer that differs guesses are drawn: %q", g.view.drawn)
				}
			} else {
				g.view.applied(e.applied, g.time())
				g.check()
			}
		}
		if g.now == next && next == to {
			return
		}
	}
}

// plan puts an event in its place.
func (g *guessRun) plan(e event) {
	i, _ := slices.BinarySearchFunc(g.late, e.at, func(x event, at time.Duration) int {
		if x.at <= at {
			return -1
		}
		return 1
	})
	g.late = slices.Insert(g.late, i, e)
}

// FuzzGuesses: the person's terminal shows the true screen whenever no guess is
// drawn; a key that is not echoed is never shown; an answer that differs takes
// the guess away; all are gone when nothing is in flight.
func FuzzGuesses(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		if g := guessSome(t, seed, 400); g.echo > 100 && 5*g.guess < g.echo {
			t.Errorf("seed %d: of %d keys with echo only %d were shown at once", seed, g.echo, g.guess)
		}
	})
}

func guessSome(t *testing.T, seed uint64, keys int) *guessRun {
	r := rand.New(rand.NewPCG(seed, 1))
	g := &guessRun{t: t, seed: seed, local: screen.New(screen.Options{Cols: 50, Rows: 8})}
	out := newOutlet(localTerminal{g.local})
	defer out.close()
	g.view = newTestView(out, 50, 8)
	g.view.reset(50, 8, []byte("welcome\r\n$ "), g.time())
	g.view.mayGuess(true)
	g.settle()
	program := &editor{rand: r}
	delay := time.Duration(20+r.IntN(400)) * time.Millisecond
	var arrives, answered time.Duration // of the last key, and of its output
	for range keys {
		g.until(g.now + time.Duration(r.IntN(150))*time.Millisecond)
		how := program.how(seed, g.typed)
		key := g.key(r, how)
		g.total += uint64(len(key))
		g.view.typed([]byte(key), g.total, g.time())
		g.settle()
		if how == echoes && g.length > 3 && len(key) == 1 && key != "\r" && key != "\x7f" {
			g.echo++
			if g.view.drawn != "" {
				g.guess++
			}
		}
		g.check()

		arrives = max(arrives, g.now+delay/2)
		p := program.press(how, program.how(seed, g.typed+1), key)
		takes := time.Duration(r.IntN(20)) * time.Millisecond
		back := max(answered, arrives+delay/2+takes)
		g.plan(event{at: max(0, back-time.Duration(r.IntN(20)-5)*time.Millisecond), applied: g.total})
		for len(p) > 0 { // in pieces, cut anywhere
			n := len(p)
			if r.IntN(4) == 0 {
				n = 1 + r.IntN(n)
			}
			g.plan(event{at: back, output: []byte(p[:n]),
				differs: n == len(p) && how == upperCase && len(key) == 1 && key[0] >= 'a' && p[n-1] != '\b' && p[n-1] != '\a'})
			p = p[n:]
			back += time.Duration(r.IntN(3)) * time.Millisecond
		}
		answered = back
		if r.IntN(30) == 0 { // something else appears, elsewhere
			g.plan(event{at: answered, output: []byte("\x1b7\x1b[1;20H\x1b[31mnews\x1b8")})
		}
		if key == "\r" {
			g.typed++
			g.length = 0
		} else {
			g.length++
		}
	}
	g.until(g.now + time.Hour)
	if g.view.drawn != "" {
		g.failf("nothing is in flight, and guesses are drawn: %q", g.view.drawn)
	}
	g.check()
	return g
}

// key is what the person types next.
func (g *guessRun) key(r *rand.Rand, how answers) string {
	letters := "abcdefghijklm 0123.*"
	if how == nothingAtAll || how == stars {
		letters = secrets + "*"
	}
	switch n := r.IntN(100); {
	case n < 6 && g.length > 4 || g.length > 25:
		return "\r"
	case n < 14:
		return "\x7f"
	case n < 18:
		return "\x1b[D"
	case n < 21:
		return "\x1b[C"
	}
	return string(letters[r.IntN(len(letters))])
}

// What draws guesses and takes them off leaves the terminal as it was.
func TestGuessesLeaveNoTrace(t *testing.T) {
	for before, drawn := range map[string]bool{"$ ": true, "\x1b[1;38;5;200;44m$ ": true, "\x1b7\x1b[31m$ \x1b8\x1b[2C": true,
		// Of which no sequence of attributes makes the pen anew.
		"\x1b[4m$ ": false, "\x1b)0\x0e$ ": false} {
		local := screen.New(screen.Options{Cols: 40, Rows: 4})
		out := newOutlet(localTerminal{local})
		v := newTestView(out, 40, 4)
		v.reset(40, 4, nil, time.Unix(0, 0))
		v.mayGuess(true)
		out.wait(nil)
		v.output([]byte(before + "e"))
		v.typed([]byte("x"), 1, time.Unix(0, 0))
		v.output([]byte("x")) // there is echo
		out.wait(nil)
		v.typed([]byte("abc"), 4, time.Unix(0, 0))
		out.wait(nil)
		if strings.Contains(local.Text(), "exabc") != drawn {
			t.Errorf("%q: the terminal shows %q", before, local.Text())
		}
		v.write([]byte(v.takeOff()))
		v.write([]byte("\x1b[D+\x1b8-")) // with the pen, and with the saved one
		v.screen.Write([]byte("\x1b[D+\x1b8-"))
		out.wait(nil)
		if got, want := state(local), state(v.screen); got != want {
			t.Errorf("%q: the terminal and the true screen have %s", before, difference(got, want))
		}
		// What was empty is: no blank is left at the end of the row.
		if got, want := strings.Replace(string(local.Snapshot(0)), tabs(40), "", 1), string(v.screen.Snapshot(0)); got != want {
			t.Errorf("%q: the snapshots are %q and %q", before, got, want)
		}
		out.close()
	}
}

// Where the person does not drive, the sizes differ or something is said on the
// last row, nothing is guessed; and what was drawn goes when that begins.
func TestNoGuessesBut(t *testing.T) {
	now := time.Unix(1, 0)
	for name, change := range map[string]func(*view){
		"not driving":    func(v *view) { v.mayGuess(false) },
		"another size":   func(v *view) { v.sized(60, 6, now) },
		"another window": func(v *view) { v.resized(60, 6, now) },
		"something said": func(v *view) { v.say("no connection") },
	} {
		local := screen.New(screen.Options{Cols: 40, Rows: 4})
		out := newOutlet(localTerminal{local})
		v := newTestView(out, 40, 4)
		v.reset(40, 4, []byte("$ "), now)
		v.mayGuess(true)
		out.wait(nil)
		v.typed([]byte("e"), 1, now)
		v.output([]byte("e"))
		out.wait(nil)
		v.typed([]byte("Q"), 2, now)
		out.wait(nil)
		if !strings.Contains(local.Text(), "Q") {
			t.Fatalf("%s: nothing is guessed before", name)
		}
		change(&v)
		v.typed([]byte("k"), 3, now)
		v.output([]byte("k")) // there is echo
		out.wait(nil)
		v.typed([]byte("X"), 4, now)
		out.wait(nil)
		if strings.Contains(local.Text(), "X") {
			t.Errorf("%s: at once the terminal shows\n%s", name, local.Text())
		}
		v.show(now.Add(time.Hour)) // when sizes have settled
		out.wait(nil)
		if strings.ContainsAny(local.Text(), "QX") {
			t.Errorf("%s: the terminal shows\n%s", name, local.Text())
		}
		out.close()
	}
}
