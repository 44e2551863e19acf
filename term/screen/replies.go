package screen

import "strconv"

// replyNumbers sends head, a, ";", b and tail.
func (s *Screen) replyNumbers(head string, a, b int, tail string) {
	out := append(s.out[:0], head...)
	out = strconv.AppendInt(out, int64(a), 10)
	out = append(out, ';')
	out = strconv.AppendInt(out, int64(b), 10)
	out = append(out, tail...)
	s.out = out
	s.send(out)
}

// replyString sends text.
func (s *Screen) replyString(text string) {
	s.out = append(s.out[:0], text...)
	s.send(s.out)
}

// query answers the control sequences that ask for something.
func (s *Screen) query(id uint32) {
	p := &s.params
	first := p.value[0]
	switch id {
	case 'c':
		if first == 0 {
			s.replyString("\x1b[?1;2c")
		}
	case preGreater | 'c':
		if first == 0 {
			s.replyString("\x1b[>0;276;0c")
		}
	case preEqual | 'c':
		if first == 0 {
			s.replyString("\x1bP!|00000000\x1b\\")
		}
	case preGreater | 'q':
		if first == 0 {
			s.replyString("\x1bP>|xterm.js(6.0.0)\x1b\\")
		}
	case 'n':
		switch first {
		case 5:
			s.replyString("\x1b[0n")
		case 6:
			s.replyNumbers("\x1b[", s.buf.y+1, s.buf.x+1, "R")
		}
	case preQuestion | 'n':
		if first == 6 {
			s.replyNumbers("\x1b[?", s.buf.y+1, s.buf.x+1, "R")
		}
	case midDollar | 'p':
		s.replyNumbers("\x1b[", first, s.ansiModeState(first), "$y")
	case '?'<<16 | midDollar | 'p':
		s.replyNumbers("\x1b[?", first, s.privateModeState(first), "$y")
	case preQuestion | 'u':
		out := append(s.out[:0], "\x1b[?"...)
		out = strconv.AppendInt(out, int64(s.buf.keyboard.current()), 10)
		s.out = append(out, 'u')
		s.send(s.out)
	}
}

// States of a mode in the answer to DECRQM.
const (
	modeUnknown = 0
	modeSet     = 1
	modeReset   = 2
	modeAlways  = 3
	modeNever   = 4
)

func modeState(on bool) int {
	if on {
		return modeSet
	}
	return modeReset
}

func (s *Screen) ansiModeState(mode int) int {
	switch mode {
	case 2:
		return modeNever
	case 4:
		return modeState(s.modes.insert)
	case 12:
		return modeAlways
	case 20:
		return modeState(s.modes.newline)
	}
	return modeUnknown
}

func (s *Screen) privateModeState(mode int) int {
	if flag := s.modes.flag(mode); flag != nil {
		return modeState(*flag)
	}
	switch mode {
	case 8:
		return modeAlways
	case 9, 1000, 1002, 1003:
		return modeState(s.modes.mouse == mouseModes(mode))
	case 25:
		return modeState(!s.modes.hidden)
	case 67, 1005, 1015:
		return modeNever
	case 1006, 1016:
		return modeState(s.modes.encoding == encodingModes(mode))
	case 1048:
		return modeSet
	case 47, 1047, 1049:
		return modeState(s.buf == &s.alt)
	}
	return modeUnknown
}
