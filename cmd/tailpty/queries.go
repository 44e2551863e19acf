package main

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxSequence is the longest control sequence that is passed on, and maxString
	// the longest command string, in bytes.
	maxSequence = 256
	maxString   = 4096
)

// outputFilter takes out of a session's output what must not reach the person's
// own terminal: queries, which it would answer although the session has already;
// the clipboard; commands to the window; and strings of no known use. All else
// passes unchanged and whole: a sequence or a character is held back until its
// end has come, so that between two pieces something else may be written.
type outputFilter struct {
	state   filterState
	seq     []byte // the sequence so far, with its introducer in 7 bits
	escaped bool   // within a string: the last byte was ESC
	partial []byte // the beginning of a character
	pen     *pen   // told what may change it; nil for nobody
}

type filterState int

const (
	inText     filterState = iota
	inEscape               // after ESC, with intermediates
	inSequence             // CSI
	inCommand              // OSC, which may be passed on
	inIgnored              // DCS, SOS, PM, APC
)

// filter returns what of p may be written now.
func (f *outputFilter) filter(p []byte) []byte {
	if len(f.partial) > 0 {
		p = append(f.partial, p...)
		f.partial = nil
	}
	out := make([]byte, 0, len(p))
	for len(p) > 0 {
		if f.state == inText {
			// Most is text.
			n := bytes.IndexFunc(p, func(r rune) bool { return r < 0x20 || r >= 0x7f })
			if n < 0 {
				n = len(p)
			}
			out = append(out, p[:n]...)
			if p = p[n:]; len(p) == 0 {
				break
			}
		}
		if !utf8.FullRune(p) {
			f.partial = bytes.Clone(p)
			break
		}
		r, n := utf8.DecodeRune(p)
		out = f.step(out, r, p[:n])
		p = p[n:]
	}
	return out
}

// step takes one character, whose bytes are b.
func (f *outputFilter) step(out []byte, r rune, b []byte) []byte {
	switch {
	case r == utf8.RuneError && len(b) == 1:
		// No character; some terminals take it for a control.
		if f.state == inText {
			out = append(out, "\ufffd"...)
		}
		return out
	case r >= 0x80 && r < 0xa0:
		// A control of one character, as its two in 7 bits.
		return f.step(f.step(out, 0x1b, []byte{0x1b}), r-0x40, []byte{byte(r - 0x40)})
	}
	if f.state == inCommand || f.state == inIgnored {
		return f.inString(out, r, b)
	}
	switch {
	case r == 0x1b:
		f.begin(inEscape)
		return out
	case r == 0x18 || r == 0x1a: // CAN and SUB end a sequence
		f.state = inText
		return append(out, b...)
	case r == 0x05: // ENQ asks for an answer
		return out
	case r < 0x20: // carried out wherever it stands
		f.pen.take(b)
		return append(out, b...)
	case f.state == inText:
		return append(out, b...)
	case r == 0x7f:
		return out
	}
	if len(f.seq) < maxSequence {
		f.seq = append(f.seq, b...)
	}
	if r >= 0x80 { // no part of a sequence
		f.seq = bytes.TrimSuffix(f.seq, b)
		if f.state == inEscape {
			f.state = inText
		}
		return out
	}
	if f.state == inSequence {
		if r >= 0x40 && r < 0x7f {
			f.state = inText
			switch {
			case len(f.seq) == maxSequence: // too long, and cut
			case !passSequence(f.seq):
			case keypad[string(f.seq)] != "":
				out = append(out, keypad[string(f.seq)]...)
			default:
				out = f.pass(out)
			}
		}
		return out
	}
	switch { // after ESC
	case r < 0x30: // an intermediate
	case len(f.seq) > 2: // the end of a sequence with intermediates
		f.state = inText
		// ESC SP F and G change the form of answers, ESC % the encoding.
		if f.seq[1] != ' ' && f.seq[1] != '%' {
			out = f.pass(out)
		}
	case r == '[':
		f.state = inSequence
	case r == ']':
		f.state = inCommand
	case r == 'P' || r == 'X' || r == '^' || r == '_':
		f.state = inIgnored
	case r == 'Z': // asks who the terminal is
		f.state = inText
	default:
		f.state = inText
		if r < 0x7f && r != '\\' {
			out = f.pass(out)
		}
	}
	return out
}

// pass lets a sequence through.
func (f *outputFilter) pass(out []byte) []byte {
	f.pen.take(f.seq)
	return append(out, f.seq...)
}

func (f *outputFilter) begin(s filterState) {
	f.state, f.escaped = s, false
	f.seq = append(f.seq[:0], 0x1b)
}

// inString takes one character of a string.
func (f *outputFilter) inString(out []byte, r rune, b []byte) []byte {
	escaped := f.escaped
	f.escaped = r == 0x1b
	switch {
	case r == 0x18 || r == 0x1a:
		f.state = inText
		return out
	case escaped && r == '\\', r == 0x07 && f.state == inCommand:
		if f.state == inCommand && len(f.seq) < maxString && passCommand(string(f.seq[2:])) {
			f.seq = append(f.seq, "\x1b\\"...)
			out = f.pass(out)
		}
		f.state = inText
		return out
	case escaped: // the string ends and a sequence begins
		f.begin(inEscape)
		return f.step(out, r, b)
	case r == 0x1b || r < 0x20:
		return out
	}
	if f.state == inCommand && len(f.seq) < maxString {
		f.seq = append(f.seq, b...)
	}
	return out
}

// keypad is a mode that more terminals know by its other name.
var keypad = map[string]string{"\x1b[?66h": "\x1b=", "\x1b[?66l": "\x1b>"}

// passSequence reports whether a control sequence, from ESC [ to its end, may
// reach the person's terminal.
func passSequence(seq []byte) bool {
	body, final := seq[2:len(seq)-1], seq[len(seq)-1]
	prefix := byte(0)
	if len(body) > 0 && body[0] >= '<' && body[0] <= '?' {
		prefix, body = body[0], body[1:]
	}
	intermediate := ""
	if i := bytes.IndexFunc(body, func(r rune) bool { return r >= 0x20 && r < 0x30 }); i >= 0 {
		intermediate, body = string(body[i:]), body[:i]
	}
	first, _, _ := strings.Cut(string(body), ";")
	switch final {
	case 'c', 'x': // who the terminal is, and its parameters
		return false
	case 'n':
		return prefix == '>'
	case 'p':
		return !strings.HasSuffix(intermediate, "$")
	case 'q':
		return prefix != '>'
	case 'u':
		return prefix != '?' && intermediate == ""
	case 'm':
		return prefix != '?'
	case 't': // the window, but for the stack of titles
		return prefix == 0 && intermediate == "" && (first == "22" || first == "23")
	case 'S':
		return prefix != '?'
	case 'w', 'y', 'v', '|':
		return intermediate == ""
	}
	return true
}

// knownCommands are the OSC that may reach the person's terminal: titles,
// colours, links, and the marks of shells.
var knownCommands = []int{0, 1, 2, 4, 8, 10, 11, 12, 17, 19, 104, 110, 111, 112, 117, 119, 133}

// passCommand reports whether a command string may reach the person's terminal.
func passCommand(text string) bool {
	number, rest, _ := strings.Cut(text, ";")
	n, err := strconv.Atoi(number)
	if err != nil || !slices.Contains(knownCommands, n) {
		return false
	}
	switch n {
	case 0, 1, 2, 133:
		return true
	case 8:
		_, target, _ := strings.Cut(rest, ";")
		return target == "" || strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://")
	}
	return !strings.Contains(rest, "?") // which asks for a colour
}
