package predict

import "slices"

// line is the row that somebody edits, as far as it can be known: floor is the
// column where what they typed begins, end that after what is known of it.
type line struct {
	row           []Cell
	x, floor, end int
}

// press plays a key, or reports that no guess can be made of it.
func (l *line) press(k key) bool {
	switch k.kind {
	case insert:
		return l.insert(k.char)
	case erase:
		return l.erase()
	case left:
		if l.x <= l.floor || l.row[l.x-1].Width != 1 {
			return false
		}
		l.x--
		return true
	case right:
		if l.x >= l.end || l.x+1 >= len(l.row) || l.row[l.x].Width != 1 {
			return false
		}
		l.x++
		return true
	}
	return false
}

// run is where the text at column x ends, before two blanks. Text that looks
// otherwise than what is before the cursor is no text but a suggestion, and has
// no run.
func (l *line) run(x int) int {
	if x > 0 && x < len(l.row) && !l.row[x].blank() && !alike(l.row[x], l.row[x-1]) {
		return x
	}
	for x < len(l.row) && (!l.row[x].blank() || x+1 < len(l.row) && !l.row[x+1].blank()) {
		x++
	}
	return x
}

// alike reports whether two cells look alike; what we guessed looks like all.
func alike(a, b Cell) bool {
	return a.Attributes == guessed || b.Attributes == guessed || a.FG == b.FG && a.BG == b.BG && a.Attributes == b.Attributes
}

// guessed is how a guess looks: underlined.
const guessed = "U"

func (l *line) insert(r rune) bool {
	if l.x+1 >= len(l.row) || l.row[l.x].Width != 1 {
		return false
	}
	if end := l.run(l.x); end > l.x {
		if end+1 >= len(l.row) || wide(l.row[l.x:end]) {
			return false
		}
		copy(l.row[l.x+1:end+1], l.row[l.x:end])
	}
	l.row[l.x] = Cell{Text: string(r), Width: 1, FG: "d", BG: "d", Attributes: guessed, proof: proves(r)}
	l.x++
	l.end = max(l.end+1, l.x)
	return true
}

func (l *line) erase() bool {
	if l.x <= l.floor || l.row[l.x-1].Width != 1 {
		return false
	}
	end := l.run(l.x)
	if wide(l.row[l.x:end]) {
		return false
	}
	copy(l.row[l.x-1:end-1], l.row[l.x:end])
	l.row[end-1] = Cell{Text: " ", Width: 1, FG: "d", BG: "d"}
	l.x--
	l.end = max(l.end-1, l.x)
	return true
}

func wide(cells []Cell) bool {
	return slices.ContainsFunc(cells, func(c Cell) bool { return c.Width != 1 })
}

// shows reports whether the true screen is in this state, as far as it matters:
// the cursor, and all that is left of it.
func (l *line) shows(v sight) bool { return l.x == v.x && sameText(l.row[:l.x], v.row[:v.x]) }

// proven reports whether something typed stands there whose echo is a proof.
func (l *line) proven() bool {
	return slices.ContainsFunc(l.row[:l.x], func(c Cell) bool { return c.proof })
}
