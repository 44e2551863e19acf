package main

import (
	"strings"
	"time"

	"tailpty/term/predict"
	"tailpty/term/screen"
)

// guesses are what is drawn over the session's output of keys whose echo has not
// come: see package predict. They are taken off before anything else is written,
// so that the terminal shows the true screen whenever none are drawn.
type guesses struct {
	engine *predict.Engine
	may    bool   // the person drives, and there is a connection
	drawn  string // what was written to draw them; empty for none
	lift   string // what takes them off
}

// truth is the screen to guess on, nil where none may be made.
func (v *view) truth() *screen.Screen {
	if !v.may || v.shown != streaming || v.again || !v.differ.IsZero() || v.line != "" {
		return nil
	}
	return v.screen
}

// typed takes what was typed into the session, of which total bytes now are.
func (v *view) typed(p []byte, total uint64, now time.Time) {
	v.engine.Typed(v.truth(), p, total, now)
	v.guess()
}

// applied takes note that the session has applied so many bytes.
func (v *view) applied(total uint64, now time.Time) {
	v.engine.Applied(v.truth(), total, now)
	v.guess()
}

// settle takes back guesses that had no answer, and says when to look again; zero
// for when something happens.
func (v *view) settle(now time.Time) (again time.Time) {
	again = v.engine.Tick(v.truth(), now)
	v.guess()
	return again
}

// mayGuess says whether guesses may be made at all.
func (v *view) mayGuess(may bool) {
	if v.may && !may {
		v.forget()
	}
	v.may = may
}

// forget takes all guesses back: what is in flight gets no answer.
func (v *view) forget() {
	v.engine.Reset()
	v.guess()
}

// guess draws the guesses there are now in place of those that are drawn.
func (v *view) guess() {
	if v.out.busy() { // nobody would see them
		return
	}
	v.write([]byte(v.redraw()))
}

// redraw is what to write so that the guesses of now are drawn.
func (v *view) redraw() string {
	drawn, lift := "", ""
	if v.truth() != nil {
		drawn, lift = v.drawGuesses()
	}
	if drawn == v.drawn {
		return ""
	}
	text := v.lift + drawn
	v.drawn, v.lift = drawn, lift
	return text
}

// takeOff is what to write before anything else is: it takes the guesses off.
func (v *view) takeOff() string {
	lift := v.lift
	v.drawn, v.lift = "", ""
	return lift
}

// drawGuesses is what draws the guesses of now, and what takes them off. Both
// leave the terminal's state as it was, but for the cursor, which the one puts
// where it will be and the other where it is.
func (v *view) drawGuesses() (drawn, lift string) {
	o, ok := v.engine.Overlay()
	if !ok {
		return "", ""
	}
	pen, ok := v.filter.pen.sgr()
	if !ok {
		return "", ""
	}
	var on, off strings.Builder
	last := len(o.Row) // after the last column that is not blank
	for last > 0 && o.Row[last-1].Text == " " {
		last--
	}
	next := -1
	for _, c := range o.Cells {
		if c.X != next {
			to := moveTo(c.X, o.Y)
			on.WriteString(to)
			off.WriteString(to)
		}
		next = c.X + 1
		on.WriteString(drawCell(c.Cell))
		if was := o.Row[c.X]; c.X < last || was.FG != "d" || was.Attributes != "" {
			off.WriteString(drawCell(was))
			continue
		}
		// What is empty becomes empty, and not a blank.
		off.WriteString(sgr(looks(o.Row[c.X])) + "\x1b[X\x1b[C")
	}
	on.WriteString(moveTo(o.X, o.Y) + pen)
	off.WriteString(moveTo(o.TrueX, o.Y) + pen)
	return on.String(), off.String()
}

func drawCell(c predict.Cell) string { return sgr(looks(c)) + c.Text }

func looks(c predict.Cell) cell {
	return cell{text: c.Text, width: c.Width, fg: c.FG, bg: c.BG, att: c.Attributes}
}
