package screen

// Resize changes the size. Wrapped lines of the normal screen flow to the new
// width, except the one with the cursor, as in xterm.js. Sizes out of range are
// moved into it.
func (s *Screen) Resize(cols, rows int) {
	cols = min(max(cols, minCols), maxCols)
	rows = min(max(rows, minRows), maxRows)
	if cols == s.cols && rows == s.rows {
		return
	}
	s.cols, s.rows = cols, rows
	s.inRun = false
	s.spare = nil
	s.resizeBuffer(&s.normal)
	s.resizeBuffer(&s.alt)
	s.normal.tabs.widen(cols)
	s.alt.tabs.widen(cols)
}

func (s *Screen) resizeBuffer(b *buffer) {
	cols, rows := s.cols, s.rows
	most := rows + b.history
	b.setMax(max(b.max, most))
	if b.n > 0 {
		if b.cols < cols {
			for i := range b.n {
				b.at(i).resize(cols)
			}
		}
		moved := s.resizeRows(b)
		if most < b.max {
			s.trim(b, b.n-most)
			b.setMax(most)
		}
		b.x = min(b.x, cols-1)
		b.y = min(b.y, rows-1) + moved
		b.saved.x = min(b.saved.x, cols-1)
		b.top = 0
	}
	b.bottom = rows - 1
	if b.reflows {
		if cols > b.cols {
			s.reflowWider(b)
		} else if cols < b.cols {
			s.reflowNarrower(b)
			for i := range b.n {
				b.at(i).resize(cols)
			}
		}
	}
	b.cols, b.rows = cols, rows
	s.mend(b)
}

// mend makes b whole when a resize left fewer lines than the screen reaches. In
// a full list xterm.js comes round to the first lines there; these move to the
// end. Otherwise it has nothing, and fails; here are blank lines.
func (s *Screen) mend(b *buffer) {
	for b.n > 0 && b.n < b.base+b.rows {
		if b.full() {
			b.push(b.shift())
			b.base--
		} else {
			b.push(s.newLine(0))
		}
	}
}

// resizeRows adds rows, from the scrollback if the cursor is at the end, or
// takes rows away, blank ones below the cursor first. It returns by how much the
// cursor's row moves down.
func (s *Screen) resizeRows(b *buffer) int {
	moved := 0
	for range s.rows - b.rows {
		if b.n >= s.rows+b.base {
			continue
		}
		if b.base > 0 && b.n <= b.base+b.y+moved+1 {
			b.base--
			moved++
			continue
		}
		if b.full() {
			s.recycle(b.shift())
		}
		b.push(s.newLine(0))
	}
	for range b.rows - s.rows {
		if b.n <= s.rows+b.base {
			continue
		}
		if b.n > b.base+b.y+1 {
			s.recycle(b.pop())
		} else {
			b.base++
		}
	}
	return moved
}

// trim drops the first n lines, if n is above 0.
func (s *Screen) trim(b *buffer, n int) {
	if n <= 0 {
		return
	}
	for range n {
		s.recycle(b.shift())
	}
	b.base = max(b.base-n, 0)
	b.saved.y = max(b.saved.y-n, 0)
}
