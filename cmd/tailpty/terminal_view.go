package main

import (
	"slices"
	"strings"
	"time"

	"tailpty/term/screen"
)

const (
	// settleWithin is how long the session's size may differ from the terminal's
	// before that is shown: whoever takes the wheel or changes the window is
	// followed sooner than this.
	settleWithin = 400 * time.Millisecond
	// drawEvery is the least time between two drawings of a screen that does not
	// go to the terminal as it comes.
	drawEvery = 40 * time.Millisecond
	// keptLines is how many lines of history are asked for.
	keptLines = 1000
)

// view shows a session in the person's terminal. It keeps a screen of its own
// of what the session shows. Where the session has the terminal's size, output
// goes there as it comes, without what the terminal would answer. Otherwise, and
// while there is something to say on the last row, what fits is drawn from the
// screen: never by letting lines wrap that are not wrapped.
type view struct {
	guesses
	out        *outlet
	cols, rows int // the terminal's size

	screen    *screen.Screen
	filter    outputFilter
	line      string    // what the last row says; empty for nothing
	differ    time.Time // since when the sizes do; zero for not
	shown     shown
	begun     bool      // something has been streamed
	rowsDrawn []string  // in the mode drawing
	stale     bool      // the screen is newer
	again     bool      // to be streamed anew, once the terminal takes something
	last      time.Time // when it was drawn
}

// shown is what the terminal has.
type shown int

const (
	nothing   shown = iota // ours: the person's shell
	streaming              // output as it comes
	drawing                // rows drawn from the screen
)

// resized takes the terminal's size.
func (v *view) resized(cols, rows int, now time.Time) {
	v.cols, v.rows = cols, rows
	v.rowsDrawn = nil
	v.compare(now)
	if v.differ.IsZero() && v.shown == streaming {
		v.stream(0)
	}
	v.stale = true
}

// reset begins with a snapshot.
func (v *view) reset(cols, rows int, snapshot []byte, now time.Time) {
	v.screen = screen.New(screen.Options{Cols: cols, Rows: rows, Scrollback: keptLines})
	v.screen.Write(snapshot)
	v.compare(now)
	switch {
	case v.differ.IsZero() && v.line == "" && v.shown == nothing:
		v.stream(keptLines)
	case v.shown == streaming && v.differ.IsZero():
		v.stream(0)
	default:
		v.stale = true
	}
}

// sized takes the session's size.
func (v *view) sized(cols, rows int, now time.Time) {
	if v.screen == nil {
		return
	}
	if c, r := v.screen.Size(); c == cols && r == rows {
		return
	}
	v.screen.Resize(cols, rows)
	v.compare(now)
	v.stale = true
	if v.shown == streaming && v.differ.IsZero() {
		v.stream(0)
	}
}

// compare notes whether the sizes differ.
func (v *view) compare(now time.Time) {
	if v.screen == nil {
		return
	}
	cols, rows := v.screen.Size()
	switch {
	case cols == v.cols && rows == v.rows:
		v.differ = time.Time{}
	case v.differ.IsZero():
		v.differ = now
	}
}

// output takes a piece of the session's output.
func (v *view) output(p []byte) {
	if v.screen == nil { // from the first byte on, without a snapshot
		v.screen = screen.New(screen.Options{Cols: v.cols, Rows: v.rows, Scrollback: keptLines})
	}
	v.screen.Write(p)
	v.stale = true
	if v.shown == streaming && v.differ.IsZero() && !v.again {
		off := v.takeOff()
		shown := v.filter.filter(p)
		v.engine.Changed(v.truth())
		v.write(slices.Concat([]byte(off), shown, []byte(v.redraw())))
		v.stale = false
	}
}

// say sets what the last row says.
func (v *view) say(text string) {
	if text != v.line {
		v.line, v.stale = text, true
	}
}

// show brings the terminal up to date, and says when to do so again; zero for
// when something happens.
func (v *view) show(now time.Time) (again time.Time) {
	if v.screen == nil {
		if v.line == "" || !v.stale {
			return time.Time{}
		}
		v.screen = screen.New(screen.Options{Cols: v.cols, Rows: v.rows, Scrollback: keptLines})
		defer func() { v.screen = nil }()
	}
	if v.line == "" {
		if v.differ.IsZero() {
			if v.shown != streaming || v.again {
				v.stream(0)
			}
			return v.settle(now)
		}
		if settled := v.differ.Add(settleWithin); now.Before(settled) {
			return settled
		}
	}
	if v.shown == drawing && !v.stale {
		return time.Time{}
	}
	if next := v.last.Add(drawEvery); now.Before(next) {
		return next
	}
	if v.out.busy() {
		return time.Time{}
	}
	v.last, v.stale = now, false
	v.draw()
	return time.Time{}
}

// stream shows the screen, with some of its history, and from then on what comes.
// A terminal that takes nothing is shown it later.
func (v *view) stream(history int) {
	if v.again = v.out.busy(); v.again {
		return
	}
	v.takeOff() // all is drawn anew
	var b strings.Builder
	if v.shown == drawing {
		b.WriteString(calm + leaveAlternate)
	}
	if !v.begun {
		// What the shell has on the screen moves up and is not overwritten.
		b.WriteString("\r" + strings.Repeat("\n", v.rows))
		v.begun = true
	}
	v.filter = outputFilter{pen: newPen()}
	b.WriteString(blank + tabs(v.cols) + "\x1b[H")
	b.Write(v.filter.filter(v.screen.Snapshot(history)))
	v.shown, v.stale, v.rowsDrawn = streaming, false, nil
	v.engine.Changed(v.truth())
	v.write([]byte(b.String()))
}

// draw draws the screen, and the last row if it says something.
func (v *view) draw() {
	v.takeOff() // all is drawn anew
	var b strings.Builder
	if v.shown != drawing {
		if v.shown == streaming {
			b.WriteString(calm + leaveAlternate + calm)
		}
		b.WriteString(enterAlternate + "\x1b[?7l\x1b[H\x1b[2J")
		v.shown, v.rowsDrawn = drawing, nil
	}
	picture := takePicture(v.screen)
	rows := v.rows
	line := v.line
	if line == "" && picture.larger(v.cols, v.rows) {
		line = picture.clipped(v.cols, v.rows)
	}
	if line != "" {
		rows--
	}
	all, cursor := picture.fit(v.cols, rows)
	if line != "" {
		all = append(all, banner(line, v.cols))
	}
	b.WriteString("\x1b[?2026h\x1b[?25l")
	for y, row := range all {
		if y < len(v.rowsDrawn) && v.rowsDrawn[y] == row {
			continue
		}
		b.WriteString(moveTo(0, y) + row)
	}
	v.rowsDrawn = all
	b.WriteString(cursor + "\x1b[?2026l")
	v.write([]byte(b.String()))
}

// write writes to the terminal.
func (v *view) write(p []byte) {
	if len(p) > 0 {
		_, _ = v.out.Write(p)
	}
}
