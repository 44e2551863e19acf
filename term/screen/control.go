package screen

// execute carries out a control character, C0 or C1.
func (s *Screen) execute(code rune) {
	switch code {
	case '\a':
		s.emit(Bell{})
	case '\b':
		s.backspace()
	case '\t':
		s.tab()
	case '\n', '\v', '\f':
		s.lineFeed()
	case '\r':
		s.buf.x = 0
	case 0x0e:
		s.charsets.shift(1)
	case 0x0f:
		s.charsets.shift(0)
	case 0x84:
		s.index()
	case 0x85:
		s.buf.x = 0
		s.index()
	case 0x88:
		s.buf.tabs.set(s.buf.x)
	}
}

// lineFeed moves the cursor down, scrolling at the bottom margin.
func (s *Screen) lineFeed() {
	b := s.buf
	if s.modes.newline {
		b.x = 0
	}
	b.y++
	switch {
	case b.y == b.bottom+1:
		b.y--
		s.scroll(false)
	case b.y >= s.rows:
		b.y = s.rows - 1
	default:
		b.row(b.y).wrapped = false
	}
	if b.x >= s.cols {
		b.x--
	}
}

// index is a line feed that keeps the wrap of the line it comes to.
func (s *Screen) index() {
	s.restrict(s.cols - 1)
	b := s.buf
	b.y++
	if b.y == b.bottom+1 {
		b.y--
		s.scroll(false)
	} else if b.y >= s.rows {
		b.y = s.rows - 1
	}
	s.restrict(s.cols - 1)
}

// reverseIndex moves the cursor up, scrolling at the top margin.
func (s *Screen) reverseIndex() {
	s.restrict(s.cols - 1)
	b := s.buf
	if b.y != b.top {
		b.y--
		s.restrict(s.cols - 1)
		return
	}
	b.moveDown(b.base+b.top, b.base+b.bottom).reset(s.cols, s.eraseBlank())
}

func (s *Screen) tab() {
	if b := s.buf; b.x < s.cols {
		b.x = b.tabs.next(b.x, s.cols)
	}
}

// tabs moves the cursor n stops forwards, or backwards.
func (s *Screen) tabBy(n int, forward bool) {
	b := s.buf
	if b.x >= s.cols {
		return
	}
	for ; n > 0; n-- {
		x := b.x
		if forward {
			b.x = b.tabs.next(x, s.cols)
		} else {
			b.x = b.tabs.previous(x, s.cols)
		}
		if b.x == x {
			return
		}
	}
}

// backspace moves the cursor left; with reverse wrap also to the end of the line
// before, where that was wrapped.
func (s *Screen) backspace() {
	b := s.buf
	if !s.modes.reverseWrap {
		s.restrict(s.cols - 1)
		b.x = max(0, b.x-1)
		return
	}
	s.restrict(s.cols)
	if b.x > 0 {
		b.x--
	} else if b.y > b.top && b.y <= b.bottom && b.row(b.y).wrapped {
		b.row(b.y).wrapped = false
		b.y--
		b.x = s.cols - 1
		if c := b.row(b.y).cells[b.x]; c.width() > 0 && c.empty() {
			b.x-- // a wide character did not fit here
		}
	}
	s.restrict(s.cols - 1)
}
