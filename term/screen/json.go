package screen

import (
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends the screen as one JSON object, without a newline, to dst:
//
//	{"offset","cols","rows","cursor":{"x","y","visible","shape","wrap"},
//	 "alt","title","modes":{...},"lines":[[["text",width,"fg","bg","attrs"]...]...],
//	 "scrollback"}
//
// offset is the caller's. lines are the visible rows, every cell for itself: an
// empty cell is " ", the second half of a wide character "" with width 0. A
// colour is d for the default, pN for palette entry N, or #rrggbb. The
// attributes are letters, in this order: B bold, D dim, I italic, U underline, K
// blink, V inverse, H hidden, S strike.
func (s *Screen) AppendJSON(dst []byte, offset int64) []byte {
	dst = append(dst, `{"offset":`...)
	dst = strconv.AppendInt(dst, offset, 10)
	dst = appendInt(dst, `,"cols":`, s.cols)
	dst = appendInt(dst, `,"rows":`, s.rows)
	b := s.buf
	dst = appendInt(dst, `,"cursor":{"x":`, min(b.x, s.cols-1))
	dst = appendInt(dst, `,"y":`, b.y)
	dst = appendBool(dst, `,"visible":`, !s.modes.hidden)
	dst = append(dst, `,"shape":"`...)
	dst = append(dst, s.modes.shape.name()...)
	dst = appendBool(dst, `","wrap":`, b.x >= s.cols)
	dst = appendBool(dst, `},"alt":`, b == &s.alt)
	dst = append(dst, `,"title":`...)
	dst = appendString(dst, s.titles.window)
	dst = s.appendModes(append(dst, `,"modes":`...))
	dst = append(dst, `,"lines":[`...)
	for y := range s.rows {
		if y > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendLine(dst, b.row(y))
	}
	history := b.base
	if b == &s.alt {
		history = 0
	}
	dst = appendInt(dst, `],"scrollback":`, history)
	return append(dst, '}')
}

func (c cursorShape) name() string {
	switch c {
	case shapeUnderline:
		return "underline"
	case shapeBar:
		return "bar"
	}
	return "block"
}

// appendModes writes the modes under the names that xterm.js gives them.
func (s *Screen) appendModes(dst []byte) []byte {
	m := &s.modes
	dst = appendBool(dst, `{"applicationCursorKeysMode":`, m.appCursor)
	dst = appendBool(dst, `,"applicationKeypadMode":`, m.appKeypad)
	dst = appendBool(dst, `,"bracketedPasteMode":`, m.paste)
	dst = appendBool(dst, `,"insertMode":`, m.insert)
	dst = append(dst, `,"mouseTrackingMode":"`...)
	dst = append(dst, mouseNames[m.mouse]...)
	dst = appendBool(dst, `","originMode":`, m.origin)
	dst = appendBool(dst, `,"reverseWraparoundMode":`, m.reverseWrap)
	dst = appendBool(dst, `,"sendFocusMode":`, m.focus)
	dst = appendBool(dst, `,"synchronizedOutputMode":`, m.sync)
	dst = appendBool(dst, `,"wraparoundMode":`, m.wrap)
	return append(dst, '}')
}

func (s *Screen) appendLine(dst []byte, l *line) []byte {
	dst = append(dst, '[')
	for i, c := range l.cells[:s.cols] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = appendString(dst, l.appendText(nil, i))
		dst = appendInt(dst, ",", c.width())
		st := &s.styles.all[c.style()]
		dst = appendColor(append(dst, `,"`...), st.fg)
		dst = appendColor(append(dst, `","`...), st.bg)
		dst = st.appendAttributes(append(dst, `","`...))
		dst = append(dst, `"]`...)
	}
	return append(dst, ']')
}

// appendText appends the text of the cell at column i: a space for an empty one,
// nothing for the second half of a wide character.
func (l *line) appendText(dst []byte, i int) []byte {
	switch c := l.cells[i]; {
	case c.hasMarks():
		for _, r := range l.marksAt(i) {
			dst = utf8.AppendRune(dst, r)
		}
	case c.point() != 0:
		dst = utf8.AppendRune(dst, c.point())
	case c.width() > 0:
		dst = append(dst, ' ')
	}
	return dst
}

func appendColor(dst []byte, color uint32) []byte {
	switch color & colorMode {
	case 0:
		return append(dst, 'd')
	case colorRGB:
		const hex = "0123456789abcdef"
		dst = append(dst, '#')
		for shift := 20; shift >= 0; shift -= 4 {
			dst = append(dst, hex[color>>shift&15])
		}
		return dst
	}
	return strconv.AppendInt(append(dst, 'p'), int64(color&255), 10)
}

func (st *style) appendAttributes(dst []byte) []byte {
	for _, a := range [...]struct {
		letter byte
		on     bool
	}{
		{'B', st.fg&fgBold != 0},
		{'D', st.bg&bgDim != 0},
		{'I', st.bg&bgItalic != 0},
		{'U', st.underlined()},
		{'K', st.fg&fgBlink != 0},
		{'V', st.fg&fgInverse != 0},
		{'H', st.fg&fgHidden != 0},
		{'S', st.fg&fgStrike != 0},
	} {
		if a.on {
			dst = append(dst, a.letter)
		}
	}
	return dst
}

func appendInt(dst []byte, key string, v int) []byte {
	return strconv.AppendInt(append(dst, key...), int64(v), 10)
}

func appendBool(dst []byte, key string, v bool) []byte {
	return strconv.AppendBool(append(dst, key...), v)
}

// appendString appends text, which is UTF-8, as a JSON string.
func appendString(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20 || c == 0x7f:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
