package screen

import "strconv"

// style makes st the terminal's pen. An underline colour that cells do not keep,
// because nothing is underlined, does not count.
func (w *drawing) style(st style) {
	st = st.reachable()
	if st.bg&bgExtended == 0 {
		st.ext = w.pen.ext & colorMask
	}
	w.exactStyle(st)
}

// consistent reports whether sequences lead to st: restored cursors and DECALN
// leave styles in which the underline's flag and its kind do not agree.
func (st style) consistent() bool {
	marked := st
	marked.markExtended()
	return marked == st && (st.fg&fgUnderline != 0) == (st.ext&extUnderline != 0)
}

// reachable returns the style nearest to st that sequences lead to; it looks the
// same.
func (st style) reachable() style {
	if st.consistent() {
		return st
	}
	if st.bg&bgExtended == 0 {
		st.ext, st.link = st.ext&colorMask, 0
	}
	if st.underlined() && st.link == 0 || st.fg&fgUnderline != 0 {
		st.fg |= fgUnderline
		if st.ext&extUnderline == 0 {
			st.ext |= 1 << extUnderlineShift
		}
	} else {
		st.ext &^= extUnderline
	}
	st.markExtended()
	return st
}

// exactStyle makes st, which is reachable, the terminal's pen.
func (w *drawing) exactStyle(st style) {
	if st == w.pen {
		return
	}
	if st.link != w.pen.link || st.link != 0 && w.pen.bg&bgExtended == 0 {
		w.text("\x1b]8;")
		if st.link == 0 {
			w.text(";")
		} else {
			w.text(w.s.links.all[st.link])
		}
		w.text("\a")
		w.pen.link = st.link
		w.pen.markExtended()
	}
	w.attributes(st)
	if protect := st.bg & bgProtected; protect != w.pen.bg&bgProtected {
		if protect != 0 {
			w.text("\x1b[1\"q")
		} else {
			w.text("\x1b[\"q")
		}
	}
	w.pen = st
}

// attributes writes the shorter of two SGR sequences: the changes, or all after
// a reset.
func (w *drawing) attributes(st style) {
	changes, whole := &w.changes, &w.whole
	changes.clear()
	whole.clear()
	changes.change(w.pen, st)
	if len(changes.text) == 0 && !changes.reset {
		return
	}
	reset := style{link: st.link}
	reset.markExtended()
	whole.change(reset, st)
	w.text("\x1b[")
	switch {
	case !changes.reset && len(changes.text) <= len(whole.text):
		w.out = append(w.out, changes.text[1:]...)
	case len(whole.text) > 0:
		w.text("0")
		w.out = append(w.out, whole.text...)
		w.pen.bg &^= bgProtected
	default:
		w.pen.bg &^= bgProtected
	}
	w.text("m")
}

// sgrCodes collects SGR parameters, each with a semicolon before it.
type sgrCodes struct {
	text  []byte
	reset bool // only SGR 0 does it
}

func (c *sgrCodes) clear() { c.text, c.reset = c.text[:0], false }

func (c *sgrCodes) add(code string) {
	c.text = append(append(c.text, ';'), code...)
}

// change adds what makes from look like to, links and protection left out.
func (c *sgrCodes) change(from, to style) {
	c.intensity(from, to)
	c.flag(from.bg, to.bg, bgItalic, "3", "23")
	c.underline(from, to)
	c.flag(from.fg, to.fg, fgBlink, "5", "25")
	c.flag(from.fg, to.fg, fgInverse, "7", "27")
	c.flag(from.fg, to.fg, fgHidden, "8", "28")
	c.flag(from.fg, to.fg, fgStrike, "9", "29")
	c.flag(from.bg, to.bg, bgOverline, "53", "55")
	c.color(from.fg, to.fg, 30, 90, "38", "39")
	c.color(from.bg, to.bg, 40, 100, "48", "49")
}

func (c *sgrCodes) flag(from, to, bit uint32, on, off string) {
	switch {
	case from&bit == to&bit:
	case to&bit != 0:
		c.add(on)
	default:
		c.add(off)
	}
}

// intensity handles bold and dim, which one code ends together.
func (c *sgrCodes) intensity(from, to style) {
	bold, dim := from.fg&fgBold != 0, from.bg&bgDim != 0
	if bold && to.fg&fgBold == 0 || dim && to.bg&bgDim == 0 {
		c.add("22")
		bold, dim = false, false
	}
	if !bold && to.fg&fgBold != 0 {
		c.add("1")
	}
	if !dim && to.bg&bgDim != 0 {
		c.add("2")
	}
}

func (c *sgrCodes) underline(from, to style) {
	was, is := from.ext&extUnderline, to.ext&extUnderline
	if was != is || from.fg&fgUnderline != to.fg&fgUnderline {
		switch kind := is >> extUnderlineShift; kind {
		case 0:
			c.add("24")
		case 1:
			c.add("4")
		default:
			c.add("4:")
			c.text = append(c.text, byte('0'+kind))
		}
	}
	if from.ext&colorMask == to.ext&colorMask {
		return
	}
	switch color := to.ext & colorMask; {
	case color == 0:
		c.reset = true // 59 is another colour for xterm.js
	case color&colorMode == colorPalette, color&colorMode == colorIndexed:
		c.add("58:5:")
		c.text = strconv.AppendInt(c.text, int64(color&255), 10)
	default:
		c.add("58:2::")
		c.rgb(color, ':')
	}
}

func (c *sgrCodes) rgb(color uint32, separator byte) {
	c.text = strconv.AppendInt(c.text, int64(color>>16&255), 10)
	c.text = strconv.AppendInt(append(c.text, separator), int64(color>>8&255), 10)
	c.text = strconv.AppendInt(append(c.text, separator), int64(color&255), 10)
}

// color handles one colour. low and high are the codes of the first eight and
// the next eight palette entries.
func (c *sgrCodes) color(from, to uint32, low, high int64, extended, none string) {
	to &= colorMask
	if from&colorMask == to {
		return
	}
	index := int64(to & 255)
	switch to & colorMode {
	case 0:
		c.add(none)
	case colorPalette:
		c.add("")
		if index >= 8 {
			low = high
		}
		c.text = strconv.AppendInt(c.text, low+index%8, 10)
	case colorIndexed:
		c.add(extended)
		c.text = strconv.AppendInt(append(c.text, ";5;"...), index, 10)
	default:
		c.add(extended)
		c.text = append(c.text, ";2;"...)
		c.rgb(to, ';')
	}
}
