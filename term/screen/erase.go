package screen

// eraseCells blanks columns start to end, exclusive, of row y. unwrap also ends
// the line's being a continuation. With protected, protected cells stay.
func (s *Screen) eraseCells(y, start, end int, unwrap, protected bool) {
	l, blank := s.buf.row(y), s.eraseBlank()
	if protected {
		s.eraseUnprotected(l, start, end, blank)
	} else {
		l.erase(start, end, blank)
	}
	if unwrap {
		l.wrapped = false
	}
}

// protectedAt reports whether the cell at column i is protected.
func (s *Screen) protectedAt(l *line, i int) bool {
	return uint(i) < uint(len(l.cells)) && s.styles.all[l.cells[i].style()].bg&bgProtected != 0
}

func (s *Screen) eraseUnprotected(l *line, start, end int, blank cell) {
	if start > 0 && l.widthAt(start-1) == 2 && !s.protectedAt(l, start-1) {
		l.set(start-1, blank)
	}
	if end < len(l.cells) && l.widthAt(end-1) == 2 && !s.protectedAt(l, end) {
		l.set(end, blank)
	}
	for i := start; i < end && i < len(l.cells); i++ {
		if !s.protectedAt(l, i) {
			l.cells[i] = blank
		}
	}
}

// eraseRow blanks row y.
func (s *Screen) eraseRow(y int, protected bool) {
	l, blank := s.buf.row(y), s.eraseBlank()
	if protected {
		s.eraseUnprotected(l, 0, len(l.cells), blank)
		l.wrapped = false
		return
	}
	l.reset(len(l.cells), blank)
}

// eraseDisplay is ED and, with protected, DECSED.
func (s *Screen) eraseDisplay(what int, protected bool) {
	s.restrict(s.cols)
	b := s.buf
	switch what {
	case 0:
		s.eraseCells(b.y, b.x, s.cols, b.x == 0, protected)
		for y := b.y + 1; y < s.rows; y++ {
			s.eraseRow(y, protected)
		}
	case 1:
		s.eraseCells(b.y, 0, b.x+1, true, protected)
		if b.x+1 >= s.cols {
			s.unwrapBelow(b.y + 1)
		}
		for y := b.y - 1; y >= 0; y-- {
			s.eraseRow(y, protected)
		}
	case 2:
		for y := range s.rows {
			s.eraseRow(y, protected)
		}
	case 3:
		s.eraseScrollback()
	}
}

// unwrapBelow ends a wrap after the line above it was erased. xterm.js takes the
// row for an index into all lines, scrollback included; so does this.
func (s *Screen) unwrapBelow(i int) {
	b := s.buf
	if i == b.max {
		i = 0
	}
	if i < b.n {
		b.at(i).wrapped = false
	}
}

func (s *Screen) eraseScrollback() {
	b := s.buf
	for n := b.n - s.rows; n > 0; n-- {
		s.recycle(b.shift())
		b.base = max(0, b.base-1)
	}
}

// eraseLine is EL and, with protected, DECSEL.
func (s *Screen) eraseLine(what int, protected bool) {
	s.restrict(s.cols)
	b := s.buf
	switch what {
	case 0:
		s.eraseCells(b.y, b.x, s.cols, b.x == 0, protected)
	case 1:
		s.eraseCells(b.y, 0, b.x+1, false, protected)
	case 2:
		s.eraseCells(b.y, 0, s.cols, true, protected)
	}
}

// eraseChars is ECH.
func (s *Screen) eraseChars(n int) {
	s.restrict(s.cols - 1)
	b := s.buf
	b.row(b.y).erase(b.x, b.x+n, s.eraseBlank())
}

// alignment fills the screen with E (DECALN).
func (s *Screen) alignment() {
	s.moveTo(0, 0)
	b := s.buf
	id := s.intern(style{fg: s.pen.fg, bg: s.pen.bg})
	for i := range s.rows {
		// In origin mode xterm.js runs past the end, and comes round to the first
		// lines of its ring.
		row := (b.base + b.y + i) % b.max
		if row >= b.n {
			continue
		}
		b.at(row).reset(len(b.at(row).cells), styled(id)|'E')
	}
	s.moveTo(0, 0)
}
