package predict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tailpty/term/screen"
)

// Cell is one column of a row.
type Cell struct {
	// Text is the character with its marks, a blank for an empty cell, nothing
	// for the second half of a wide character.
	Text string
	// Width is how many columns it takes: 1, 2, or 0 for a second half.
	Width int
	// FG, BG and Attributes are how it looks, as [screen.Screen.AppendJSON] says
	// it.
	FG, BG, Attributes string

	proof bool // typed, and such that its echo proves that there is one
}

// UnmarshalJSON reads ["text",width,"fg","bg","attributes"] as a screen writes
// it. Only the text has anything that JSON escapes.
func (c *Cell) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSuffix(b, []byte("]"))
	last := func() string {
		i := max(0, bytes.LastIndexByte(b, ','))
		field := string(bytes.Trim(b[i:], `,"`))
		b = b[:i]
		return field
	}
	c.Attributes, c.BG, c.FG = last(), last(), last()
	var err error
	if c.Width, err = strconv.Atoi(last()); err != nil || len(b) < 3 {
		return fmt.Errorf("predict: no cell: %w", err)
	}
	if b = b[1:]; bytes.IndexByte(b, '\\') >= 0 {
		return json.Unmarshal(b, &c.Text)
	}
	c.Text = string(b[1 : len(b)-1])
	return nil
}

func (c *Cell) blank() bool { return c.Text == " " }

// sight is what guesses are made from: the row of the cursor, and whether the
// screen is in a state to guess in.
type sight struct {
	plain bool
	x, y  int
	row   []Cell
}

// look reads the sight of a screen. scratch is used again by the next one.
func look(s *screen.Screen, scratch []byte) (v sight, _ []byte) {
	all := s.AppendJSON(scratch[:0], 0)
	head, lines, _ := bytes.Cut(all, []byte(`,"lines":[`))
	var state struct {
		Cursor struct {
			X, Y          int
			Visible, Wrap bool
		}
		Alt   bool
		Modes struct {
			InsertMode             bool
			MouseTrackingMode      string
			OriginMode             bool
			SynchronizedOutputMode bool
			WraparoundMode         bool
		}
	}
	if err := json.Unmarshal(append(head[:len(head):len(head)], '}'), &state); err != nil {
		panic("predict: a screen's JSON is JSON: " + err.Error())
	}
	c, m := state.Cursor, state.Modes
	v = sight{x: c.X, y: c.Y}
	v.plain = !state.Alt && c.Visible && !c.Wrap && m.WraparoundMode && m.MouseTrackingMode == "none" &&
		!m.InsertMode && !m.OriginMode && !m.SynchronizedOutputMode
	if !v.plain {
		return v, all
	}
	// No cell holds what stands between two rows: it has one character.
	const between = `]],[[`
	for range c.Y {
		_, lines, _ = bytes.Cut(lines, []byte(between))
	}
	row, _, _ := bytes.Cut(lines, []byte("]]"))
	row = append([]byte("[["), bytes.TrimPrefix(row, []byte("[["))...)
	if err := json.Unmarshal(append(row, "]]"...), &v.row); err != nil {
		panic("predict: a screen's row is JSON: " + err.Error())
	}
	return v, all
}

// sameText reports whether two rows have the same characters.
func sameText(a, b []Cell) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Text != b[i].Text || a[i].Width != b[i].Width {
			return false
		}
	}
	return true
}

// redrawable reports whether a cell can be drawn again from what is known of it:
// links and fancy underlines cannot.
func (c *Cell) redrawable() bool { return c.Width == 1 && !strings.Contains(c.Attributes, "U") }
