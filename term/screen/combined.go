package screen

import "sort"

// Limits of combining marks: what is beyond is dropped.
const (
	maxPoints     = 64 // code points in one cell
	maxLinePoints = 16 // code points in one line, for each column
)

// marks is the text of one cell with combining marks. Entries stay behind when
// their cell is overwritten, as in xterm.js, where a reflow can bring them back.
type marks struct {
	col    int
	points []rune
}

// findMarks returns where the entry of column col is or would be.
func (l *line) findMarks(col int) (int, bool) {
	n := len(l.marks)
	if n == 0 || l.marks[n-1].col < col {
		return n, false
	}
	i := sort.Search(n, func(i int) bool { return l.marks[i].col >= col })
	return i, i < n && l.marks[i].col == col
}

// marksAt returns the code points of the cell at column col, which has marks.
func (l *line) marksAt(col int) []rune {
	if i, ok := l.findMarks(col); ok {
		return l.marks[i].points
	}
	return nil
}

// entry returns the entry of column col, made empty.
func (l *line) entry(col int) *marks {
	i, ok := l.findMarks(col)
	if !ok {
		n := len(l.marks)
		if n < cap(l.marks) {
			l.marks = l.marks[:n+1] // keeps the storage of an entry used before
		} else {
			l.marks = append(l.marks, marks{})
		}
		last := l.marks[n]
		copy(l.marks[i+1:], l.marks[i:n])
		l.marks[i] = last
		l.marks[i].col = col
	}
	l.marks[i].points = l.marks[i].points[:0]
	return &l.marks[i]
}

// setMarks stores points, which may belong to another entry, for column col.
func (l *line) setMarks(col int, points []rune) {
	e := l.entry(col)
	e.points = append(e.points, points...)
}

// addMark appends cp to the text of the cell at column col. A width that is not
// 0 becomes the cell's.
func (l *line) addMark(col int, cp rune, width int) {
	if uint(col) >= uint(len(l.cells)) {
		return
	}
	c := l.cells[col]
	switch {
	case c.hasMarks():
		if i, ok := l.findMarks(col); ok && l.roomForMark(l.marks[i].points) {
			l.marks[i].points = append(l.marks[i].points, cp)
		}
	case c.point() != 0:
		if !l.roomForMark(nil) {
			return
		}
		e := l.entry(col)
		e.points = append(e.points, c.point(), cp)
		c = c&^cellPoint | cellCombined
	default:
		c = c&cellStyle | cell(cp)
	}
	if width > 0 {
		c = c&^cellWidth | widthCell(width)
	}
	l.cells[col] = c
}

// roomForMark reports whether one more mark may be stored with points.
func (l *line) roomForMark(points []rune) bool {
	if len(points) >= maxPoints {
		return false
	}
	total := 0
	for i := range l.marks {
		total += len(l.marks[i].points)
	}
	return total < maxLinePoints*len(l.cells)
}

// dropMarks forgets the entries from column n on.
func (l *line) dropMarks(n int) {
	i, _ := l.findMarks(n)
	l.marks = l.marks[:i]
}

// copyMarks copies the entries of from at and after column src so that src
// becomes dst.
func (l *line) copyMarks(from *line, src, dst int) {
	if len(from.marks) == 0 {
		return
	}
	// Copying within one line changes the list that is read. The columns are
	// those from before; their text is what stands there when its turn comes.
	var fixed [64]int
	cols := fixed[:0]
	for i := range from.marks {
		if from.marks[i].col >= src {
			cols = append(cols, from.marks[i].col)
		}
	}
	for _, col := range cols {
		l.setMarks(col-src+dst, from.marksAt(col))
	}
}
