package predict

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// maxTyped is how many characters at once are typing; more are a paste.
const maxTyped = 16

type kind int

const (
	other  kind = iota // no guess is made of it
	insert             // a character
	erase              // the one before the cursor
	left
	right
)

// key is one key in flight.
type key struct {
	kind    kind
	char    rune
	total   uint64    // bytes of input up to its end
	applied time.Time // when the session said so; zero for not yet
}

// parse makes keys of what was typed at once, of which total bytes of input are
// the end.
func parse(p []byte, total uint64) (keys []key) {
	if utf8.RuneCount(p) > maxTyped {
		return []key{{total: total}}
	}
	for len(p) > 0 {
		k, n := first(p)
		p = p[n:]
		k.total = total - uint64(len(p))
		keys = append(keys, k)
	}
	return keys
}

// first reads the first key. A sequence that is none of ours takes all with it.
func first(p []byte) (k key, length int) {
	switch {
	case p[0] == 0x7f || p[0] == '\b':
		return key{kind: erase}, 1
	case bytes.HasPrefix(p, []byte("\x1b[D")) || bytes.HasPrefix(p, []byte("\x1bOD")):
		return key{kind: left}, 3
	case bytes.HasPrefix(p, []byte("\x1b[C")) || bytes.HasPrefix(p, []byte("\x1bOC")):
		return key{kind: right}, 3
	case p[0] == 0x1b:
		return key{}, len(p)
	}
	r, n := utf8.DecodeRune(p)
	if narrow(r) {
		return key{kind: insert, char: r}, n
	}
	return key{}, n
}

// narrow reports whether a character is one column wide in every terminal: ASCII
// and the letters of Latin, Greek and Cyrillic.
func narrow(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r <= 0xbf: // controls, and signs of which some differ
		return false
	case r < 0x250, r >= 0x386 && r <= 0x3ff, r >= 0x400 && r <= 0x482, r >= 0x48a && r <= 0x52f:
		return true
	}
	return false
}

// proves reports whether the echo of a character proves that there is echo: one
// that may stand for any other does not.
func proves(r rune) bool { return r != '*' && r != ' ' }
