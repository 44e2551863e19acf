package screen

// oddBlank makes the cell at column x empty with more than a background colour:
// as the rest of a wide character of which the second half is replaced. That
// leaves something in the next column.
func (w *drawing) oddBlank(l *line, x int) {
	if x == w.s.cols-1 {
		w.oddBlankLeft(l, x)
		return
	}
	w.forward(x)
	w.text("漢")
	w.csi(x+2, 1, "G")
	w.style(w.s.styles.all[l.cells[x].style()])
	w.text(" ")
	w.x = x + 2
	w.smudge = x + 1
}

// oddBlankLeft does the same by replacing the first half, and draws the column
// before, x-1, again.
func (w *drawing) oddBlankLeft(l *line, x int) {
	if x == 0 {
		return
	}
	w.csi(x, 1, "G")
	w.text("漢")
	w.csi(x, 1, "G")
	w.style(w.s.styles.all[l.cells[x].style()])
	w.text("x")
	w.x = x
	w.again(l, x-1)
}

// tail makes the cell at column x the second half of a wide character that has no
// first one: it moves there when columns are inserted within the character. What
// is to the right of it is still blank. The cells to the left of it are drawn
// again.
func (w *drawing) tail(l *line, x int) {
	if !w.s.tailable(l, x) {
		return
	}
	from := max(0, x-2)
	w.forward(from)
	w.style(w.s.styles.all[l.cells[x].style()])
	w.text("漢")
	w.csi(from+2, 1, "G")
	w.text("\x1b[@")
	w.x = from + 1
	if x == 1 {
		w.dropBackground() // which the last column would get
		w.text("\x1b[D\x1b[P")
		w.x = 0
	} else {
		w.again(l, x-2)
	}
	w.again(l, x-1)
}

// tailable reports whether tail can do its work at column x: the cell before it
// has to be blank, or printing it would end the tail, and the one before that
// must not be of the same kind.
func (s *Screen) tailable(l *line, x int) bool {
	if x == 0 {
		return false
	}
	before := l.cells[x-1]
	return before.empty() && before.width() == 1 && s.erasable(before) &&
		(x == 1 || !l.cells[x-2].isTail() || x > 2 && l.cells[x-3].isWide())
}
