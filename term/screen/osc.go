package screen

import (
	"bytes"
	"unicode/utf8"
)

// Limits of OSC strings, in bytes. A longer string is dropped whole.
const (
	maxOSC       = 1 << 20 // a clipboard
	maxOSCText   = 1 << 16 // all else
	keepOSCSpace = 1 << 16 // a larger buffer is not kept
)

// oscBytes takes the payload that p begins with, at least one byte of p.
func (s *Screen) oscBytes(p []byte) int {
	n := 0
	for n < len(p) && p[n] >= 0x20 && p[n] < 0x80 {
		n++
	}
	if n == 0 {
		return s.code(p)
	}
	s.putBytes(p[:n], maxOSC)
	return n
}

func (s *Screen) putBytes(p []byte, most int) {
	if s.strOver || len(s.str)+len(p) > most {
		s.overflow()
		return
	}
	s.str = append(s.str, p...)
}

func (s *Screen) putRune(r rune, most int) {
	if s.strOver || len(s.str)+utf8.UTFMax > most {
		s.overflow()
		return
	}
	s.str = utf8.AppendRune(s.str, r)
}

// overflow marks the string as too long; of its beginning only what names it
// stays.
func (s *Screen) overflow() {
	s.strOver = true
	if cap(s.str) > keepOSCSpace {
		s.str = nil
	}
}

// endOSC carries out the OSC string, unless it was cancelled.
func (s *Screen) endOSC(ok bool) {
	if ok && !s.strOver {
		number, text, _ := bytes.Cut(s.str, []byte{';'})
		if id, ok := oscNumber(number); ok && (len(text) <= maxOSCText || id == 52) {
			s.osc(id, text)
		}
	}
	s.str = s.str[:0]
	if cap(s.str) > keepOSCSpace {
		s.str = nil
	}
}

// oscNumber reads the number that an OSC string begins with.
func oscNumber(text []byte) (int, bool) {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+int(c-'0'), 1<<20)
	}
	return n, len(text) > 0
}

func (s *Screen) osc(id int, text []byte) {
	switch id {
	case 0:
		s.setTitle(text)
		s.setIconName(text)
	case 1:
		s.setIconName(text)
	case 2:
		s.setTitle(text)
	case 4:
		s.indexedColors(text)
	case 8:
		s.hyperlink(text)
	case 10, 11, 12:
		s.specialColors(text, colorForeground+id-10)
	case 104:
		s.resetIndexedColors(text)
	case 110, 111, 112:
		place := colorForeground + id - 110
		s.colors.now[place] = s.colors.initial[place]
	case 7, 9, 52, 133, 777, 7501:
		if s.event != nil {
			s.tell(id, text)
		}
	}
}

// hyperlink is OSC 8: parameters, ';', address. An empty address ends the link.
func (s *Screen) hyperlink(text []byte) {
	parameters, address, ok := bytes.Cut(text, []byte{';'})
	if !ok {
		return
	}
	if len(address) > 0 {
		s.pen.link = s.openLink(text)
	} else if len(bytes.TrimSpace(parameters)) > 0 {
		return
	} else {
		s.pen.link = 0
	}
	s.pen.markExtended()
	s.penValid = false
}
