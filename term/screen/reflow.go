package screen

// flowLength returns how many columns of line i of a wrapped group, cols wide,
// belong to the text: all of them, but for the last line, and but for an empty
// last column that a wide character on the next line did not fit into.
func flowLength(group []*line, i, cols int) int {
	l := group[i]
	if i == len(group)-1 {
		return l.trimmed()
	}
	last := l.cells[cols-1]
	if last.empty() && last.width() == 1 && group[i+1].cells[0].isWide() {
		return cols - 1
	}
	return cols
}

// reflowWider joins what is wrapped at fewer columns than there are now. The
// lines are as long as the screen is wide already.
func (s *Screen) reflowWider(b *buffer) {
	var group []*line
	cursor := b.base + b.y
	kept, removed := 0, 0
	keep := func(l *line) {
		b.set(kept, l)
		kept++
	}
	for y := 0; y < b.n; {
		group = append(group[:0], b.at(y))
		for y+len(group) < b.n && b.at(y+len(group)).wrapped {
			group = append(group, b.at(y+len(group)))
		}
		empty := 0
		if len(group) > 1 && (cursor < y || cursor >= y+len(group)) {
			empty = joinLines(group, b.cols, s.cols)
		}
		y += len(group)
		for i, l := range group {
			if i < len(group)-empty {
				keep(l)
			} else {
				s.recycle(l)
			}
		}
		removed += empty
	}
	for b.n > kept {
		b.pop()
	}
	s.adjustWider(b, removed)
}

// adjustWider moves the screen after removed lines were taken out.
func (s *Screen) adjustWider(b *buffer, removed int) {
	if removed == 0 {
		return
	}
	for range removed {
		if b.base > 0 {
			b.base--
			continue
		}
		b.y = max(0, b.y-1)
		if b.n < s.rows {
			b.push(s.newLine(0))
		}
	}
	b.saved.y = max(b.saved.y-removed, 0)
}

// joinLines moves the cells of a wrapped group from a width of old columns to
// one of cols, and returns how many lines at its end are empty then.
func joinLines(group []*line, old, cols int) int {
	to, toCol := 0, flowLength(group, 0, old)
	from, fromCol := 1, 0
	for from < len(group) {
		length := flowLength(group, from, old)
		n := min(length-fromCol, cols-toCol)
		group[to].copyCells(group[from], fromCol, toCol, n)
		toCol += n
		if toCol == cols {
			to++
			toCol = 0
		}
		fromCol += n
		if fromCol == length {
			from++
			fromCol = 0
		}
		// A wide character in the last column goes to the next line.
		if toCol == 0 && to > 0 && group[to-1].cells[cols-1].isWide() {
			group[to].copyCells(group[to-1], cols-1, toCol, 1)
			toCol++
			group[to-1].cells[cols-1] = 0
		}
	}
	if to < len(group) {
		group[to].erase(toCol, cols, 0)
	}
	empty := 0
	for i := len(group) - 1; i > 0; i-- {
		if i <= to && group[i].trimmed() > 0 {
			break
		}
		empty++
	}
	return empty
}

// splitLengths returns the lengths that the lines of a wrapped group have at a
// width of cols: cols, or one less where a wide character does not fit.
func splitLengths(group []*line, old, cols int) []int {
	need := 0
	for i := range group {
		need += flowLength(group, i, old)
	}
	var lengths []int
	col, from := 0, 0
	for have := 0; have < need; {
		if need-have < cols {
			return append(lengths, need-have)
		}
		col += cols
		if length := flowLength(group, from, old); col > length {
			col -= length
			from++
		}
		length := cols
		if from < len(group) && group[from].widthAt(col-1) == 2 {
			col--
			length--
		}
		lengths = append(lengths, length)
		have += length
	}
	return lengths
}
