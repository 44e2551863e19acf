package main

import (
	"encoding/json"
	"slices"
	"strings"

	"tailpty/term/screen"
)

// pen knows how the person's terminal would print the next character: something
// drawn in between leaves that as it was. It is a screen of two columns, which
// gets of the output what changes a pen.
type pen struct{ screen *screen.Screen }

func newPen() *pen { return &pen{screen.New(screen.Options{Cols: 2, Rows: 1})} }

// take takes a sequence or control that goes to the terminal.
func (p *pen) take(seq []byte) {
	if p != nil && changesPen(seq) {
		p.screen.Write(seq)
	}
}

// changesPen reports whether a sequence sets attributes, links or character sets,
// saves them, or brings saved ones back.
func changesPen(seq []byte) bool {
	switch {
	case len(seq) == 1:
		return seq[0] == 0x0e || seq[0] == 0x0f
	case seq[1] == '[':
		return slices.Contains([]byte("msuhlp"), seq[len(seq)-1])
	case seq[1] == ']':
		return strings.HasPrefix(string(seq), "\x1b]8;")
	}
	return true
}

// sgr is the sequence that sets a pen as this is. ok is false where no sequence
// of attributes does.
func (p *pen) sgr() (seq string, ok bool) {
	p.screen.Write([]byte("\rx"))
	var now struct{ Lines [][]cell }
	if err := json.Unmarshal(p.screen.AppendJSON(nil, 0), &now); err != nil {
		panic("a screen's JSON is JSON: " + err.Error())
	}
	c := now.Lines[0][0]
	// Underlines are of many kinds, and links have one.
	if c.text != "x" || strings.Contains(c.att, "U") {
		return "", false
	}
	return sgr(c), true
}
