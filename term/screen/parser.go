package screen

const esc = 0x1b

// Write feeds the program's output to the screen. It may be cut anywhere, within
// a control sequence or a character too. It takes all of p and never fails.
func (s *Screen) Write(p []byte) (int, error) {
	n := len(p)
	if s.partialLen > 0 {
		p = s.completeRune(p)
	}
	for len(p) > 0 {
		switch {
		case s.state == stGround:
			p = p[s.ground(p):]
		case s.state == stOSC:
			p = p[s.oscBytes(p):]
		default:
			p = p[s.code(p):]
		}
	}
	return n, nil
}

// ground takes what it can of p, at least one byte, in the ground state.
func (s *Screen) ground(p []byte) int {
	switch c := p[0]; {
	case c >= 0x20 && c < 0x7f:
		return s.text(p)
	case c >= 0x80:
		return s.text(p)
	case c == esc:
		s.inRun = false
		if n := s.wholeCSI(p); n > 0 {
			return n
		}
		s.params.reset()
		s.collect = 0
		s.state = stEscape
	case c == 0x7f:
		s.inRun = false
	default:
		s.inRun = false
		s.execute(rune(c))
		s.join = 0
	}
	return 1
}

// code takes one character of p.
func (s *Screen) code(p []byte) int {
	if p[0] < 0x80 {
		s.step(rune(p[0]))
		return 1
	}
	r, n := decodeRune(p)
	switch {
	case r == runePartial:
		s.hold(p)
	case r >= 0:
		s.step(r)
	}
	return n
}

// rune handles one character that was put together from two writes.
func (s *Screen) rune(r rune) {
	if s.state == stGround && r >= codeText {
		s.printRune(r)
		s.endRun()
		return
	}
	s.step(r)
}

// step runs the parser's table on one code.
func (s *Screen) step(code rune) {
	t := transitions[s.state][min(code, codeText)]
	switch t.action {
	case actExecute:
		s.execute(code)
		s.join = 0
	case actClear:
		s.clearSequence()
	case actCollect:
		s.collect = s.collect<<8 | uint32(code)
	case actParam:
		s.params.add(byte(code))
	case actEscDispatch:
		s.escape(s.collect<<8 | uint32(code))
		s.join = 0
	case actCSIDispatch:
		s.csi(s.collect<<8 | uint32(code))
		s.join = 0
	case actOSCStart:
		s.str = s.str[:0]
		s.strOver = false
	case actOSCPut:
		s.putRune(code, maxOSC)
	case actOSCEnd:
		s.endOSC(code != 0x18 && code != 0x1a)
		t.next = s.endString(code, t.next)
	case actDCSHook:
		s.dcs = s.collect<<8 | uint32(code)
		s.str = s.str[:0]
		s.strOver = false
	case actDCSPut:
		s.putRune(code, maxDCS)
	case actDCSUnhook:
		s.endDCS(code != 0x18 && code != 0x1a)
		t.next = s.endString(code, t.next)
	case actPrint:
		s.printRune(code)
		s.endRun()
	}
	if t.action != actPrint {
		s.inRun = false
	}
	s.state = t.next
}

func (s *Screen) clearSequence() {
	s.params.reset()
	s.collect = 0
}

// endString is the end of an OSC or DCS string: ESC, which is the first half of
// the string terminator, ends it at once and begins an escape sequence.
func (s *Screen) endString(code rune, next parserState) parserState {
	s.clearSequence()
	s.join = 0
	if code == esc {
		return stEscape
	}
	return next
}

// wholeCSI handles a control sequence that p holds from ESC to its end, and
// returns its length. It returns 0 for all that is not plain: the table is for
// that.
func (s *Screen) wholeCSI(p []byte) int {
	if len(p) < 3 || p[1] != '[' {
		return 0
	}
	i, collect := 2, uint32(0)
	if c := p[i]; c >= 0x3c && c < 0x40 {
		collect = uint32(c)
		i++
	}
	ps := &s.params
	n, v := 0, 0
	for ; i < len(p); i++ {
		switch c := p[i]; {
		case c-'0' < 10:
			v = min(v*10+int(c-'0'), maxParam)
		case c == ';' && n < maxParams-1:
			ps.value[n], ps.from[n], ps.to[n] = v, 0, 0
			n, v = n+1, 0
		case c >= 0x40 && c < 0x7f:
			ps.value[n], ps.from[n], ps.to[n] = v, 0, 0
			ps.n, ps.subs = n+1, 0
			s.collect = collect
			if c == 'm' && collect == 0 {
				s.sgr() // nearly always
			} else {
				s.csi(collect<<8 | uint32(c))
			}
			s.join = 0
			return i + 1
		default:
			return 0
		}
	}
	return 0
}
