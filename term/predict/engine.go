package predict

import (
	"slices"
	"time"

	"tailpty/term/screen"
)

const (
	// echoWithin is how long after a key was applied its echo may take to come.
	// The one and the other come over the same line, so this is the time that the
	// program takes. A guess is wrong after it.
	echoWithin = 50 * time.Millisecond
	// maxKeys is how many keys may be in flight; beyond no guesses are made.
	maxKeys = 256
)

// Engine makes the guesses for one terminal. Its methods are given the true
// screen, or nil where there is none to guess on, and the time. It is not safe
// for concurrent use.
type Engine struct {
	mode  Mode
	speed speed

	keys []key // in flight, oldest first
	sure bool  // this epoch's guesses hold: they are shown
	// at is the true screen as of the last change; floor and end are line's.
	at         sight
	floor, end int
	// prompt is what was left of the floor of the last epoch that held: behind
	// the same again, the same may be edited.
	prompt []Cell

	scratch []byte
}

// New makes an engine.
func New(mode Mode) *Engine { return &Engine{mode: mode} }

// active reports whether guesses are made at present.
func (e *Engine) active() bool { return e.mode == Always || e.mode == Auto && e.speed.slow }

// Typed takes what was typed into the session, in one piece as it came; total is
// how many bytes have been, with it.
func (e *Engine) Typed(s *screen.Screen, p []byte, total uint64, now time.Time) {
	if e.mode == Off || len(p) == 0 {
		return
	}
	if s != nil { // else it may wait for a connection
		e.speed.typed(total, now)
	}
	if !e.active() || s == nil {
		e.drop()
		return
	}
	fresh := len(e.keys) == 0
	e.keys = append(e.keys, parse(p, total)...)
	if len(e.keys) > maxKeys {
		e.keys = []key{{total: total}}
		e.sure = false
	}
	if fresh && !e.sure {
		e.begin(e.look(s))
	}
	e.play(nil)
}

// Applied takes note that the session has applied, or given up, so many bytes of
// what was typed.
func (e *Engine) Applied(s *screen.Screen, total uint64, now time.Time) {
	e.speed.applied(total, now)
	if !e.active() || s == nil {
		e.drop()
		return
	}
	for i := range e.keys {
		if k := &e.keys[i]; k.total <= total && k.applied.IsZero() {
			k.applied = now
		}
	}
	if e.pass() {
		e.begin(e.look(s))
		e.play(nil)
	}
}

// Changed takes note that the true screen has.
func (e *Engine) Changed(s *screen.Screen) {
	if s == nil || !e.active() {
		e.drop()
		return
	}
	if len(e.keys) == 0 && !e.sure {
		return
	}
	now := e.look(s)
	if !now.plain {
		e.drop()
		return
	}
	if now.y == e.at.y && len(now.row) == len(e.at.row) && e.confirm(now) {
		return
	}
	// The program did something else.
	e.sure = false
	e.keys = slices.DeleteFunc(e.keys, func(k key) bool { return !k.applied.IsZero() })
	e.pass()
	e.begin(now)
	e.play(nil)
}

// confirm takes off the keys whose answer the screen shows, if it is in a state
// that some of them, or none, lead to.
func (e *Engine) confirm(now sight) bool {
	answered, proven := -1, false
	var state line
	if before := e.line(); before.shows(now) {
		answered, state = 0, before
	} else {
		e.play(func(n int, l *line) {
			if l.shows(now) {
				answered, proven = n, l.proven()
				state.floor, state.end = l.floor, l.end
			}
		})
	}
	if answered < 0 {
		return false
	}
	e.at = now
	e.keys = e.keys[answered:]
	e.floor, e.end = state.floor, state.end
	if proven && !e.sure {
		e.sure = true
		e.prompt = slices.Clone(now.row[:e.floor])
	}
	if e.pass() {
		e.begin(now)
	}
	e.play(nil)
	return true
}

// Tick gives up guesses that got no answer, and says when to look again; zero for
// when something happens.
func (e *Engine) Tick(s *screen.Screen, now time.Time) (again time.Time) {
	if s == nil {
		e.drop()
	}
	late := 0
	for late < len(e.keys) && !e.keys[late].applied.IsZero() && !now.Before(e.keys[late].applied.Add(echoWithin)) {
		late++
	}
	if late > 0 {
		// Keys that lead back to where they began have had their answer.
		back := 0
		e.play(func(n int, l *line) {
			if n <= late && l.shows(e.at) {
				back = n
			}
		})
		e.keys = e.keys[late:]
		if back < late {
			e.sure = false
			e.begin(e.at)
		}
		e.pass()
		e.play(nil)
	}
	for _, k := range e.keys {
		if !k.applied.IsZero() {
			return k.applied.Add(echoWithin)
		}
	}
	return time.Time{}
}

// Reset forgets all that is in flight: there is no connection any more, or what
// was typed is given up.
func (e *Engine) Reset() {
	e.drop()
	e.speed.forget()
}

// drop makes no guess of what is in flight.
func (e *Engine) drop() { e.keys, e.sure = nil, false }

// look reads the true screen.
func (e *Engine) look(s *screen.Screen) (v sight) {
	v, e.scratch = look(s, e.scratch)
	return v
}

// pass takes off the first keys of which no guess is made, where they have been
// applied: there an epoch ends, and pass reports it.
func (e *Engine) pass() bool {
	n := 0
	for n < len(e.keys) && e.keys[n].kind == other && !e.keys[n].applied.IsZero() {
		n++
	}
	e.keys = e.keys[n:]
	if n > 0 {
		e.sure = false
	}
	return n > 0
}

// begin begins an epoch.
func (e *Engine) begin(now sight) {
	if !now.plain {
		e.drop()
		return
	}
	e.at = now
	e.floor, e.end = now.x, now.x
	if n := len(e.prompt); n > 0 && n <= now.x && sameText(e.prompt, now.row[:n]) {
		e.floor = n
	}
}

// line is the row before the keys in flight.
func (e *Engine) line() line {
	return line{row: slices.Clone(e.at.row), x: e.at.x, floor: e.floor, end: e.end}
}

// play plays the keys in flight, up to the first of which no guess can be made,
// and tells each what it leads to; n counts the keys.
func (e *Engine) play(each func(n int, l *line)) line {
	l := e.line()
	for i := range e.keys {
		if !l.press(e.keys[i]) {
			e.keys[i].kind = other
			break
		}
		if each != nil {
			each(i+1, &l)
		}
	}
	return l
}

// Overlay is what to draw over the true screen: cells of one row, and where the
// cursor goes.
type Overlay struct {
	// X and Y are the cursor's column and row, and TrueX the column where the
	// true screen has it.
	X, Y, TrueX int
	// Row is the true row, Cells what to draw in it.
	Row   []Cell
	Cells []Placed
}

// Placed is a cell at a column.
type Placed struct {
	X int
	Cell
}

// Overlay returns what is to be drawn now; ok is false where nothing is.
func (e *Engine) Overlay() (o Overlay, ok bool) {
	if !e.sure || len(e.keys) == 0 || e.keys[0].kind == other {
		return o, false
	}
	l := e.play(nil)
	o = Overlay{X: l.x, Y: e.at.y, TrueX: e.at.x, Row: e.at.row}
	for x := range l.row {
		was, is := &e.at.row[x], &l.row[x]
		if *was == *is {
			continue
		}
		if !was.redrawable() {
			return Overlay{}, false
		}
		o.Cells = append(o.Cells, Placed{x, *is})
	}
	return o, true
}
