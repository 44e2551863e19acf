package screen

import "unicode/utf8"

// lines draws the lines of b from history lines above the screen on. saved is
// the line on which the saved cursor is, or -1.
func (w *drawing) lines(b *buffer, history, saved int) {
	first := b.base - history
	last := b.n - 1
	if history == 0 {
		for last > max(first, saved) && !b.at(last).drawn(w.s.cols) {
			last--
		}
	}
	if b.at(first).wrapped {
		// A row that continues another one, which goes.
		w.csi(w.s.cols-1, 1, "C")
		if w.s.rows > 1 {
			w.text("  \x1b[S\x1b[H\x1b[X")
		} else {
			w.text("  \x1b[3J\r\x1b[X")
		}
	}
	for i := first; i <= last; i++ {
		if i > first {
			w.next(b.at(i-1), b.at(i))
		}
		w.line(b.at(i))
		if i == saved {
			w.save(&b.saved, w.y, b.at(i))
		}
	}
}

// drawn reports whether l differs from a blank line.
func (l *line) drawn(cols int) bool { return l.wrapped || l.used(cols) > 0 }

// used returns the column after the last cell that is not blank in the default
// style, of the first cols ones.
func (l *line) used(cols int) int {
	for cols > 0 && l.cells[cols-1] == 0 {
		cols--
	}
	return cols
}

// next moves the cursor from the end of line from to the beginning of the next
// line, which may be a continuation of it. A line that scrolls in gets the
// background of the pen.
func (w *drawing) next(from, to *line) {
	atBottom := w.y == w.s.rows-1
	if !to.wrapped {
		if atBottom {
			w.dropBackground()
		}
		if w.x > 0 {
			w.text("\r")
		}
		w.text("\n")
		w.down()
		return
	}
	first, cols := to.cells[0], w.s.cols
	st := w.s.styles.all[first.style()]
	plain := !first.empty() && first.width() > 0 && (!atBottom || st.bg&colorMask == 0)
	if w.x >= cols && plain {
		return // printing wraps
	}
	last := from.cells[cols-1]
	if w.x < cols && plain && first.isWide() && last == styled(first.style()) {
		w.forward(cols - 1)
		return // a wide character does not fit
	}
	w.dropBackground()
	mend := w.x < cols
	if mend {
		w.forward(cols - 1)
		w.text(" ")
	}
	w.text(" ")
	w.down()
	if mend && w.s.rows > 1 {
		w.text("\x1b[A")
		w.end(from)
		w.text("\x1b[B")
	}
	w.text("\r")
	w.x, w.smudge = 0, 0
}

// down notes that the cursor is at the beginning of the next row.
func (w *drawing) down() {
	w.x = 0
	w.y = min(w.y+1, w.s.rows-1)
}

func (w *drawing) dropBackground() {
	st := w.pen
	st.bg &^= colorMask
	w.exactStyle(st)
}

// end draws the last cell of l again, on the row of the cursor.
func (w *drawing) end(l *line) {
	w.x = -1
	w.again(l, w.s.cols-1)
	w.dropBackground()
}

// forward moves the cursor to column x of its row.
func (w *drawing) forward(x int) {
	switch {
	case x == w.x:
		return
	case x > w.x && w.x >= 0:
		w.csi(x-w.x, 1, "C")
	default:
		w.csi(x+1, 1, "G")
	}
	w.x = x
}

// line draws l on the row of the cursor, which is at its beginning, or where
// printing wraps to it.
func (w *drawing) line(l *line) {
	cols := w.s.cols
	end := l.used(cols)
	for i := 0; i < max(end, w.smudge+1); {
		c := l.cells[i]
		run := 1
		for i+run < end && l.cells[i+run] == c {
			run++
		}
		switch {
		case c == 0 && i != w.smudge:
		case c.empty() && c.width() == 1 && w.s.erasable(c):
			w.smudge = -1
			w.blanks(l, i, run)
		case c.empty() && c.width() == 1:
			w.oddBlank(l, i)
			run = 1
		case c.isTail():
			w.tail(l, i)
			run = 1
		case c.isWide() && (i+1 >= cols || !l.cells[i+1].isTail()):
			run = 1 // a first half without a second one: no sequence leaves it
		case c.isWide():
			w.begin(c, i)
			w.put(l, i)
			run = 2
		case c.width() == 0:
			w.begin(c, i)
			w.text("\x1b\\") // so that it joins nothing
			w.put(l, i)
			run = 1
		case c.hasMarks():
			w.begin(c, i)
			w.put(l, i)
			run = 1
		default:
			w.begin(c, i)
			w.repeat(l, i, run)
		}
		i += run
	}
	w.smudge = -1
}

// begin puts the cursor at column x, unless printing wraps to it, and takes the
// style of c.
func (w *drawing) begin(c cell, x int) {
	if x > 0 || w.x < w.s.cols-1 {
		w.forward(x)
	}
	w.style(w.s.styles.all[c.style()])
}

// erasable reports whether c, which is empty, is what erasing leaves.
func (s *Screen) erasable(c cell) bool {
	st := s.styles.all[c.style()]
	return st == style{bg: st.bg & colorMask}
}

// again draws the cell at column x, or the wide character that ends there.
func (w *drawing) again(l *line, x int) {
	if l.cells[x].isTail() && x > 0 {
		x--
	}
	switch c := l.cells[x]; {
	case !c.empty():
		w.forward(x)
		if c.width() == 0 {
			w.text("\x1b\\") // a mark alone joins nothing
		}
		w.style(w.s.styles.all[c.style()])
		w.put(l, x)
	case w.s.erasable(c):
		w.forward(x)
		w.style(w.s.styles.all[c.style()])
		w.text("\x1b[X")
	default:
		w.oddBlankLeft(l, x)
	}
}

// blanks erases n cells of l from column x on. Erasing to the end from column 0
// would end the line's being a continuation.
func (w *drawing) blanks(l *line, x, n int) {
	w.begin(l.cells[x], x)
	if x+n == w.s.cols && (x > 0 || !l.wrapped) {
		w.text("\x1b[K")
	} else {
		w.csi(n, 1, "X")
	}
}

// repeat prints the cell at column x, n times.
func (w *drawing) repeat(l *line, x, n int) {
	before := len(w.out)
	w.put(l, x)
	if size := len(w.out) - before; (n-1)*size > 5 {
		w.csi(n-1, 1, "b")
		w.x += n - 1
		return
	}
	for i := 1; i < n; i++ {
		w.put(l, x+i)
	}
}

// put prints the cell at column x and moves the cursor.
func (w *drawing) put(l *line, x int) {
	c := l.cells[x]
	width := max(1, c.width())
	if w.x+width > w.s.cols {
		w.down()
	}
	if c.hasMarks() {
		for _, r := range l.marksAt(x) {
			w.out = utf8.AppendRune(w.out, r)
		}
	} else {
		w.out = utf8.AppendRune(w.out, c.point())
	}
	w.x += width
}
