package screen

// text prints the text that p begins with and returns its length: up to a
// control character, or to a character that p does not hold whole.
func (s *Screen) text(p []byte) int {
	i := s.plainText(p)
	if i > 0 && i < len(p) && p[i] < 0x20 {
		return i
	}
	for i < len(p) {
		c := p[i]
		switch {
		case c >= 0x80:
			if n := s.printRunes(p[i:]); n > 0 {
				i += n
				continue
			}
			r, n := decodeRune(p[i:])
			switch {
			case r == runePartial:
				s.hold(p[i:])
				s.endRun()
				return len(p)
			case r >= codeText:
				s.printRune(r)
			case r >= 0:
				s.endRun()
				s.step(r)
				return i + n
			}
			i += n
		case c >= 0x20 && c < 0x7f:
			n := asciiText(p[i:])
			s.printASCII(p[i : i+n])
			i += n
		default:
			s.endRun()
			return i
		}
	}
	s.endRun()
	return i
}

// asciiText returns the length of the printable ASCII that p begins with.
func asciiText(p []byte) int {
	for i, c := range p {
		if c-0x20 >= 0x5f {
			return i
		}
	}
	return len(p)
}

// plainText prints the ASCII that p begins with, as far as there is room for it
// on the line, and returns its length. It does what beginRun, printASCII and
// endRun do, for the text that is nearly all text.
func (s *Screen) plainText(p []byte) int {
	b := s.buf
	x := b.x
	if x >= s.cols || s.modes.insert || s.charsets.active != nil {
		return 0
	}
	cells, pen := b.row(b.y).cells[:s.cols], s.penBlank()
	if len(p) > len(cells)-x {
		p = p[:len(cells)-x]
	}
	i := 0
	for to := cells[x:][:len(p)]; i < len(p) && p[i]-0x20 < 0x5f; i++ {
		to[i] = pen | cell(p[i])
	}
	if i == 0 {
		return 0
	}
	if !s.inRun && x > 0 && cells[x-1].isWide() {
		cells[x-1] = pen
	}
	if x+i < len(cells) && cells[x+i].isTail() {
		cells[x+i] = pen
	}
	s.inRun = true
	s.join = 1
	b.x = x + i
	return i
}

// beginRun returns the cursor's line. Text that begins on the second half of a
// wide character takes the first half away.
func (s *Screen) beginRun() *line {
	l := s.buf.row(s.buf.y)
	if !s.inRun {
		s.inRun = true
		if x := s.buf.x; x > 0 && l.widthAt(x-1) == 2 {
			l.cells[x-1] = s.penBlank()
		}
	}
	return l
}

// endRun blanks the second half of a wide character whose first half the text
// before the cursor has replaced.
func (s *Screen) endRun() {
	b := s.buf
	if !s.inRun || b.x >= s.cols {
		return
	}
	if l := b.row(b.y); l.cells[b.x].isTail() {
		l.cells[b.x] = s.penBlank()
	}
}

// printASCII prints characters of 0x20 to 0x7e.
func (s *Screen) printASCII(p []byte) {
	if s.modes.insert || s.charsets.active != nil {
		for _, c := range p {
			s.printRune(rune(c))
		}
		return
	}
	l, b, pen := s.beginRun(), s.buf, s.penBlank()
	s.join = 1
	for {
		n := min(len(p), s.cols-b.x)
		if n > 0 {
			cells := l.cells[b.x : b.x+n : b.x+n]
			for i, c := range p[:n] {
				cells[i] = pen | cell(c)
			}
			b.x += n
			p = p[n:]
		}
		if len(p) == 0 {
			return
		}
		if !s.modes.wrap {
			b.x = s.cols
			l.cells[s.cols-1] = pen | cell(p[len(p)-1])
			return
		}
		l = s.wrapLine(l)
	}
}

// printRunes prints characters of two and three bytes, of one or two columns, as
// far as they go on and there is room for them, and returns their length. The
// rest is left to printRune.
func (s *Screen) printRunes(p []byte) int {
	if s.modes.insert {
		return 0
	}
	b, pen := s.buf, s.penBlank()
	cells, x, i := b.row(b.y).cells[:s.cols], b.x, 0
	for len(p)-i >= 3 {
		c, r, n := p[i], rune(0), 3
		switch {
		case c&0xf0 == 0xe0 && p[i+1]&0xc0 == 0x80 && p[i+2]&0xc0 == 0x80:
			r = rune(c&15)<<12 | rune(p[i+1]&63)<<6 | rune(p[i+2]&63)
			if r < 0x800 || r&^0x7ff == 0xd800 || r == byteOrderMark {
				r = 0
			}
		case c&0xe0 == 0xc0 && p[i+1]&0xc0 == 0x80:
			r, n = rune(c&31)<<6|rune(p[i+1]&63), 2
		}
		if r < codeText {
			break
		}
		width := runeWidth(r)
		if width == 0 || x+width > len(cells) {
			break
		}
		if i == 0 {
			s.beginRun()
		}
		s.join = width
		if width == 1 {
			cells[x] = pen | cell(r)
		} else {
			cells[x] = pen | cell(r) | cellWide
			cells[x+1] = pen | cellTail
		}
		x += width
		i += n
	}
	b.x = x
	return i
}

// wrapLine moves the cursor to the next line, which continues l, and returns it.
func (s *Screen) wrapLine(l *line) *line {
	b := s.buf
	rest := min(b.x, s.cols)
	fillCells(l.cells[rest:s.cols], s.penBlank())
	b.x = 0
	b.y++
	if b.y == b.bottom+1 {
		b.y--
		s.scroll(true)
		if next := b.row(b.y); next == l && b.top == 0 {
			// A screen of one line: xterm.js blanks the end after scrolling.
			fillCells(next.cells[rest:s.cols], s.penBlank())
		}
		return b.row(b.y)
	}
	b.y = min(b.y, s.rows-1)
	next := b.row(b.y)
	next.wrapped = true
	return next
}

// printRune prints one character.
func (s *Screen) printRune(r rune) {
	l, b := s.beginRun(), s.buf
	if r < 0x7f && s.charsets.active != nil {
		r = s.charsets.active.translate(r)
	}
	width := runeWidth(r)
	joins := width == 0 && s.join > 0
	if joins {
		width = s.join
	}
	s.join = width
	if joins && b.x > 0 {
		col := b.x - 2
		if l.widthAt(b.x-1) > 0 {
			col = b.x - 1
		}
		l.addMark(col, r, width)
		return
	}
	if b.x+width > s.cols {
		if s.modes.wrap {
			l = s.wrapLine(l)
		} else {
			b.x = s.cols - 1
			if width == 2 {
				return
			}
		}
	}
	pen := s.penBlank()
	if s.modes.insert {
		l.insert(b.x, width, pen)
		if l.cells[s.cols-1].isWide() {
			l.cells[s.cols-1] = pen
		}
	}
	l.set(b.x, pen|cell(r)|widthCell(width))
	b.x++
	if width == 2 {
		l.set(b.x, pen|cellTail)
		b.x++
	}
}
