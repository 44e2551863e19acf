package screen

// insertLines is IL: n blank lines at the cursor, within the margins.
func (s *Screen) insertLines(n int) {
	s.restrict(s.cols - 1)
	b := s.buf
	if b.y > b.bottom || b.y < b.top {
		return
	}
	s.shiftDown(b.y, n, s.eraseBlank())
	b.x = 0
}

// deleteLines is DL: n lines at the cursor go, within the margins.
func (s *Screen) deleteLines(n int) {
	s.restrict(s.cols - 1)
	b := s.buf
	if b.y > b.bottom || b.y < b.top {
		return
	}
	s.shiftUp(b.y, n)
	b.x = 0
}

// shiftUp moves the lines from row top to the bottom margin up by n.
func (s *Screen) shiftUp(top, n int) {
	b, blank := s.buf, s.eraseBlank()
	for n = min(n, b.bottom-top+1); n > 0; n-- {
		b.moveUp(b.base+top, b.base+b.bottom).reset(s.cols, blank)
	}
}

// shiftDown moves the lines from row top to the bottom margin down by n.
func (s *Screen) shiftDown(top, n int, blank cell) {
	b := s.buf
	for n = min(n, b.bottom-top+1); n > 0; n-- {
		b.moveDown(b.base+top, b.base+b.bottom).reset(s.cols, blank)
	}
}

func (s *Screen) insertChars(n int) {
	s.restrict(s.cols - 1)
	b := s.buf
	b.row(b.y).insert(b.x, n, s.eraseBlank())
}

func (s *Screen) deleteChars(n int) {
	s.restrict(s.cols - 1)
	b := s.buf
	b.row(b.y).remove(b.x, n, s.eraseBlank())
}

// shiftColumns inserts, or removes, n columns at column x of all rows within the
// margins, if the cursor is there.
func (s *Screen) shiftColumns(x, n int, insert bool) {
	b, blank := s.buf, s.eraseBlank()
	if b.y > b.bottom || b.y < b.top {
		return
	}
	for y := b.top; y <= b.bottom; y++ {
		l := b.row(y)
		if insert {
			l.insert(x, n, blank)
		} else {
			l.remove(x, n, blank)
		}
		l.wrapped = false
	}
}

// maxRepeat bounds REP: more than this fills every line that is kept.
const maxRepeat = 1 << 16

// repeat is REP: the last character, with its marks, n times more.
func (s *Screen) repeat(n int) {
	if s.join == 0 {
		return
	}
	b := s.buf
	l, x := b.row(b.y), b.x-s.join
	if uint(x) >= uint(len(l.cells)) || l.cells[x].empty() {
		return
	}
	var points [maxPoints]rune
	text := points[:1]
	if c := l.cells[x]; c.hasMarks() {
		text = points[:copy(points[:], l.marksAt(x))]
	} else {
		text[0] = c.point()
	}
	s.inRun = false
	n = min(n, maxRepeat)
	if len(text) == 1 && text[0] >= 0x20 && text[0] < 0x7f {
		s.repeatASCII(byte(text[0]), n)
		n = 0
	}
	for ; n > 0; n-- {
		for _, r := range text {
			s.printRune(r)
		}
	}
	s.endRun()
	s.inRun = false
}

func (s *Screen) repeatASCII(c byte, n int) {
	var space [256]byte
	p := space[:min(n, len(space))]
	for i := range p {
		p[i] = c
	}
	for ; n > 0; n -= len(p) {
		s.printASCII(p[:min(n, len(p))])
	}
}
