package screen

// Limits of one control sequence. What is beyond is ignored, as in xterm.js.
const (
	maxParams    = 32
	maxSubParams = 32
	maxParam     = 1<<31 - 1
)

// params holds the numbers of a control sequence. An empty parameter is 0, an
// empty sub-parameter, after a colon, is -1.
type params struct {
	n     int // at least 1 once the sequence has begun
	subs  int
	value [maxParams]int
	// sub-parameters of parameter i are sub[from[i]:to[i]]
	sub      [maxSubParams]int
	from, to [maxParams]uint8

	inSub      bool // digits belong to a sub-parameter
	dropDigits bool // too many parameters
	dropSub    bool // too many sub-parameters
}

// reset leaves one parameter, 0.
func (p *params) reset() {
	p.n, p.subs = 1, 0
	p.value[0], p.from[0], p.to[0] = 0, 0, 0
	p.inSub, p.dropDigits, p.dropSub = false, false, false
}

// next begins another parameter.
func (p *params) next() {
	p.inSub = false
	if p.n >= maxParams {
		p.dropDigits = true
		return
	}
	p.value[p.n] = 0
	p.from[p.n], p.to[p.n] = uint8(p.subs), uint8(p.subs)
	p.n++
}

// nextSub begins another sub-parameter.
func (p *params) nextSub() {
	p.inSub = true
	if p.dropDigits || p.subs >= maxSubParams {
		p.dropSub = true
		return
	}
	p.sub[p.subs] = -1
	p.subs++
	p.to[p.n-1]++
}

// digit adds a digit to the parameter or sub-parameter that was begun last.
func (p *params) digit(d int) {
	if p.dropDigits || p.inSub && p.dropSub {
		return
	}
	v := &p.value[p.n-1]
	if p.inSub {
		if p.subs == 0 {
			return
		}
		v = &p.sub[p.subs-1]
	}
	if *v < 0 {
		*v = d
		return
	}
	*v = min(*v*10+d, maxParam)
}

// add takes one byte of parameters: a digit, ';' or ':'.
func (p *params) add(c byte) {
	switch c {
	case ';':
		p.next()
	case ':':
		p.nextSub()
	default:
		p.digit(int(c - '0'))
	}
}

// or returns parameter i, or def where it is missing or 0.
func (p *params) or(i, def int) int {
	if i < p.n && p.value[i] != 0 {
		return p.value[i]
	}
	return def
}

// subsOf returns the sub-parameters of parameter i.
func (p *params) subsOf(i int) []int { return p.sub[p.from[i]:p.to[i]] }
