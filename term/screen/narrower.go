package screen

// An insertion is lines that a reflow adds before line at, counted with the
// insertions above it.
type insertion struct {
	at    int
	lines []*line
}

// reflowNarrower wraps what is too long for the new width. Lines are still as
// long as before; the caller cuts them. It goes from the last line to the first,
// moves the screen as it goes, and puts all new lines in at the end.
func (s *Screen) reflowNarrower(b *buffer) {
	var insertions []insertion
	added := 0
	for y := b.n - 1; y >= 0; y-- {
		l := b.at(y)
		if !l.wrapped && l.trimmed() <= s.cols {
			continue
		}
		last := y
		for b.at(y).wrapped && y > 0 {
			y--
		}
		if cursor := b.base + b.y; cursor >= y && cursor <= last {
			continue
		}
		group := make([]*line, 0, 2*(last-y+1))
		for i := y; i <= last; i++ {
			group = append(group, b.at(i))
		}
		lengths := splitLengths(group, b.cols, s.cols)
		more := len(lengths) - len(group)
		var trimmed int
		if b.base == 0 && b.y != b.n-1 {
			trimmed = max(0, b.y-b.max+more)
		} else {
			trimmed = max(0, b.n-b.max+more)
		}
		lastLength := group[len(group)-1].trimmed()
		if more > 0 {
			lines := make([]*line, more)
			for i := range lines {
				lines[i] = s.newLine(0)
				lines[i].wrapped = true
			}
			insertions = append(insertions, insertion{at: y + len(group) + added, lines: lines})
			added += more
			group = append(group, lines...)
		}
		spreadLines(group, lengths, len(group)-max(0, more), lastLength, b.cols, s.cols)
		s.adjustNarrower(b, more-trimmed, added)
		b.saved.y = min(b.saved.y+more, b.base+s.rows-1)
	}
	insertLines(b, insertions, added)
}

// spreadLines moves the cells of a wrapped group, of which the first filled
// lines hold text at a width of old columns, to lines of the given lengths. It
// begins at the end: the text only moves down and to the right.
func spreadLines(group []*line, lengths []int, filled, lastLength, old, cols int) {
	to := len(lengths) - 1
	toCol := 0
	lengthOf := func(i int) int {
		if i < 0 || i >= len(lengths) {
			return 0
		}
		return lengths[i]
	}
	toCol = lengthOf(to)
	from, fromCol := filled-1, lastLength
	for from >= 0 && to >= 0 && to < len(group) {
		n := min(fromCol, toCol)
		group[to].copyCells(group[from], fromCol-n, toCol-n, n)
		toCol -= n
		if toCol == 0 {
			to--
			toCol = lengthOf(to)
		}
		fromCol -= n
		if fromCol == 0 {
			from--
			fromCol = flowLength(group, max(from, 0), old)
		}
	}
	for i, l := range group {
		if i < len(lengths) && lengths[i] < cols {
			l.cells[lengths[i]] = 0
		}
	}
}

// adjustNarrower moves the screen after n lines were added to a group.
func (s *Screen) adjustNarrower(b *buffer, n, added int) {
	for ; n > 0; n-- {
		switch {
		case b.base > 0:
			if b.base < min(b.max, b.n+added)-s.rows {
				b.base++
			}
		case b.y < s.rows-1:
			b.y++
			b.n-- // the slot keeps its line: the caller may still come to it
		default:
			b.base++
		}
	}
}

// insertLines puts the insertions, the last one first, into b. What does not fit
// leaves at the top.
func insertLines(b *buffer, insertions []insertion, added int) {
	if len(insertions) == 0 {
		return
	}
	old := make([]*line, b.n)
	for i := range old {
		old[i] = b.at(i)
	}
	size := min(b.max, len(old)+added)
	b.grow(size)
	b.n = size
	done, from := 0, len(old)-1
	for i := size - 1; i >= 0; i-- {
		if len(insertions) > 0 && insertions[0].at > from+done {
			lines := insertions[0].lines
			for j := len(lines) - 1; j >= 0; j-- {
				setTurned(b, i, lines[j])
				i--
			}
			i++
			done += len(lines)
			insertions = insertions[1:]
		} else if from >= 0 {
			b.set(i, old[from])
			from--
		}
	}
}

// setTurned stores l as line i. When an insertion is cut by the top of a full
// list, i is below 0, and xterm.js, whose array is a ring, writes over the last
// lines, as far as its index of the first line lets it.
func setTurned(b *buffer, i int, l *line) {
	if i < 0 {
		if place := b.turned + i; place < 0 && place%b.max != 0 {
			return
		}
		i = (i%b.max + b.max) % b.max
	}
	b.set(i, l)
}
