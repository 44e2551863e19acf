package screen

import (
	"bytes"
	"strconv"
)

// RGB is a colour, 0xRRGGBB.
type RGB uint32

// Colors are a terminal's colours for what no sequence has coloured.
type Colors struct {
	Foreground, Background, Cursor RGB

	// Set says that the fields above are meant; the zero value of Colors is white
	// on black with a white cursor.
	Set bool
}

// Places of the palette beyond the 256 indexed colours.
const (
	colorForeground = 256 + iota
	colorBackground
	colorCursor
	paletteSize
)

// palette holds the colours that OSC 4, 10, 11 and 12 have changed.
type palette struct {
	now     [paletteSize]RGB
	initial [paletteSize]RGB
	touched bool // the program has set one
}

// firstColors are the 16 named colours of xterm.js's theme.
var firstColors = [16]RGB{
	0x2e3436, 0xcc0000, 0x4e9a06, 0xc4a000, 0x3465a4, 0x75507b, 0x06989a, 0xd3d7cf,
	0x555753, 0xef2929, 0x8ae234, 0xfce94f, 0x729fcf, 0xad7fa8, 0x34e2e2, 0xeeeeec,
}

func (p *palette) setDefaults(c Colors) {
	if !c.Set {
		c.Foreground, c.Background, c.Cursor = 0xffffff, 0, 0xffffff
	}
	copy(p.initial[:], firstColors[:])
	level := [6]RGB{0, 0x5f, 0x87, 0xaf, 0xd7, 0xff}
	for i := range 216 {
		p.initial[16+i] = level[i/36]<<16 | level[i/6%6]<<8 | level[i%6]
	}
	for i := range 24 {
		p.initial[232+i] = RGB(8+10*i) * 0x010101
	}
	p.initial[colorForeground] = c.Foreground
	p.initial[colorBackground] = c.Background
	p.initial[colorCursor] = c.Cursor
	p.now = p.initial
}

// indexedColors is OSC 4: pairs of an index and a colour, or ? to ask for it.
func (s *Screen) indexedColors(text []byte) {
	for {
		index, rest, ok := bytes.Cut(text, []byte{';'})
		if !ok {
			return
		}
		spec, more, again := bytes.Cut(rest, []byte{';'})
		if i, ok := colorIndex(index); ok {
			if string(spec) == "?" {
				s.replyColor("\x1b]4;", i, true)
			} else if c, ok := parseColor(spec); ok {
				s.colors.now[i] = c
				s.colors.touched = true
			}
		}
		if !again {
			return
		}
		text = more
	}
}

// specialColors is OSC 10, 11 and 12: each further colour is the next one's.
func (s *Screen) specialColors(text []byte, place int) {
	for ; place <= colorCursor; place++ {
		spec, rest, more := bytes.Cut(text, []byte{';'})
		if string(spec) == "?" {
			head := [...]string{"\x1b]10", "\x1b]11", "\x1b]12"}[place-colorForeground]
			s.replyColor(head, place, false)
		} else if c, ok := parseColor(spec); ok {
			s.colors.now[place] = c
			s.colors.touched = true
		}
		if !more {
			return
		}
		text = rest
	}
}

// resetIndexedColors is OSC 104: the colours named, or all.
func (s *Screen) resetIndexedColors(text []byte) {
	if len(text) == 0 {
		copy(s.colors.now[:256], s.colors.initial[:256])
		return
	}
	for more := true; more; {
		var index []byte
		index, text, more = bytes.Cut(text, []byte{';'})
		if i, ok := colorIndex(index); ok {
			s.colors.now[i] = s.colors.initial[i]
		}
	}
}

// colorIndex reads a number of 0 to 255.
func colorIndex(text []byte) (int, bool) {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int(c-'0'), 256)
	}
	return n, len(text) > 0 && n < 256
}

// replyColor answers a question for a colour: rgb: with 16 bits a channel.
func (s *Screen) replyColor(head string, place int, withIndex bool) {
	const hex = "0123456789abcdef"
	out := append(s.out[:0], head...)
	if withIndex {
		out = strconv.AppendInt(out, int64(place), 10)
	}
	out = append(out, ";rgb:"...)
	for shift := 16; shift >= 0; shift -= 8 {
		v := s.colors.now[place] >> shift & 255
		out = append(out, hex[v>>4], hex[v&15], hex[v>>4], hex[v&15])
		if shift > 0 {
			out = append(out, '/')
		}
	}
	s.out = append(out, "\x1b\\"...)
	s.send(s.out)
}

// parseColor reads rgb:R/G/B with 1 to 4 hexadecimal digits each, or # with 3, 6,
// 9 or 12 digits.
func parseColor(text []byte) (RGB, bool) {
	if len(text) >= 4 && bytes.EqualFold(text[:4], []byte("rgb:")) {
		return parseRGB(text[4:])
	}
	if len(text) < 4 || text[0] != '#' || (len(text)-1)%3 != 0 || len(text) > 13 {
		return 0, false
	}
	n := (len(text) - 1) / 3
	var color RGB
	for i := range 3 {
		v, ok := parseHex(text[1+i*n : 1+(i+1)*n])
		if !ok {
			return 0, false
		}
		switch n {
		case 1:
			v <<= 4
		case 3:
			v >>= 4
		case 4:
			v >>= 8
		}
		color = color<<8 | RGB(v)
	}
	return color, true
}

func parseRGB(text []byte) (RGB, bool) {
	var color RGB
	width := bytes.IndexByte(text, '/')
	if width < 1 || width > 4 || len(text) != 3*width+2 || text[2*width+1] != '/' {
		return 0, false
	}
	most := 1<<(4*width) - 1
	for i := range 3 {
		v, ok := parseHex(text[i*(width+1) : i*(width+1)+width])
		if !ok {
			return 0, false
		}
		color = color<<8 | RGB((v*255*2+most)/(2*most))
	}
	return color, true
}

func parseHex(text []byte) (int, bool) {
	v := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | int(c)
	}
	return v, true
}
