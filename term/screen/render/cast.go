package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// maxCastLine bounds one line of an asciicast.
const maxCastLine = 16 << 20

// A cast is an asciicast: a header line, then one event a line.
type cast struct {
	cols, rows int
	relative   bool // times count from the event before (version 3)
	lines      *bufio.Scanner
}

// openCast reads the header if in is an asciicast. Otherwise it returns nil and
// takes nothing from in.
func openCast(in *bufio.Reader) (*cast, error) {
	head, err := in.Peek(1)
	if err != nil || head[0] != '{' {
		return nil, nil
	}
	head, _ = in.Peek(in.Size())
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	var h struct {
		Version       int
		Width, Height int
		Term          struct{ Cols, Rows int }
	}
	if json.Unmarshal(line, &h) != nil || h.Version != 2 && h.Version != 3 {
		return nil, nil
	}
	c := &cast{cols: h.Width, rows: h.Height}
	if h.Version == 3 {
		c.cols, c.rows, c.relative = h.Term.Cols, h.Term.Rows, true
	}
	if c.cols < 1 || c.rows < 1 {
		return nil, fmt.Errorf("render: the asciicast's header has no size")
	}
	c.lines = bufio.NewScanner(in)
	c.lines.Buffer(make([]byte, 0, 64<<10), maxCastLine)
	c.lines.Scan()
	return c, nil
}

// playCast feeds the output events and does the resizes.
func (t *tape) playCast(c *cast) error {
	now := 0.0
	for n := 2; c.lines.Scan(); n++ {
		line := bytes.TrimSpace(c.lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		var event [3]json.RawMessage
		var at float64
		var kind, data string
		err := json.Unmarshal(line, &event)
		for i, to := range []any{&at, &kind, &data} {
			if err == nil {
				err = json.Unmarshal(event[i], to)
			}
		}
		if err != nil {
			return fmt.Errorf("render: reading line %d of the asciicast: %w", n, err)
		}
		if c.relative {
			at += now
		}
		// What is due before this event comes before it.
		if err := t.dueBefore(at); err != nil {
			return err
		}
		now = at
		switch kind {
		case "o":
			err = t.write([]byte(data), -1)
		case "r":
			var cols, rows int
			if cols, rows, err = ParseSize(data); err == nil {
				t.screen.Resize(cols, rows)
			}
		}
		if err != nil {
			return err
		}
	}
	if err := c.lines.Err(); err != nil && err != io.EOF {
		return fmt.Errorf("render: reading the asciicast: %w", err)
	}
	return nil
}

// dueBefore does the timed actions of before the given time.
func (t *tape) dueBefore(seconds float64) error {
	for len(t.actions) > 0 {
		first := -1
		for i, a := range t.actions {
			if a.at.Timed && a.at.Seconds < seconds {
				first = i
				break
			}
		}
		if first < 0 {
			return nil
		}
		if err := t.due(-1, t.actions[first].at.Seconds); err != nil {
			return err
		}
	}
	return nil
}
