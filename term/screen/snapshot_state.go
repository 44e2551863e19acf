package screen

import "strconv"

// leftovers undoes what a reset of xterm.js leaves: an unfinished sequence, the
// switches that survive, titles and colours.
func (w *drawing) leftovers() {
	w.text("\x18\x1b[20l\x1b[?12l\x1b[?25h")
	for range maxTitles {
		w.text("\x1b[23t")
	}
	if w.s.colors.touched {
		w.text("\x1b]104\a\x1b]110\a\x1b]111\a\x1b]112\a")
	}
}

// behind puts the cursor of the screen that is not shown in place, on which all
// is drawn.
func (w *drawing) behind(b *buffer) {
	if b.x < w.s.cols {
		w.moveTo(b.x, b.y)
	} else {
		w.pendBySwitch(b.y)
	}
}

// pendBySwitch makes a wrap pending on row y of the normal screen. A switch of
// screens takes the cursor along.
func (w *drawing) pendBySwitch(y int) {
	w.text("\x1b[?47h")
	w.csi2(y+1, w.s.cols, "H")
	w.text(" \x1b[?47l")
}

// titles sets the titles and their stacks.
func (w *drawing) titles() {
	t := &w.s.titles
	for _, text := range t.windowStack {
		w.osc("2", text)
		w.text("\x1b[22;2t")
	}
	for _, text := range t.iconStack {
		w.osc("1", text)
		w.text("\x1b[22;1t")
	}
	w.osc("2", t.window)
	w.osc("1", t.icon)
}

func (w *drawing) osc(number string, text []byte) {
	w.text("\x1b]")
	w.text(number)
	w.text(";")
	w.out = append(w.out, text...)
	w.text("\a")
}

// palette sets the colours that are not the ones the terminal began with.
func (w *drawing) palette() {
	p := &w.s.colors
	if !p.touched {
		return
	}
	for i, c := range p.now {
		if c == p.initial[i] {
			continue
		}
		w.text("\x1b]")
		if i < 256 {
			w.text("4;")
			w.out = strconv.AppendInt(w.out, int64(i), 10)
		} else {
			w.out = strconv.AppendInt(w.out, int64(i-colorForeground+10), 10)
		}
		w.text(";")
		w.out = appendColor(w.out, colorRGB|uint32(c))
		w.text("\a")
	}
}

// charsets designates G0 to G3 and puts one in use. A restored cursor brings a
// set that is none of these, and a pen that no SGR makes; then so does this.
func (w *drawing) charsets() {
	s, c := w.s, &w.s.charsets
	saved := &s.buf.saved
	penSaved := !s.pen.consistent() && s.pen.fg == saved.fg && s.pen.bg == saved.bg
	if penSaved {
		w.restore()
	}
	for i, set := range c.g {
		if set != nil {
			w.out = append(w.out, esc, "()*+"[i], set.name)
		} else if i == 0 && penSaved && saved.charset != nil {
			w.text("\x1b(B")
		}
	}
	w.text([...]string{"", "\x0e", "\x1bn", "\x1bo"}[c.level])
	if c.active != c.g[c.level] && c.active == saved.charset {
		w.restore()
	}
}

// restore makes the terminal restore its cursor. What a restored cursor leaves
// alone, underline and link, it has from the pen.
func (w *drawing) restore() {
	s := w.s
	want := style{fg: s.pen.fg &^ fgUnderline, ext: s.pen.ext, link: s.pen.link}
	if want.ext&extUnderline != 0 {
		want.fg |= fgUnderline
	}
	want.markExtended()
	w.exactStyle(want)
	w.text("\x1b8")
	w.pen.fg, w.pen.bg = s.buf.saved.fg, s.buf.saved.bg
	w.x = -1
}

// modes sets the modes that a blank terminal has not, all but insert mode.
func (w *drawing) modes() {
	m := &w.s.modes
	w.private(m.appCursor, "1h")
	w.private(m.origin, "6h")
	w.private(!m.wrap, "7l")
	w.private(m.cursorBlink, "12h")
	w.private(m.hidden, "25l")
	w.private(m.reverseWrap, "45h")
	w.private(m.appKeypad, "66h")
	w.private(m.mouse != mouseNone, [...]string{"", "9h", "1000h", "1002h", "1003h"}[m.mouse])
	w.private(m.focus, "1004h")
	w.private(m.encoding != mouseDefault, [...]string{"", "1006h", "1016h"}[m.encoding])
	w.private(m.paste, "2004h")
	w.private(m.sync, "2026h")
	if m.newline {
		w.text("\x1b[20h")
	}
	if m.shape != shapeDefault || m.blink {
		n := 2 * int(m.shape)
		if m.shape == shapeDefault {
			n = 8
		}
		if m.blink {
			n--
		}
		w.csi(n, -1, " q")
	}
}

func (w *drawing) private(on bool, code string) {
	if on {
		w.text("\x1b[?")
		w.text(code)
	}
}

// finish puts the cursor in place and sets the pen. The last character is
// printed again where a wrap is pending, or where a mark may still join it.
func (w *drawing) finish() {
	s, b := w.s, w.s.buf
	l := b.row(b.y)
	width, col := s.join, b.x-s.join
	pending := b.x >= s.cols
	if pending {
		col, width = s.cols-1, 1
		switch c := l.cells[col]; {
		case c.isTail() && l.cells[col-1].isWide():
			col, width = col-1, 2
		case c.width() == 0:
			width = 0 // a mark alone
		}
	}
	again := (pending || s.join > 0) && col >= 0 && w.printable(l.cells[col], width)
	switch {
	case again && s.join > 0 && s.modes.insert && s.intern(s.pen) == l.cells[col].style():
		w.finalStyle()
		w.cursor(col, b.y)
		w.csi(width, 1, "P") // printing inserts it again
		w.text("\x1b[4h")
		w.put(l, col)
		return
	case again && s.join > 0 && s.intern(s.pen) == l.cells[col].style():
		w.finalStyle()
		w.cursor(col, b.y)
		w.put(l, col)
	case again && pending:
		w.cursor(col, b.y)
		w.style(s.styles.all[l.cells[col].style()])
		w.put(l, col)
		w.text("\x1b\\")
		w.finalStyle()
	case s.join == 2 && !s.modes.wrap && b.x == s.cols-1:
		w.finalStyle()
		w.cursor(b.x, b.y)
		if s.modes.insert {
			w.text("\x1b[4h")
		}
		w.text("漢") // for which there is no room
		return
	case pending:
		w.pendOnBlank(l, b)
	default:
		w.finalStyle()
		w.cursor(b.x, b.y)
	}
	if s.modes.insert {
		w.text("\x1b[4h")
	}
}

// printable reports whether printing c leaves c: it has a character of that
// width that the character set in use does not replace.
func (w *drawing) printable(c cell, width int) bool {
	if c.empty() || c.width() != width {
		return false
	}
	set := w.s.charsets.active
	return set == nil || c.hasMarks() || c.point() >= 0x7f || set.translate(c.point()) == c.point()
}

// pendOnBlank makes a wrap pending on a row whose last cell is blank. On the
// alternate screen only a blank row can be erased under it.
func (w *drawing) pendOnBlank(l *line, b *buffer) {
	s := w.s
	last := s.cols - 1
	uniform := true
	for _, c := range l.cells[:s.cols] {
		uniform = uniform && c == l.cells[0]
	}
	switch {
	case b == &s.normal:
		w.pendBySwitch(b.y)
		w.finalStyle()
	case uniform && l.cells[0].empty():
		w.cursor(last, b.y)
		w.text(" ")
		w.style(s.styles.all[l.cells[0].style()])
		w.text("\x1b[2K")
		w.finalStyle()
	default:
		w.finalStyle()
		w.cursor(last, b.y)
	}
}

// cursor moves to column x of row y of the screen, with all modes set.
func (w *drawing) cursor(x, y int) {
	if w.s.modes.origin {
		y = max(0, y-w.s.buf.top)
	}
	w.csi2(y+1, x+1, "H")
	w.x, w.y = x, y
}

// finalStyle makes the pen the screen's.
func (w *drawing) finalStyle() {
	if w.pen != w.s.pen {
		w.exactStyle(w.s.pen.reachable())
	}
}
