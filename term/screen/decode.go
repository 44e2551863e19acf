package screen

import "unicode/utf8"

// Outcomes of decodeRune that are no code point.
const (
	runeInvalid rune = -1 // bytes to skip
	runePartial rune = -2 // p ends within a character
)

// byteOrderMark is dropped wherever it comes, as in xterm.js.
const byteOrderMark = 0xfeff

// decodeRune returns the first character of p, which begins with a byte of 0x80
// or above, and its length. Invalid bytes stand for nothing: xterm.js skips
// them, and goes on with the first byte that may begin a character.
func decodeRune(p []byte) (rune, int) {
	c := p[0]
	var need int
	switch {
	case c&0xe0 == 0xc0:
		need = 2
	case c&0xf0 == 0xe0:
		need = 3
	case c&0xf8 == 0xf0:
		need = 4
	default:
		return runeInvalid, 1
	}
	for i := 1; i < need; i++ {
		if i >= len(p) {
			return runePartial, i
		}
		if p[i]&0xc0 != 0x80 {
			return runeInvalid, i
		}
	}
	r, n := utf8.DecodeRune(p[:need])
	if n != need || r == byteOrderMark {
		return runeInvalid, need
	}
	return r, need
}

// completeRune joins p to the bytes of a character that the write before left,
// handles that character, and returns the rest of p.
func (s *Screen) completeRune(p []byte) []byte {
	for len(p) > 0 && s.partialLen > 0 {
		held := s.partialLen
		s.partial[held] = p[0]
		r, n := decodeRune(s.partial[:held+1])
		switch {
		case r == runePartial:
			s.partialLen++
			p = p[1:]
		case r == runeInvalid && n <= held:
			s.partialLen = 0 // p[0] begins something else
		default:
			s.partialLen = 0
			p = p[1:]
			if r >= 0 {
				s.rune(r)
			}
		}
	}
	return p
}

// hold keeps p, the beginning of a character, for the next write.
func (s *Screen) hold(p []byte) { s.partialLen = copy(s.partial[:], p) }
