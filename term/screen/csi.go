package screen

// id packs the prefix or intermediate and the final byte of a sequence.
const (
	preQuestion = '?' << 8
	preGreater  = '>' << 8
	preLess     = '<' << 8
	preEqual    = '=' << 8
	midSpace    = ' ' << 8
	midQuote    = '\'' << 8
	midDouble   = '"' << 8
	midBang     = '!' << 8
	midDollar   = '$' << 8
)

// csi carries out a control sequence: prefix, intermediates and final byte, 8
// bits each. The frequent ones, which have the final byte only, come first.
func (s *Screen) csi(id uint32) {
	if id < 0x80 {
		s.plainCSI(byte(id))
		return
	}
	p := &s.params
	switch id {
	case preQuestion | 'h':
		s.setPrivate(true)
	case preQuestion | 'l':
		s.setPrivate(false)
	case preQuestion | 'J':
		s.eraseDisplay(p.value[0], true)
	case preQuestion | 'K':
		s.eraseLine(p.value[0], true)
	case midSpace | '@':
		s.shiftColumns(0, p.or(0, 1), false)
	case midSpace | 'A':
		s.shiftColumns(0, p.or(0, 1), true)
	case midQuote | '}':
		s.shiftColumns(s.buf.x, p.or(0, 1), true)
	case midQuote | '~':
		s.shiftColumns(s.buf.x, p.or(0, 1), false)
	case midSpace | 'q':
		s.setCursorShape(p.value[0])
	case midDouble | 'q':
		s.setProtected(p.value[0])
	case midBang | 'p':
		s.softReset()
	case preGreater | 'u':
		s.buf.keyboard.push(p.value[0])
	case preLess | 'u':
		s.buf.keyboard.pop(p.or(0, 1))
	case preEqual | 'u':
		s.buf.keyboard.set(p.value[0], p.or(1, 1))
	default:
		s.query(id)
	}
}

// plainCSI carries out a control sequence with no prefix and no intermediates.
func (s *Screen) plainCSI(final byte) {
	p := &s.params
	n := p.or(0, 1)
	switch final {
	case 'm':
		s.sgr()
	case 'H', 'f':
		s.moveTo(p.or(1, 1)-1, n-1)
	case 'A':
		s.up(n)
	case 'B':
		s.down(n)
	case 'C', 'a':
		s.moveBy(n, 0)
	case 'D':
		s.moveBy(-n, 0)
	case 'E':
		s.down(n)
		s.buf.x = 0
	case 'F':
		s.up(n)
		s.buf.x = 0
	case 'G', '`':
		s.moveTo(n-1, s.buf.y)
	case 'd':
		s.moveTo(s.buf.x, n-1)
	case 'e':
		s.moveBy(0, n)
	case 'I':
		s.tabBy(n, true)
	case 'Z':
		s.tabBy(n, false)
	case 's':
		s.saveCursor()
	case 'u':
		s.restoreCursor()
	case 'h':
		s.setAnsi(true)
	case 'l':
		s.setAnsi(false)
	case 'r':
		bottom := 0
		if p.n > 1 {
			bottom = p.value[1]
		}
		s.setMargins(n, bottom)
	case 'c', 'n':
		s.query(uint32(final))
	case 't':
		s.window()
	default:
		s.editCSI(final, n)
	}
}

// editCSI carries out the plain control sequences that change cells.
func (s *Screen) editCSI(final byte, n int) {
	p := &s.params
	switch final {
	case 'K':
		s.eraseLine(p.value[0], false)
	case 'J':
		s.eraseDisplay(p.value[0], false)
	case 'X':
		s.eraseChars(n)
	case '@':
		s.insertChars(n)
	case 'P':
		s.deleteChars(n)
	case 'L':
		s.insertLines(n)
	case 'M':
		s.deleteLines(n)
	case 'S':
		s.shiftUp(s.buf.top, n)
	case 'T':
		s.shiftDown(s.buf.top, n, 0)
	case 'b':
		s.repeat(n)
	case 'g':
		s.clearTabs(p.value[0])
	}
}

// clearTabs is TBC.
func (s *Screen) clearTabs(what int) {
	switch what {
	case 0:
		s.buf.tabs.unset(s.buf.x)
	case 3:
		s.buf.tabs.unsetAll()
	}
}
