package screen

// restrict moves the cursor into the screen, or into the margins in origin mode.
func (s *Screen) restrict(maxX int) {
	b := s.buf
	b.x = min(maxX, max(0, b.x))
	if s.modes.origin {
		b.y = min(b.bottom, max(b.top, b.y))
	} else {
		b.y = min(s.rows-1, max(0, b.y))
	}
}

// moveTo puts the cursor at column x of row y, counted from the top margin in
// origin mode.
func (s *Screen) moveTo(x, y int) {
	b := s.buf
	if s.modes.origin {
		y += b.top
	}
	b.x, b.y = x, y
	s.restrict(s.cols - 1)
}

// moveBy moves the cursor. In origin mode xterm.js adds the top margin here too.
func (s *Screen) moveBy(dx, dy int) {
	s.restrict(s.cols - 1)
	s.moveTo(s.buf.x+dx, s.buf.y+dy)
}

// up moves the cursor up by n rows, not across the top margin.
func (s *Screen) up(n int) {
	if d := s.buf.y - s.buf.top; d >= 0 {
		n = min(n, d)
	}
	s.moveBy(0, -n)
}

// down moves the cursor down by n rows, not across the bottom margin.
func (s *Screen) down(n int) {
	if d := s.buf.bottom - s.buf.y; d >= 0 {
		n = min(n, d)
	}
	s.moveBy(0, n)
}

// setMargins sets the scroll margins to rows top to bottom, counted from 1. 0 is
// the first and the last.
func (s *Screen) setMargins(top, bottom int) {
	if bottom == 0 || bottom > s.rows {
		bottom = s.rows
	}
	if bottom > top {
		s.buf.top, s.buf.bottom = top-1, bottom-1
		s.moveTo(0, 0)
	}
}

func (s *Screen) saveCursor() {
	b := s.buf
	b.saved = savedCursor{x: b.x, y: b.base + b.y, fg: s.pen.fg, bg: s.pen.bg, charset: s.charsets.active}
}

func (s *Screen) restoreCursor() {
	b := s.buf
	b.x = b.saved.x
	b.y = max(b.saved.y-b.base, 0)
	s.pen.fg, s.pen.bg = b.saved.fg, b.saved.bg
	s.penValid = false
	s.charsets.active = b.saved.charset
	s.restrict(s.cols - 1)
}
