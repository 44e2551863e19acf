package model_test

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// screen is as much of a terminal as these tests need: it keeps the characters
// that Codex draws, and the answers to its queries. It knows no colours.
type screen struct {
	cells  [][]rune
	row    int
	col    int
	rest   []byte   // an unfinished sequence
	states []string // what Codex said of its state (OSC 7501), in order
	answer []byte   // to be written to the program
}

func newScreen(rows, cols int) *screen {
	s := &screen{cells: make([][]rune, rows)}
	for i := range s.cells {
		s.cells[i] = make([]rune, cols)
	}
	s.erase(0, 0, rows-1, cols-1)
	return s
}

func (s *screen) String() string {
	var b strings.Builder
	for _, row := range s.cells {
		b.WriteString(strings.TrimRight(string(row), " ") + "\n")
	}
	return b.String()
}

// Write draws p. An unfinished sequence at its end waits for the next call.
func (s *screen) Write(p []byte) {
	b := append(s.rest, p...)
	for len(b) > 0 {
		n := s.draw(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	s.rest = append([]byte(nil), b...)
}

// draw handles one character or sequence and returns its length, 0 if more of
// it is needed.
func (s *screen) draw(b []byte) int {
	switch {
	case b[0] == 0x1b:
		return s.escape(b)
	case b[0] == '\r':
		s.col = 0
	case b[0] == '\n':
		s.lineFeed()
	case b[0] == '\b':
		s.col = max(0, s.col-1)
	case b[0] < 0x20:
	default:
		if !utf8.FullRune(b) {
			return 0
		}
		r, n := utf8.DecodeRune(b)
		if s.col < len(s.cells[0]) {
			s.cells[s.row][s.col] = r
			s.col++
		}
		return n
	}
	return 1
}

func (s *screen) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '[':
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				s.control(string(b[2:i]), b[i])
				return i + 1
			}
		}
		return 0
	case ']', 'P', '_':
		text, n := untilST(b[2:])
		if n == 0 {
			return 0
		}
		if b[1] == ']' {
			s.command(text)
		}
		return n + 2
	case '(', ')':
		if len(b) < 3 {
			return 0
		}
		return 3
	}
	return 2
}

// untilST is the string before its terminator, and the length of both.
func untilST(b []byte) (string, int) {
	for i, c := range b {
		if c == 0x07 {
			return string(b[:i]), i + 1
		}
		if c == 0x1b && i+1 < len(b) && b[i+1] == '\\' {
			return string(b[:i]), i + 2
		}
	}
	return "", 0
}

// command is an OSC.
func (s *screen) command(text string) {
	switch {
	case strings.HasPrefix(text, "10;?"):
		s.answer = append(s.answer, "\x1b]10;rgb:dddd/dddd/dddd\x1b\\"...)
	case strings.HasPrefix(text, "11;?"):
		s.answer = append(s.answer, "\x1b]11;rgb:1111/1111/1111\x1b\\"...)
	case strings.HasPrefix(text, "7501;"):
		s.states = append(s.states, strings.TrimPrefix(text, "7501;"))
	}
}

// control is a CSI with its parameters.
func (s *screen) control(params string, final byte) {
	rows, cols := len(s.cells), len(s.cells[0])
	p := func(i, unset int) int {
		fields := strings.Split(params, ";")
		if i < len(fields) {
			if n, err := strconv.Atoi(fields[i]); err == nil && n > 0 {
				return n
			}
		}
		return unset
	}
	switch final {
	case 'H', 'f':
		s.row, s.col = min(p(0, 1), rows)-1, min(p(1, 1), cols)-1
	case 'A':
		s.row = max(0, s.row-p(0, 1))
	case 'B':
		s.row = min(rows-1, s.row+p(0, 1))
	case 'C':
		s.col = min(cols-1, s.col+p(0, 1))
	case 'D':
		s.col = max(0, s.col-p(0, 1))
	case 'G':
		s.col = min(p(0, 1), cols) - 1
	case 'd':
		s.row = min(p(0, 1), rows) - 1
	case 'X':
		s.erase(s.row, s.col, s.row, min(s.col+p(0, 1), cols)-1)
	case 'K':
		s.erase(s.row, s.col, s.row, cols-1)
	case 'J':
		if p(0, 0) >= 2 {
			s.erase(0, 0, rows-1, cols-1)
		} else {
			s.erase(s.row, s.col, rows-1, cols-1)
		}
	case 'n':
		if params == "6" {
			s.answer = append(s.answer, "\x1b["+strconv.Itoa(s.row+1)+";"+strconv.Itoa(s.col+1)+"R"...)
		}
	case 'c':
		if params == "" || params == "0" {
			s.answer = append(s.answer, "\x1b[?62;22c"...)
		}
	}
}

// erase blanks what lies between two positions, line by line.
func (s *screen) erase(row, col, toRow, toCol int) {
	for r := row; r <= toRow; r++ {
		for c := range s.cells[r] {
			if (r > row || c >= col) && (r < toRow || c <= toCol) {
				s.cells[r][c] = ' '
			}
		}
	}
}

func (s *screen) lineFeed() {
	if s.row < len(s.cells)-1 {
		s.row++
		return
	}
	copy(s.cells, s.cells[1:])
	s.cells[s.row] = []rune(strings.Repeat(" ", len(s.cells[0])))
}
