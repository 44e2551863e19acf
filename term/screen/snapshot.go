package screen

import "strconv"

// Snapshot returns bytes that put the state of the screen into an xterm.js of the
// same size that is new or has been reset: both screens with the last scrollback lines above the normal
// one, cursors, pen, character sets, margins, tab stops, modes, titles, colours,
// links, and a control sequence or character that Write has seen the beginning
// of. What the program writes next may follow at once.
func (s *Screen) Snapshot(scrollback int) []byte {
	return s.AppendSnapshot(nil, scrollback)
}

// AppendSnapshot appends what Snapshot returns to dst.
func (s *Screen) AppendSnapshot(dst []byte, scrollback int) []byte {
	w := drawing{s: s, out: dst, smudge: -1}
	w.leftovers()
	w.titles()
	w.palette()
	w.buffer(&s.normal, max(0, min(scrollback, s.normal.base)))
	if s.buf == &s.alt {
		w.behind(&s.normal)
		w.text("\x1b[?47h")
		w.buffer(&s.alt, 0)
	} else if s.alt.saved != (savedCursor{}) {
		w.text("\x1b[?47h")
		w.x, w.y = -1, -1
		w.save(&s.alt.saved, min(s.alt.saved.y, s.rows-1), nil)
		w.text("\x1b[?47l")
	}
	w.charsets()
	w.modes()
	w.finish()
	w.unfinished()
	return w.out
}

// A drawing writes a snapshot. It knows what the terminal that reads it has.
type drawing struct {
	s    *Screen
	out  []byte
	pen  style
	x, y int // cursor; x is the width when a wrap is pending

	changes, whole sgrCodes // scratch for attributes

	// smudge is a column that drawing another one has left something in, or -1.
	smudge int
}

func (w *drawing) text(s string) { w.out = append(w.out, s...) }

// csi writes a control sequence with one number, which is left out if it is def.
func (w *drawing) csi(n, def int, final string) {
	w.out = append(w.out, "\x1b["...)
	if n != def {
		w.out = strconv.AppendInt(w.out, int64(n), 10)
	}
	w.out = append(w.out, final...)
}

// csi2 writes a control sequence with two numbers.
func (w *drawing) csi2(a, b int, final string) {
	w.out = append(w.out, "\x1b["...)
	w.out = strconv.AppendInt(w.out, int64(a), 10)
	w.out = append(w.out, ';')
	w.out = strconv.AppendInt(w.out, int64(b), 10)
	w.out = append(w.out, final...)
}

// moveTo puts the cursor at column x of row y; the terminal has no margins or
// origin mode yet.
func (w *drawing) moveTo(x, y int) {
	if x != w.x || y != w.y {
		w.csi2(y+1, x+1, "H")
		w.x, w.y = x, y
	}
}

// buffer draws the lines of b, from history lines above the screen on, and sets
// what else b has. The terminal's buffer is blank.
func (w *drawing) buffer(b *buffer, history int) {
	if b == &w.s.alt {
		w.csi(1, 1, "H")
	}
	w.x, w.y = 0, 0
	saved := b.saved.y
	if b.saved == (savedCursor{}) {
		saved = -1
	} else {
		saved = min(max(saved, b.base-history), b.n-1)
	}
	w.lines(b, history, saved)
	w.style(style{})
	w.tabs(b)
	w.keyboard(&b.keyboard)
	if b.top != 0 || b.bottom != w.s.rows-1 {
		w.csi2(b.top+1, b.bottom+1, "r")
		w.x, w.y = 0, 0
	}
}

// save makes the terminal save a cursor on row y of its screen, on which it has
// drawn l; nil is a blank line that goes anyway.
func (w *drawing) save(c *savedCursor, y int, l *line) {
	x, row := w.x, w.y
	if c.charset != nil {
		w.text("\x1b(")
		w.out = append(w.out, c.charset.name)
	}
	st := style{fg: c.fg, bg: c.bg &^ bgExtended}
	if c.fg&fgUnderline != 0 {
		st.ext = 1 << extUnderlineShift
		st.bg |= bgExtended
	}
	w.style(st)
	linked := c.bg&^st.bg&bgExtended != 0 // there was a link, which is not kept
	if linked {
		w.text("\x1b]8;;x\a")
	}
	w.moveTo(min(c.x, w.s.cols-1), y)
	pending := c.x >= w.s.cols
	if pending {
		w.text(" ")
	}
	w.text("\x1b7")
	if linked {
		w.text("\x1b]8;;\a")
	}
	if c.charset != nil {
		w.text("\x1b(B")
	}
	if l == nil {
		w.style(style{})
		return
	}
	if pending {
		w.end(l)
		w.x = w.s.cols
	}
	w.style(style{})
	w.moveTo(min(x, w.s.cols-1), row)
}

// tabs sets the tab stops, if they are not the ones of a blank terminal.
func (w *drawing) tabs(b *buffer) {
	usual := true
	for i := range w.s.cols {
		usual = usual && b.tabs.has(i) == (i%tabWidth == 0)
	}
	if usual {
		return
	}
	w.text("\x1b[3g")
	for i := range w.s.cols {
		if b.tabs.has(i) {
			w.csi(i+1, 1, "G")
			w.text("\x1bH")
			w.x = i
		}
	}
}

// keyboard pushes the flags of the kitty keyboard protocol. xterm.js ignores it.
func (w *drawing) keyboard(k *keyboardStack) {
	if k.flags[0] != 0 {
		w.text("\x1b[=")
		w.out = strconv.AppendInt(w.out, int64(k.flags[0]), 10)
		w.text(";1u")
	}
	for _, flags := range k.flags[1 : k.n+1] {
		w.text("\x1b[>")
		w.out = strconv.AppendInt(w.out, int64(flags), 10)
		w.text("u")
	}
}
