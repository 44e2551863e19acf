package screen

// setPen makes st the style of what is printed next.
func (s *Screen) setPen(st style) {
	s.pen = st
	s.penValid = false
}

// markExtended notes in the pen whether an underline style or a link is set.
// An underline colour alone does not count, as in xterm.js.
func (st *style) markExtended() {
	if st.link != 0 || st.ext&extUnderline != 0 {
		st.bg |= bgExtended
	} else {
		st.bg &^= bgExtended
	}
}

// clearAttributes is SGR 0: all but the link.
func (st *style) clearAttributes() {
	st.fg, st.bg = 0, 0
	st.ext &^= extUnderline | colorMask
	st.markExtended()
}

// underline sets the underline style; 0 is none, -1 and unknown ones are single.
func (st *style) underline(kind int) {
	if kind < 0 || kind > 5 {
		kind = 1
	}
	st.ext = st.ext&^extUnderline | uint32(kind)<<extUnderlineShift
	if kind == 0 {
		st.fg &^= fgUnderline
	} else {
		st.fg |= fgUnderline
	}
	st.markExtended()
}

// sgr sets the pen from the parameters.
func (s *Screen) sgr() {
	p, st := &s.params, s.pen
	for i := 0; i < p.n; i++ {
		switch v := p.value[i]; {
		case v == 0:
			st.clearAttributes()
		case v >= 30 && v <= 37:
			st.fg = st.fg&^colorMask | colorPalette | uint32(v-30)
		case v >= 40 && v <= 47:
			st.bg = st.bg&^colorMask | colorPalette | uint32(v-40)
		case v >= 90 && v <= 97:
			st.fg = st.fg&^colorMask | colorPalette | uint32(v-90+8)
		case v >= 100 && v <= 107:
			st.bg = st.bg&^colorMask | colorPalette | uint32(v-100+8)
		case v == 38 || v == 48 || v == 58:
			i += st.extendedColor(p, i)
		case v == 4:
			kind := 1
			if subs := p.subsOf(i); len(subs) > 0 {
				kind = subs[0]
			}
			st.underline(kind)
		default:
			st.attribute(v)
		}
	}
	if st != s.pen {
		s.setPen(st)
	}
}

// attribute sets or clears one attribute.
func (st *style) attribute(v int) {
	switch v {
	case 1:
		st.fg |= fgBold
	case 2:
		st.bg |= bgDim
	case 3:
		st.bg |= bgItalic
	case 5:
		st.fg |= fgBlink
	case 7:
		st.fg |= fgInverse
	case 8:
		st.fg |= fgHidden
	case 9:
		st.fg |= fgStrike
	case 21:
		st.underline(2)
	case 22:
		st.fg &^= fgBold
		st.bg &^= bgDim
	case 23:
		st.bg &^= bgItalic
	case 24:
		st.underline(0)
	case 25:
		st.fg &^= fgBlink
	case 27:
		st.fg &^= fgInverse
	case 28:
		st.fg &^= fgHidden
	case 29:
		st.fg &^= fgStrike
	case 39:
		st.fg &^= colorMask
	case 49:
		st.bg &^= colorMask
	case 53:
		st.bg |= bgOverline
	case 55:
		st.bg &^= bgOverline
	case 59:
		// xterm.js takes this for white.
		st.ext |= colorMask
		st.markExtended()
	}
}

// extendedColor sets the colour that SGR 38, 48 or 58 at parameter pos asks for,
// with semicolons or colons, and returns how many parameters more it took.
func (st *style) extendedColor(p *params, pos int) int {
	if p.subs == 0 && pos+2 < p.n { // nearly always
		v := p.value[pos:p.n:p.n]
		switch {
		case v[1] == 2 && len(v) > 4:
			st.applyColor(v[0], 2, v[2], v[3], v[4])
			return 4
		case v[1] == 5:
			st.applyColor(v[0], 5, v[2], 0, 0)
			return 2
		}
	}
	// Places: target, mode, colour space, then one or three values.
	const places = 6
	v := [places + 1]int{2: -1}
	skip, taken := 0, 0
	for {
		v[taken+skip] = p.value[pos+taken]
		if subs := p.subsOf(pos + taken); len(subs) > 0 {
			for i, sub := range subs {
				if i > 0 && i+taken+1+skip >= places {
					break
				}
				if v[1] == 5 {
					skip = 1
				}
				v[taken+i+1+skip] = sub
			}
			break
		}
		if v[1] == 5 && taken+skip >= 2 || v[1] == 2 && taken+skip >= 5 {
			break
		}
		if v[1] != 0 {
			skip = 1 // semicolons have no place for a colour space
		}
		taken++
		if pos+taken >= p.n || taken+skip >= places {
			break
		}
	}
	st.applyColor(v[0], v[1], max(0, v[3]), max(0, v[4]), max(0, v[5]))
	return taken
}

// applyColor sets a colour: mode 5 is the palette entry a, mode 2 is RGB.
func (st *style) applyColor(target, mode, a, b, c int) {
	var color uint32
	switch mode {
	case 2:
		color = colorRGB | uint32(a&255)<<16 | uint32(b&255)<<8 | uint32(c&255)
	case 5:
		color = colorIndexed | uint32(a&255)
	default:
		return
	}
	switch target {
	case 38:
		st.fg = st.fg&^colorMask | color
	case 48:
		st.bg = st.bg&^colorMask | color
	case 58:
		st.ext = st.ext&^colorMask | color
	}
}

// setProtected is DECSCA.
func (s *Screen) setProtected(v int) {
	switch v {
	case 1:
		s.pen.bg |= bgProtected
	case 0, 2:
		s.pen.bg &^= bgProtected
	default:
		return
	}
	s.penValid = false
}
