package screen

import "bytes"

// maxTitles is how many titles the stack keeps, as in xterm.js.
const maxTitles = 10

// titles are the window's and the icon's, with their stacks.
type titles struct {
	window, icon           []byte
	windowStack, iconStack [][]byte
}

// setTitle sets the window's title and tells of a change.
func (s *Screen) setTitle(text []byte) {
	if bytes.Equal(text, s.titles.window) {
		return
	}
	s.titles.window = append(s.titles.window[:0], text...)
	if s.event != nil {
		s.event(Title{Text: string(text)})
	}
}

func (s *Screen) setIconName(text []byte) {
	s.titles.icon = append(s.titles.icon[:0], text...)
}

// pushTitle puts text on a stack; the oldest one goes when there is no room. The
// storage of titles that were there before is used again.
func pushTitle(stack [][]byte, text []byte) [][]byte {
	n := len(stack)
	switch {
	case n == maxTitles:
		oldest := stack[0]
		copy(stack, stack[1:])
		n--
		stack[n] = oldest
	case n < cap(stack):
		stack = stack[:n+1]
	default:
		stack = append(stack, nil)
	}
	stack[n] = append(stack[n][:0], text...)
	return stack
}

// window is the sequence CSI t: the size in characters, and the title stacks.
// What moves or measures a window is not answered: there is none.
func (s *Screen) window() {
	p, t := &s.params, &s.titles
	which := 0
	if p.n > 1 {
		which = p.value[1]
	}
	switch p.value[0] {
	case 18:
		s.replyNumbers("\x1b[8;", s.rows, s.cols, "t")
	case 22:
		if which == 0 || which == 2 {
			t.windowStack = pushTitle(t.windowStack, t.window)
		}
		if which == 0 || which == 1 {
			t.iconStack = pushTitle(t.iconStack, t.icon)
		}
	case 23:
		if n := len(t.windowStack); n > 0 && (which == 0 || which == 2) {
			s.setTitle(t.windowStack[n-1])
			t.windowStack = t.windowStack[:n-1]
		}
		if n := len(t.iconStack); n > 0 && (which == 0 || which == 1) {
			s.setIconName(t.iconStack[n-1])
			t.iconStack = t.iconStack[:n-1]
		}
	}
}
