package screen

import "strconv"

// unfinished writes the beginning of the control sequence and of the character
// that the screen is in.
func (w *drawing) unfinished() {
	s := w.s
	switch s.state {
	case stEscape:
		w.text("\x1b")
	case stEscapeIntermediate:
		w.text("\x1b")
		w.collected()
	case stCSIEntry:
		w.text("\x1b[")
	case stCSIParam, stCSIIntermediate:
		w.text("\x1b[")
		w.sequence()
	case stCSIIgnore:
		w.text("\x1b[0?")
	case stIgnoredString:
		w.text("\x1b_")
	case stOSC:
		w.text("\x1b]")
		if s.strOver {
			w.text("x") // no number: ignored to its end
		} else {
			w.out = append(w.out, s.str...)
		}
	case stDCSEntry:
		w.text("\x1bP")
	case stDCSParam, stDCSIntermediate:
		w.text("\x1bP")
		w.sequence()
	case stDCSIgnore:
		w.text("\x1bP0?")
	case stDCSPass:
		w.text("\x1bP")
		if s.dcs == midDollar|'q' {
			w.text("$q")
		} else {
			w.text("z")
		}
		w.out = append(w.out, s.str...)
	}
	w.out = append(w.out, s.partial[:s.partialLen]...)
}

// collected writes the prefix and intermediates.
func (w *drawing) collected() {
	for shift := 24; shift >= 0; shift -= 8 {
		if c := byte(w.s.collect >> shift); c != 0 {
			w.out = append(w.out, c)
		}
	}
}

// sequence writes prefix, parameters and intermediates.
func (w *drawing) sequence() {
	s, p := w.s, &w.s.params
	collect := s.collect
	for shift := 24; shift >= 0; shift -= 8 {
		if c := byte(collect >> shift); c >= 0x3c {
			w.out = append(w.out, c)
			s.collect = collect &^ (0xff << shift)
		}
	}
	for i := range p.n {
		if i > 0 {
			w.text(";")
		}
		if p.value[i] != 0 || p.n == 1 && s.state != stCSIParam {
			w.out = strconv.AppendInt(w.out, int64(p.value[i]), 10)
		}
		for _, sub := range p.subsOf(i) {
			w.text(":")
			if sub >= 0 {
				w.out = strconv.AppendInt(w.out, int64(sub), 10)
			}
		}
	}
	if p.dropDigits {
		w.text(";")
	}
	if p.dropSub {
		w.text(":")
	}
	w.collected()
	s.collect = collect
}
