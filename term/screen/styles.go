package screen

// Colours and flags of a style, as bits. A colour takes the low 26 bits of fg
// and bg: a mode and a palette index or 0xRRGGBB.
const (
	colorMask    = 0x3ffffff
	colorMode    = 3 << 24
	colorPalette = 1 << 24 // one of the first 16, set by SGR 30-37, 40-47, 90-97, 100-107
	colorIndexed = 2 << 24 // one of 256, set by SGR 38;5 or 48;5
	colorRGB     = 3 << 24

	fgInverse   = 1 << 26
	fgBold      = 1 << 27
	fgUnderline = 1 << 28
	fgBlink     = 1 << 29
	fgHidden    = 1 << 30
	fgStrike    = 1 << 31

	bgItalic    = 1 << 26
	bgDim       = 1 << 27
	bgExtended  = 1 << 28 // ext or link say something
	bgProtected = 1 << 29
	bgOverline  = 1 << 30

	extUnderline      = 7 << 26 // underline style, 0 to 5; the low bits are its colour
	extUnderlineShift = 26
)

// style is how a cell looks, and its link.
type style struct {
	fg, bg uint32
	ext    uint32
	link   linkID
}

// underlined reports whether the cell is shown with any underline; a link is.
func (st *style) underlined() bool {
	return st.fg&fgUnderline != 0 || st.bg&bgExtended != 0 && (st.link != 0 || st.ext&extUnderline != 0)
}

// styleID is an index into styles; 0 is the default style.
type styleID uint32

// styles holds every style that a cell has, once. Those that no cell has any
// more are collected when room is needed.
type styles struct {
	all   []style
	table []styleID // open addressing by hash; 0 is a free place
	free  []styleID
	live  []bool // scratch for collect
	limit int    // collect before more than this many are in use
}

const firstStyleLimit = 1024

func newStyles() styles {
	return styles{all: make([]style, 1, 64), table: make([]styleID, 256), limit: firstStyleLimit}
}

func (st *style) hash() uint32 {
	h := uint64(st.fg)<<32 | uint64(st.bg)
	h = (h ^ h>>29) * 0x9e3779b97f4a7c15
	h ^= uint64(st.ext)<<16 ^ uint64(st.link)
	h = (h ^ h>>32) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// find returns the id of st, or the place in the table where it belongs.
func (t *styles) find(st style) (styleID, uint32) {
	mask := uint32(len(t.table) - 1)
	for i := st.hash() & mask; ; i = (i + 1) & mask {
		id := t.table[i]
		if id == 0 || t.all[id] == st {
			return id, i
		}
	}
}

// full reports whether a new style has to wait for a collection.
func (t *styles) full() bool { return len(t.free) == 0 && len(t.all) >= t.limit }

// add stores st, which is not there yet, and returns its id.
func (t *styles) add(st style) styleID {
	if 2*(len(t.all)+1) > len(t.table) {
		t.table = make([]styleID, 2*len(t.table))
		t.rehash()
	}
	_, place := t.find(st)
	var id styleID
	if n := len(t.free); n > 0 {
		id = t.free[n-1]
		t.free = t.free[:n-1]
		t.all[id] = st
	} else {
		id = styleID(len(t.all))
		t.all = append(t.all, st)
	}
	t.table[place] = id
	return id
}

func (t *styles) rehash() {
	clear(t.table)
	freed := make(map[styleID]struct{}, len(t.free))
	for _, id := range t.free {
		freed[id] = struct{}{}
	}
	for i := 1; i < len(t.all); i++ {
		if _, ok := freed[styleID(i)]; !ok {
			_, place := t.find(t.all[i])
			t.table[place] = styleID(i)
		}
	}
}

// collect frees the styles that mark does not name. mark is given a list to
// set true at every id in use.
func (t *styles) collect(mark func(live []bool)) {
	if cap(t.live) < len(t.all) {
		t.live = make([]bool, 2*len(t.all))
	}
	live := t.live[:len(t.all)]
	clear(live)
	live[0] = true
	mark(live)
	t.free = t.free[:0]
	clear(t.table)
	for i := len(t.all) - 1; i > 0; i-- {
		if !live[i] {
			t.free = append(t.free, styleID(i))
			continue
		}
		_, place := t.find(t.all[i])
		t.table[place] = styleID(i)
	}
	if used := len(t.all) - len(t.free); 2*used > t.limit {
		t.limit *= 2
	}
}

// intern returns the id of st.
func (s *Screen) intern(st style) styleID {
	if st.bg&bgExtended == 0 {
		st.ext, st.link = 0, 0
	}
	if st == (style{}) {
		return 0
	}
	if id, _ := s.styles.find(st); id != 0 {
		return id
	}
	if s.styles.full() {
		s.collectStyles()
	}
	return s.styles.add(st)
}

// collectStyles frees what no cell uses, and with it links.
func (s *Screen) collectStyles() {
	s.styles.collect(func(live []bool) {
		for _, b := range []*buffer{&s.normal, &s.alt} {
			for i := range b.n {
				for _, c := range b.at(i).cells {
					live[c.style()] = true
				}
			}
		}
		if s.penValid {
			live[s.penID] = true
		}
		live[s.eraseID] = true
	})
	s.collectLinks()
}

// penStyle returns the id of the style that printed cells get.
func (s *Screen) penStyle() styleID {
	if !s.penValid {
		s.penID = s.intern(s.pen)
		s.penValid = true
	}
	return s.penID
}

// penBlank returns an empty cell in the style of the pen.
func (s *Screen) penBlank() cell { return styled(s.penStyle()) }

// eraseBlank returns the cell that erasing leaves: empty, with the background
// colour of the pen and nothing else of it.
func (s *Screen) eraseBlank() cell {
	bg := s.pen.bg & colorMask
	if bg != s.eraseBG {
		s.eraseID = s.intern(style{bg: bg})
		s.eraseBG = bg
	}
	return styled(s.eraseID)
}
