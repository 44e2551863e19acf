package screen

// maxDCS is how much of a DCS string is kept; the only one that is answered,
// DECRQSS, is shorter.
const maxDCS = 16

// endDCS ends a DCS string. ok is false when it was cancelled.
func (s *Screen) endDCS(ok bool) {
	if ok && s.dcs == midDollar|'q' {
		s.replyStatus()
	}
}

// replyStatus answers DECRQSS, with what xterm.js says.
func (s *Screen) replyStatus() {
	switch {
	case s.strOver:
		s.replyString("\x1bP0$r\x1b\\")
		return
	case string(s.str) == `"q`:
		if s.pen.bg&bgProtected != 0 {
			s.replyString("\x1bP1$r1\"q\x1b\\")
		} else {
			s.replyString("\x1bP1$r0\"q\x1b\\")
		}
	case string(s.str) == `"p`:
		s.replyString("\x1bP1$r61;1\"p\x1b\\")
	case string(s.str) == "r":
		s.replyNumbers("\x1bP1$r", s.buf.top+1, s.buf.bottom+1, "r\x1b\\")
	case string(s.str) == "m":
		s.replyString("\x1bP1$r0m\x1b\\")
	case string(s.str) == " q":
		if s.modes.cursorBlink {
			s.replyString("\x1bP1$r1 q\x1b\\")
		} else {
			s.replyString("\x1bP1$r2 q\x1b\\")
		}
	default:
		s.replyString("\x1bP0$r\x1b\\")
	}
}
