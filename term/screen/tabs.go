package screen

const tabWidth = 8

// tabStops is the set of columns with a tab stop, one bit each. Stops beyond the
// width stay: they count again when the screen becomes wider.
type tabStops struct{ bits []uint64 }

func (t *tabStops) has(col int) bool {
	return col >= 0 && col>>6 < len(t.bits) && t.bits[col>>6]&(1<<(col&63)) != 0
}

// set makes column col a stop. The cursor may stand beyond the last column.
func (t *tabStops) set(col int) {
	if col > 2*maxCols {
		return
	}
	for col>>6 >= len(t.bits) {
		t.bits = append(t.bits, 0)
	}
	t.bits[col>>6] |= 1 << (col & 63)
}

func (t *tabStops) unset(col int) {
	if t.has(col) {
		t.bits[col>>6] &^= 1 << (col & 63)
	}
}

func (t *tabStops) unsetAll() { clear(t.bits) }

// setUp makes every eighth column a stop and no other.
func (t *tabStops) setUp(cols int) {
	t.unsetAll()
	for i := 0; i < cols; i += tabWidth {
		t.set(i)
	}
}

// widen adds stops after a change of width, from the last stop on.
func (t *tabStops) widen(cols int) {
	i := cols
	if !t.has(i) {
		i = t.previous(i, cols)
	}
	for ; i < cols; i += tabWidth {
		t.set(i)
	}
}

// next returns the stop after x, or the last column.
func (t *tabStops) next(x, cols int) int {
	for x++; !t.has(x) && x < cols; x++ {
	}
	return min(x, cols-1)
}

// previous returns the stop before x, or the first column.
func (t *tabStops) previous(x, cols int) int {
	for x--; !t.has(x) && x > 0; x-- {
	}
	return max(0, min(x, cols-1))
}
