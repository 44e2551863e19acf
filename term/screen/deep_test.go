package screen

import (
	"fmt"
	"strings"
)

// deep returns the whole state as lines of text, in the form of deepOf in
// oracle/state.mjs. full includes the scrollback.
func (s *Screen) deep(full bool) string {
	var out strings.Builder
	m := &s.modes
	name := "normal"
	if s.buf == &s.alt {
		name = "alt"
	}
	fmt.Fprintf(&out, "size %d %d %s title %s\n", s.cols, s.rows, name, appendString(nil, s.titles.window))
	fmt.Fprintln(&out, "modes", m.appCursor, m.appKeypad, m.paste, m.insert,
		[...]string{"NONE", "X10", "VT200", "DRAG", "ANY"}[m.mouse],
		[...]string{"DEFAULT", "SGR", "SGR_PIXELS"}[m.encoding],
		m.origin, m.reverseWrap, m.focus, m.sync, m.wrap, m.newline, m.cursorBlink, m.hidden,
		[...]string{"none", "block", "underline", "bar"}[m.shape], m.blink)
	fmt.Fprintf(&out, "pen %x %x %x %s\n", s.pen.fg, s.pen.bg, s.pen.ext, s.address(s.pen.link))
	fmt.Fprintf(&out, "charsets %c%c%c%c %d %c\n", setName(s.charsets.g[0]), setName(s.charsets.g[1]),
		setName(s.charsets.g[2]), setName(s.charsets.g[3]), s.charsets.level, setName(s.charsets.active))
	fmt.Fprintln(&out, "join", s.join)
	fmt.Fprintf(&out, "stacks %s %s %s\n", stackText(s.titles.windowStack), stackText(s.titles.iconStack),
		appendString(nil, s.titles.icon))
	for _, b := range []*buffer{&s.normal, &s.alt} {
		s.deepBuffer(&out, b, full)
	}
	return out.String()
}

func (s *Screen) deepBuffer(out *strings.Builder, b *buffer, full bool) {
	c := &b.saved
	if b == &s.alt && b != s.buf {
		fmt.Fprintf(out, "saved %d %d %x %x %c\n", c.x, c.y, c.fg, c.bg, setName(c.charset))
		return
	}
	var tabs []string
	for i := range s.cols {
		if b.tabs.has(i) {
			tabs = append(tabs, fmt.Sprint(i))
		}
	}
	size := ""
	if full {
		size = fmt.Sprintf("base %d lines %d ", b.base, b.n)
	}
	fmt.Fprintf(out, "buffer %smargins %d %d tabs %s\n", size, b.top, b.bottom, strings.Join(tabs, ","))
	fmt.Fprintf(out, "cursor %d %d\n", b.x, b.y)
	y, from := c.y, 0
	if !full {
		y = max(0, y-b.base)
		from = b.base
	}
	fmt.Fprintf(out, "saved %d %d %x %x %c\n", c.x, y, c.fg, c.bg, setName(c.charset))
	for i := from; i < b.n; i++ {
		l := b.at(i)
		n := s.cols
		if full {
			n = len(l.cells)
		}
		fmt.Fprintf(out, "%d %s\n", i-b.base, s.deepLine(l, n))
	}
}

func (s *Screen) deepLine(l *line, n int) string {
	var out strings.Builder
	if l.wrapped {
		out.WriteByte('w')
	} else {
		out.WriteByte('-')
	}
	last := ""
	for i, c := range l.cells[:n] {
		st := s.styles.all[c.style()]
		ext := ""
		if st.bg&bgExtended != 0 {
			ext = fmt.Sprintf("%x", st.ext)
			if st.link != 0 {
				ext += "!" + s.address(st.link)
			}
		}
		look := fmt.Sprintf("{%x,%x,%s}", st.fg, st.bg, ext)
		if look != last {
			out.WriteString(look)
		}
		last = look
		switch text := l.appendText(nil, i); {
		case !c.empty():
			out.Write(text)
			if c.width() == 0 {
				out.WriteByte(3)
			}
		case c.width() == 0:
			out.WriteByte(1)
		default:
			out.WriteByte(0)
		}
		if c.width() == 2 {
			out.WriteByte(2)
		}
	}
	return out.String()
}

func (s *Screen) address(id linkID) string {
	if id == 0 {
		return ""
	}
	_, address, _ := strings.Cut(s.links.all[id], ";")
	return address
}

func setName(c *charset) byte {
	if c == nil {
		return 'B'
	}
	return c.name
}

func stackText(stack [][]byte) string {
	out := []byte{'['}
	for i, t := range stack {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(out, t)
	}
	return string(append(out, ']'))
}
