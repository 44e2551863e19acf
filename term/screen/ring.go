package screen

// A ring is a list of lines with a greatest length, of which the first can be
// dropped cheaply. It grows as lines come.
type ring struct {
	slots []*line // a power of two
	start int
	n     int
	max   int

	turned int // xterm.js's index of the first line in its array; see setTurned
}

func (r *ring) at(i int) *line     { return r.slots[(r.start+i)&(len(r.slots)-1)] }
func (r *ring) set(i int, l *line) { r.slots[(r.start+i)&(len(r.slots)-1)] = l }
func (r *ring) full() bool         { return r.n == r.max }

// setMax changes the greatest length.
func (r *ring) setMax(n int) {
	if n != r.max {
		r.max, r.turned = n, 0
	}
}

// push appends l; the ring must not be full.
func (r *ring) push(l *line) {
	r.grow(r.n + 1)
	r.n++
	r.set(r.n-1, l)
}

// grow makes room for n lines.
func (r *ring) grow(n int) {
	if n <= len(r.slots) {
		return
	}
	size := max(32, len(r.slots))
	for size < n {
		size *= 2
	}
	slots := make([]*line, size)
	for i := range r.n {
		slots[i] = r.at(i)
	}
	r.slots, r.start = slots, 0
}

// pop removes and returns the last line.
func (r *ring) pop() *line {
	r.n--
	l := r.at(r.n)
	r.set(r.n, nil)
	return l
}

// shift removes and returns the first line.
func (r *ring) shift() *line {
	l := r.at(0)
	r.set(0, nil)
	r.start = (r.start + 1) & (len(r.slots) - 1)
	r.turned++
	r.n--
	return l
}

// insert puts l before line i; the ring must not be full.
func (r *ring) insert(i int, l *line) {
	r.push(l)
	for j := r.n - 1; j > i; j-- {
		r.set(j, r.at(j-1))
	}
	r.set(i, l)
}

// moveUp takes line top out and puts it below line bottom.
func (r *ring) moveUp(top, bottom int) *line {
	l := r.at(top)
	for i := top; i < bottom; i++ {
		r.set(i, r.at(i+1))
	}
	r.set(bottom, l)
	return l
}

// moveDown takes line bottom out and puts it above line top.
func (r *ring) moveDown(top, bottom int) *line {
	l := r.at(bottom)
	for i := bottom; i > top; i-- {
		r.set(i, r.at(i-1))
	}
	r.set(top, l)
	return l
}
