package screen

// escape carries out an escape sequence: intermediates and final byte, 8 bits
// each.
func (s *Screen) escape(id uint32) {
	switch id {
	case '7':
		s.saveCursor()
	case '8':
		s.restoreCursor()
	case 'D':
		s.index()
	case 'E':
		s.buf.x = 0
		s.index()
	case 'H':
		s.buf.tabs.set(s.buf.x)
	case 'M':
		s.reverseIndex()
	case '=':
		s.modes.appKeypad = true
	case '>':
		s.modes.appKeypad = false
	case 'c':
		s.fullReset()
	case 'n', '}':
		s.charsets.shift(2)
	case 'o', '|':
		s.charsets.shift(3)
	case '~':
		s.charsets.shift(1)
	case '#'<<8 | '8':
		s.alignment()
	default:
		if id>>8 != 0 && id>>16 == 0 {
			s.designateBy(byte(id>>8), byte(id))
		}
	}
}
