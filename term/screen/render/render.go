// Package render shows what a recorded stream looks like: it runs the bytes
// through a screen, once, and writes a picture of it at the points asked for.
//
// The stream is raw terminal output, or an asciicast of version 2 or 3, which is
// recognised by its first line.
package render

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"

	"tailpty/term/screen"
)

// Format is how a picture is written.
type Format int

// The formats: the visible rows without attributes; bytes that put the state into
// a blank terminal; one JSON object a line, as [screen.Screen.AppendJSON] has it.
const (
	Text Format = iota
	ANSI
	JSON
)

// ParseFormat returns the format of that name.
func ParseFormat(name string) (Format, error) {
	i := slices.Index([]string{"text", "ansi", "json"}, name)
	if i < 0 {
		return 0, fmt.Errorf("render: format %q is none of text, ansi, json", name)
	}
	return Format(i), nil
}

// Options says how to render.
type Options struct {
	// Cols and Rows are the size at the beginning. 0 is the asciicast's, or 80 x
	// 24.
	Cols, Rows int

	At         []Point  // where to take pictures; none is the end
	Resizes    []Resize // a resize at a point comes before its picture
	Scrollback int      // lines kept above the screen
	CRLF       bool     // turn LF into CR LF
	Format     Format
}

// Run reads the stream from r and writes the pictures to w, in the order of the
// stream. A point beyond the end is the end.
func Run(r io.Reader, o Options, w io.Writer) error {
	in := bufio.NewReaderSize(r, 64<<10)
	cast, err := openCast(in)
	if err != nil {
		return err
	}
	if cast == nil {
		for _, p := range o.At {
			if p.Timed {
				return fmt.Errorf("render: %v is a time, and the stream is no asciicast", p)
			}
		}
	}
	t := newTape(o, cast, w)
	if cast != nil {
		err = t.playCast(cast)
	} else {
		err = t.playRaw(in)
	}
	if err != nil {
		return err
	}
	return t.end()
}

// A tape is a run: the screen, and where the stream is.
type tape struct {
	o       Options
	screen  *screen.Screen
	out     *bufio.Writer
	offset  int64 // bytes of output so far
	actions []action
	crlf    []byte
	scratch []byte
}

// An action is a resize or a picture at a point.
type action struct {
	at         Point
	cols, rows int // of a resize; 0 for a picture
}

func newTape(o Options, cast *cast, w io.Writer) *tape {
	if cast != nil && o.Cols == 0 {
		o.Cols, o.Rows = cast.cols, cast.rows
	}
	t := &tape{o: o, out: bufio.NewWriter(w)}
	t.screen = screen.New(screen.Options{Cols: o.Cols, Rows: o.Rows, Scrollback: o.Scrollback})
	for _, r := range o.Resizes {
		t.actions = append(t.actions, action{at: r.At, cols: r.Cols, rows: r.Rows})
	}
	for _, p := range o.At {
		t.actions = append(t.actions, action{at: p})
	}
	slices.SortStableFunc(t.actions, func(a, b action) int { return a.at.compare(b.at) })
	return t
}

// due does the actions that are due at or before offset, or time for timed ones.
func (t *tape) due(offset int64, seconds float64) error {
	for i := 0; i < len(t.actions); {
		a := t.actions[i]
		if a.at.Timed && a.at.Seconds > seconds || !a.at.Timed && a.at.Offset > offset {
			i++
			continue
		}
		t.actions = slices.Delete(t.actions, i, i+1)
		if a.cols > 0 {
			t.screen.Resize(a.cols, a.rows)
		} else if err := t.picture(); err != nil {
			return err
		}
	}
	return nil
}

// until returns how many of n bytes may be written before an action is due.
func (t *tape) until(n int) int {
	for _, a := range t.actions {
		if d := a.at.Offset - t.offset; !a.at.Timed && d < int64(n) {
			n = max(0, int(d))
		}
	}
	return n
}

// write feeds p, doing on the way what is due.
func (t *tape) write(p []byte, seconds float64) error {
	for {
		if err := t.due(t.offset, seconds); err != nil {
			return err
		}
		if len(p) == 0 {
			return nil
		}
		n := t.until(len(p))
		t.feed(p[:n])
		t.offset += int64(n)
		p = p[n:]
	}
}

func (t *tape) feed(p []byte) {
	if t.o.CRLF {
		t.crlf = t.crlf[:0]
		for _, c := range p {
			if c == '\n' {
				t.crlf = append(t.crlf, '\r')
			}
			t.crlf = append(t.crlf, c)
		}
		p = t.crlf
	}
	t.screen.Write(p)
}

func (t *tape) playRaw(in io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if werr := t.write(buf[:n], 0); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("render: reading the stream: %w", err)
		}
	}
}

// end does what is left, at the end.
func (t *tape) end() error {
	for _, a := range t.actions {
		if a.cols > 0 {
			continue // beyond the end
		}
		if err := t.picture(); err != nil {
			return err
		}
	}
	if len(t.o.At) == 0 {
		if err := t.picture(); err != nil {
			return err
		}
	}
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("render: writing: %w", err)
	}
	return nil
}

// picture writes the screen. Where there are several, text has a line with the
// offset before each, and bytes begin with a reset.
func (t *tape) picture() error {
	out := t.scratch[:0]
	several := len(t.o.At) > 1
	switch t.o.Format {
	case JSON:
		out = append(t.screen.AppendJSON(out, t.offset), '\n')
	case ANSI:
		if several {
			out = append(out, "\x1bc"...)
		}
		out = t.screen.AppendSnapshot(out, t.o.Scrollback)
	default:
		if several {
			out = append(strconv.AppendInt(append(out, "== "...), t.offset, 10), '\n')
		}
		out = t.screen.AppendText(out)
	}
	t.scratch = out
	if _, err := t.out.Write(out); err != nil {
		return fmt.Errorf("render: writing: %w", err)
	}
	return nil
}
