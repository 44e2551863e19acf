package screen

// A cell is one column of a line. The low half holds what is in it: the code
// point (21 bits), a flag that says that combining marks follow in the line's
// combined list, and the width. The high half is the index of its style. The
// zero cell is empty, one column wide, in the default style.
type cell uint64

const (
	cellPoint    cell = 1<<21 - 1 // code point
	cellCombined cell = 1 << 21   // the text is in line.combined
	cellContent  cell = 1<<22 - 1 // either of the two: not empty
	cellNarrow   cell = 0         // width 1
	cellWide     cell = 1 << 22   // width 2
	cellTail     cell = 2 << 22   // width 0: second half, or a lone mark
	cellWidth    cell = 3 << 22   // mask of the width
	cellStyle    cell = 0xffffffff << 32
)

// widthCell returns the bits of a cell for a width of 0, 1 or 2 columns.
func widthCell(width int) cell {
	switch width {
	case 0:
		return cellTail
	case 2:
		return cellWide
	}
	return cellNarrow
}

func (c cell) width() int {
	switch c & cellWidth {
	case cellNarrow:
		return 1
	case cellWide:
		return 2
	}
	return 0
}

func (c cell) point() rune    { return rune(c & cellPoint) }
func (c cell) empty() bool    { return c&cellContent == 0 }
func (c cell) style() styleID { return styleID(c >> 32) }
func styled(id styleID) cell  { return cell(id) << 32 }
func (c cell) isTail() bool   { return c&(cellWidth|cellContent) == cellTail }
func (c cell) isWide() bool   { return c&cellWidth == cellWide }
func (c cell) hasMarks() bool { return c&cellCombined != 0 }

// A line is one row. It may be longer than the screen is wide: the alternate
// screen does not cut its lines when the terminal becomes narrower.
type line struct {
	cells   []cell
	wrapped bool // continues the line before it
	marks   []marks
}

// widthAt returns the width of the cell at column i, 0 outside the line.
func (l *line) widthAt(i int) int {
	if uint(i) >= uint(len(l.cells)) {
		return 0
	}
	return l.cells[i].width()
}

// set stores c at column i; outside the line it does nothing.
func (l *line) set(i int, c cell) {
	if uint(i) < uint(len(l.cells)) {
		l.cells[i] = c
	}
}

// reset makes l an unwrapped line of n blank cells.
func (l *line) reset(n int, blank cell) {
	if cap(l.cells) < n {
		l.cells = make([]cell, n)
	}
	l.cells = l.cells[:n]
	fillCells(l.cells, blank)
	l.marks = l.marks[:0]
	l.wrapped = false
}

func fillCells(cells []cell, c cell) {
	if c == 0 {
		clear(cells)
		return
	}
	for i := range cells {
		cells[i] = c
	}
}

// resize cuts the line at n cells or fills it up to n with empty ones.
func (l *line) resize(n int) {
	old := len(l.cells)
	switch {
	case n > cap(l.cells):
		cells := make([]cell, n)
		copy(cells, l.cells)
		l.cells = cells
	case n > old:
		l.cells = l.cells[:n]
		clear(l.cells[old:])
	case n < old:
		l.cells = l.cells[:n]
		l.dropMarks(n)
	}
}

// trimmed returns the column after the last cell that holds something.
func (l *line) trimmed() int {
	for i := len(l.cells) - 1; i >= 0; i-- {
		if !l.cells[i].empty() {
			return i + l.cells[i].width()
		}
	}
	return 0
}

// put stores the cell c of line from, column col, at column i.
func (l *line) put(i int, c cell, from *line, col int) {
	if c.hasMarks() {
		l.setMarks(i, from.marksAt(col))
	}
	l.cells[i] = c
}

// insert moves the cells from column at on by n to the right and fills the gap.
// A wide character that is cut becomes blank.
func (l *line) insert(at, n int, blank cell) {
	size := len(l.cells)
	at %= size
	if at > 0 && l.cells[at-1].isWide() {
		l.cells[at-1] = blank
	}
	if n < size-at {
		if len(l.marks) == 0 {
			copy(l.cells[at+n:], l.cells[at:size-n])
		} else {
			for i := size - at - n - 1; i >= 0; i-- {
				l.put(at+n+i, l.cells[at+i], l, at+i)
			}
		}
		fillCells(l.cells[at:at+n], blank)
	} else {
		fillCells(l.cells[at:], blank)
	}
	if l.cells[size-1].isWide() {
		l.cells[size-1] = blank
	}
}

// remove moves the cells to the right of column at by n to the left, over it,
// and fills the end.
func (l *line) remove(at, n int, blank cell) {
	size := len(l.cells)
	at %= size
	if n < size-at {
		if len(l.marks) == 0 {
			copy(l.cells[at:], l.cells[at+n:])
		} else {
			for i := 0; i < size-at-n; i++ {
				l.put(at+i, l.cells[at+n+i], l, at+n+i)
			}
		}
		fillCells(l.cells[size-n:], blank)
	} else {
		fillCells(l.cells[at:], blank)
	}
	if at > 0 && l.cells[at-1].isWide() {
		l.cells[at-1] = blank
	}
	if l.cells[at].isTail() {
		l.cells[at] = blank
	}
}

// erase blanks the columns from start up to, not including, end.
func (l *line) erase(start, end int, blank cell) {
	size := len(l.cells)
	if start > 0 && l.widthAt(start-1) == 2 {
		l.cells[start-1] = blank
	}
	if end < size && l.widthAt(end-1) == 2 {
		l.cells[end] = blank
	}
	if start < min(end, size) {
		fillCells(l.cells[start:min(end, size)], blank)
	}
}

// copyCells copies n cells of from, starting at column src, to column dst. What
// is outside of from has no content and no width. All combining marks of from to
// the right of src come along, also those that belong to none of the n cells:
// xterm.js does that.
func (l *line) copyCells(from *line, src, dst, n int) {
	n = min(n, len(l.cells)-dst)
	if inside := max(0, min(n, len(from.cells)-src)); n > 0 {
		copy(l.cells[dst:dst+inside], from.cells[src:src+inside])
		fillCells(l.cells[dst+inside:dst+n], cellTail)
	}
	l.copyMarks(from, src, dst)
}
