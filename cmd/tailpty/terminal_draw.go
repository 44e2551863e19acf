package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tailpty/term/screen"
)

// picture is what a screen shows, cell by cell, as [screen.Screen.AppendJSON]
// has it.
type picture struct {
	Cols, Rows int
	Cursor     struct {
		X, Y    int
		Visible bool
	}
	Lines [][]cell
}

// cell is one character and how it looks.
type cell struct {
	text        string
	width       int
	fg, bg, att string
}

// UnmarshalJSON reads ["text",width,"fg","bg","attributes"].
func (c *cell) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&c.text, &c.width, &c.fg, &c.bg, &c.att})
}

func takePicture(s *screen.Screen) (p picture) {
	if err := json.Unmarshal(s.AppendJSON(nil, 0), &p); err != nil {
		panic("a screen's JSON is JSON: " + err.Error())
	}
	return p
}

// larger reports whether a terminal of this size does not show all of it.
func (p *picture) larger(cols, rows int) bool { return p.Cols > cols || p.Rows > rows }

// clipped says so.
func (p *picture) clipped(cols, rows int) string {
	return fmt.Sprintf("The session is %d x %d, this terminal %d x %d: part of it is shown.", p.Cols, p.Rows, cols, rows)
}

// fit is the rows to draw in a terminal of this size, and what puts the cursor
// where it belongs. Of a larger screen it is the part with the cursor; around a
// smaller one are dots.
func (p *picture) fit(cols, rows int) (all []string, cursor string) {
	left := max(0, p.Cursor.X-cols+1)
	top := max(0, p.Cursor.Y-rows+1)
	for y := range rows {
		if top+y >= len(p.Lines) {
			all = append(all, dots(cols))
			continue
		}
		all = append(all, drawRow(p.Lines[top+y], left, cols))
	}
	cursor = moveTo(p.Cursor.X-left, p.Cursor.Y-top)
	if p.Cursor.Visible {
		cursor += "\x1b[?25h"
	}
	return all, cursor
}

// drawRow draws the cells of one row from left on.
func drawRow(row []cell, left, cols int) string {
	var b strings.Builder
	look := ""
	x := 0
	for i := left; i < len(row) && x < cols; i++ {
		c := row[i]
		switch {
		case c.width == 0 && x > 0: // the second half of a wide character
			continue
		case c.width == 0 || x+c.width > cols: // half of one
			c.text, c.width = " ", 1
		}
		if l := sgr(c); l != look {
			look = l
			b.WriteString(l)
		}
		b.WriteString(c.text)
		x += c.width
	}
	b.WriteString("\x1b[0m")
	if x < cols {
		b.WriteString(dots(cols - x))
	}
	return b.String()
}

// dots fill what is outside of the session.
func dots(n int) string { return "\x1b[0;2m" + strings.Repeat("·", n) + "\x1b[0m" }

// banner is a row that says something, in reverse.
func banner(text string, cols int) string {
	text = printable(text)
	if n := utf8.RuneCountInString(text); n > cols {
		text = string([]rune(text)[:cols])
	} else {
		text += strings.Repeat(" ", cols-n)
	}
	return "\x1b[0;7m" + text + "\x1b[0m"
}

func moveTo(x, y int) string { return fmt.Sprintf("\x1b[%d;%dH", y+1, x+1) }

// attributes are the numbers of SGR for the letters of a cell.
var attributes = map[rune]string{'B': "1", 'D': "2", 'I': "3", 'U': "4", 'K': "5", 'V': "7", 'H': "8", 'S': "9"}

// sgr is the sequence for how a cell looks.
func sgr(c cell) string {
	codes := []string{"0"}
	for _, letter := range c.att {
		if n, ok := attributes[letter]; ok {
			codes = append(codes, n)
		}
	}
	codes = append(codes, color(c.fg, 30)...)
	codes = append(codes, color(c.bg, 40)...)
	return "\x1b[" + strings.Join(codes, ";") + "m"
}

// color is the numbers of SGR for a colour: d, pN or #rrggbb; base is 30 for the
// foreground and 40 for the background.
func color(name string, base int) []string {
	switch {
	case strings.HasPrefix(name, "p"):
		n, _ := strconv.Atoi(name[1:])
		switch {
		case n < 8:
			return []string{strconv.Itoa(base + n)}
		case n < 16:
			return []string{strconv.Itoa(base + 60 + n - 8)}
		}
		return []string{strconv.Itoa(base + 8), "5", strconv.Itoa(n)}
	case strings.HasPrefix(name, "#"):
		rgb, _ := strconv.ParseUint(name[1:], 16, 32)
		return []string{strconv.Itoa(base + 8), "2", strconv.Itoa(int(rgb >> 16)), strconv.Itoa(int(rgb >> 8 & 255)), strconv.Itoa(int(rgb & 255))}
	}
	return nil
}
