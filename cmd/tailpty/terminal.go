package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	xterm "golang.org/x/term"
)

// terminal is the person's own: raw while somebody is attached with it, and put
// back as it was.
type terminal struct {
	in, out *os.File
	was     *xterm.State
	drawn   atomic.Bool // something was written
	restore sync.Once
	stuck   bool // it takes nothing that is written
}

// openTerminal finds the terminal that the program was started in. Nothing is
// changed yet.
func openTerminal() (*terminal, error) {
	if !xterm.IsTerminal(int(os.Stdin.Fd())) || !xterm.IsTerminal(int(os.Stdout.Fd())) {
		return nil, errors.New("attaching needs a terminal: standard input or output is none")
	}
	return &terminal{in: os.Stdin, out: os.Stdout}, nil
}

// raw has keys come as they are pressed. leave puts all back.
func (t *terminal) raw() error {
	was, err := xterm.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return fmt.Errorf("setting the terminal's mode: %w", err)
	}
	t.was = was
	return nil
}

// Write shows something.
func (t *terminal) Write(p []byte) (int, error) {
	if !t.drawn.Swap(true) {
		if _, err := t.out.WriteString(pushTitle); err != nil {
			return 0, err
		}
	}
	return t.out.Write(p)
}

// leave puts the terminal back as it was, with the cursor below what is shown.
func (t *terminal) leave() {
	t.restore.Do(func() {
		if t.was == nil {
			return
		}
		if t.drawn.Load() && !t.stuck {
			cols, rows := t.size()
			_, _ = fmt.Fprintf(t.out, "%s%s%s%s\x1b[%d;1H\r\n%s", calm, leaveAlternate, calm, tabs(cols), rows, popTitle)
		}
		_ = xterm.Restore(int(t.in.Fd()), t.was)
	})
}

// size is the terminal's, in cells; 80 x 24 where it does not say.
func (t *terminal) size() (cols, rows int) {
	cols, rows, err := xterm.GetSize(int(t.out.Fd()))
	if err != nil || cols < 1 || rows < 1 {
		return 80, 24
	}
	return cols, rows
}

const (
	pushTitle      = "\x1b[22;0t"
	popTitle       = "\x1b[23;0t"
	enterAlternate = "\x1b[?1049h"
	leaveAlternate = "\x1b[?1049l"
	// calm turns off what a program may have turned on: mouse, paste and focus
	// reports, odd modes, margins, character sets, attributes, links, keyboard
	// protocols, the cursor's shape, colours. Terminals refuse long sequences.
	calm = "\x1b[?1;5;6;9;45;66l\x1b[?1000;1002;1003;1004l\x1b[?1005;1006;1015;1016l\x1b[?2004;2026;2031;2048l\x1b[?7;25h\x1b[4;20l\x1b>" +
		"\x1b[r\x1b(B\x1b)B\x0f\x1b[m\x1b]8;;\x1b\\\x1b[<99u\x1b[=0;1u\x1b[>4;0m\x1b[0 q" +
		"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\"
	// blank is a blank screen with everything calm.
	blank = calm + leaveAlternate + calm + "\x1b[H\x1b[2J"
)

// tabs sets the tab stops to every eighth column. It moves the cursor.
func tabs(cols int) string {
	var b strings.Builder
	b.WriteString("\x1b[3g")
	for col := 9; col <= cols; col += 8 {
		fmt.Fprintf(&b, "\x1b[%dG\x1bH", col)
	}
	return b.String()
}

// leaveOnPanic puts the terminal back before the program dies of a panic, so
// that its message can be read. It is deferred on goroutines.
func (t *terminal) leaveOnPanic() {
	if r := recover(); r != nil {
		t.leave()
		panic(r)
	}
}
