package screen

// A buffer is one of the two screens, with what belongs to it: cursor, margins,
// tab stops, saved cursor. Lines 0 to base-1 are scrollback; the screen begins
// at line base.
type buffer struct {
	ring
	base        int
	x, y        int // cursor; x is the width when a wrap is pending
	top, bottom int // scroll margins, inclusive rows of the screen
	tabs        tabStops
	saved       savedCursor
	keyboard    keyboardStack
	cols, rows  int
	history     int // greatest number of scrollback lines
	reflows     bool
}

// savedCursor is what DECSC keeps. y counts from the first line of the ring.
type savedCursor struct {
	x, y    int
	fg, bg  uint32
	charset *charset
}

// row returns row y of the screen.
func (b *buffer) row(y int) *line { return b.at(b.base + y) }

// clear returns b to its initial state with no lines; its lines go to spare.
// The saved cursor stays.
func (s *Screen) clearBuffer(b *buffer) {
	for b.n > 0 {
		s.recycle(b.pop())
	}
	b.base, b.x, b.y = 0, 0, 0
	b.max, b.turned = b.rows+b.history, 0
	b.top, b.bottom = 0, b.rows-1
	b.tabs.setUp(b.cols)
}

// fillBuffer gives an empty b the lines of its screen.
func (s *Screen) fillBuffer(b *buffer, blank cell) {
	if b.n > 0 {
		return
	}
	for range b.rows {
		b.push(s.newLine(blank))
	}
}

// slabLines is how many lines are allocated at once, maxSpare how many unused
// ones are kept for later.
const (
	slabLines = 32
	maxSpare  = 512
)

// newLine returns a blank line as wide as the screen.
func (s *Screen) newLine(blank cell) *line {
	n := len(s.spare)
	if n == 0 {
		lines := make([]line, slabLines)
		cells := make([]cell, slabLines*s.cols)
		for i := range lines {
			lines[i].cells = cells[i*s.cols : (i+1)*s.cols : (i+1)*s.cols]
			s.spare = append(s.spare, &lines[i])
		}
		n = slabLines
	}
	l := s.spare[n-1]
	s.spare = s.spare[:n-1]
	l.reset(s.cols, blank)
	return l
}

// recycle keeps l for newLine.
func (s *Screen) recycle(l *line) {
	if len(s.spare) < maxSpare {
		s.spare = append(s.spare, l)
	}
}

// scroll moves the lines within the margins up by one and adds a line at the
// bottom. With the top margin at the top, the first line goes to the scrollback.
func (s *Screen) scroll(wrapped bool) {
	b, blank := s.buf, s.eraseBlank()
	bottom := b.base + b.bottom
	var l *line
	switch {
	case b.top > 0:
		l = b.moveUp(b.base+b.top, bottom)
	case b.full():
		l = b.shift()
		if bottom == b.n {
			b.turned %= b.max
			b.push(l)
		} else {
			b.insert(bottom, l)
		}
	default:
		l = s.newLine(blank)
		if bottom == b.n-1 {
			b.push(l)
		} else {
			b.insert(bottom+1, l)
		}
		b.base++
		l.wrapped = wrapped
		return
	}
	l.reset(s.cols, blank)
	l.wrapped = wrapped
}
