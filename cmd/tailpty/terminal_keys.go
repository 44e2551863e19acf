package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A keyboard's part of what people do beside typing.
type keyAction int

const (
	typed keyAction = iota
	leaderPressed
)

// keyEvent is bytes to type, or the leader: the key that is for the attachment
// and not for the session. For it, bytes is what the terminal sent.
type keyEvent struct {
	action keyAction
	bytes  []byte
}

// unfinishedFor is how long the beginning of a key's sequence is held back; a
// terminal sends the whole at once, a person who presses Esc sends no more.
const unfinishedFor = 50 * time.Millisecond

const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	// maxHeld bounds what is held back, in bytes.
	maxHeld = 4096
)

// keyboard reads what the person's terminal sends: it finds the leader, also in
// the encodings that the session's program may have turned on, and drops what a
// terminal answers to queries, for the session answers those itself.
type keyboard struct {
	leader  byte // the control character
	held    []byte
	pasting bool
}

// parseLeader reads the name of a control key, as in ctrl-\ or ^].
func parseLeader(name string) (byte, error) {
	letter := strings.ToLower(name)
	for _, prefix := range []string{"ctrl-", "ctrl+", "c-", "^"} {
		if rest, ok := strings.CutPrefix(letter, prefix); ok && len(rest) == 1 {
			if c := rest[0]; (c >= 'a' && c <= 'z' && c != 'm' && c != 'i' && c != 'j' && c != 'h') || c == '\\' || c == ']' || c == '^' || c == '_' || c == '@' {
				return bytes.ToUpper([]byte{c})[0] & 0x1f, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is no key to detach with: it is ctrl- and a letter or one of \\ ] ^ _ @, and not Enter, Tab or Backspace", name)
}

// leaderName is what a person calls the leader.
func leaderName(leader byte) string { return "Ctrl-" + string(rune(leader|0x40)) }

// read takes what the terminal sent and returns what became of it.
func (k *keyboard) read(p []byte) (events []keyEvent) {
	p = append(k.held, p...)
	k.held = nil
	var plain []byte
	flush := func() {
		if len(plain) > 0 {
			events = append(events, keyEvent{typed, plain})
			plain = nil
		}
	}
	for len(p) > 0 {
		if k.pasting {
			n := bytes.Index(p, []byte(pasteEnd))
			if n < 0 {
				keep := overlap(p, pasteEnd)
				plain = append(plain, p[:len(p)-keep]...)
				k.held = bytes.Clone(p[len(p)-keep:])
				break
			}
			n += len(pasteEnd)
			plain = append(plain, p[:n]...)
			p, k.pasting = p[n:], false
			continue
		}
		if p[0] == k.leader {
			flush()
			events = append(events, keyEvent{leaderPressed, p[:1]})
			p = p[1:]
			continue
		}
		if p[0] != 0x1b {
			plain = append(plain, p[0])
			p = p[1:]
			continue
		}
		n := sequenceLen(p)
		if n == 0 && len(p) < maxHeld {
			k.held = bytes.Clone(p)
			break
		}
		seq := p[:max(n, 1)]
		p = p[len(seq):]
		switch {
		case string(seq) == pasteBegin:
			k.pasting = true
			plain = append(plain, seq...)
		case isAnswer(seq):
		default:
			pressed, is := encodedKey(seq, k.leader)
			switch {
			case !is:
				plain = append(plain, seq...)
			case pressed:
				flush()
				events = append(events, keyEvent{leaderPressed, bytes.Clone(seq)})
			}
		}
	}
	flush()
	return events
}

// unfinished reports whether something is held back.
func (k *keyboard) unfinished() bool { return len(k.held) > 0 }

// give gives back what was held for too long: it was no sequence.
func (k *keyboard) give() []byte {
	held := k.held
	k.held = nil
	return held
}

// overlap is how many bytes at the end of p are a beginning of s.
func overlap(p []byte, s string) int {
	for n := min(len(p), len(s)-1); n > 0; n-- {
		if string(p[len(p)-n:]) == s[:n] {
			return n
		}
	}
	return 0
}

// sequenceLen is the length of the sequence that p begins with, whose first byte
// is ESC; 0 if its end has not come.
func sequenceLen(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	switch p[1] {
	case '[':
		for i, c := range p[2:] {
			switch {
			case c >= 0x40 && c < 0x7f:
				return i + 3
			case c < 0x20 || c >= 0x7f: // no sequence after all
				return i + 2
			}
		}
		return 0
	case ']', 'P', '_', '^', 'X':
		for i := 2; i < len(p); i++ {
			if p[i] == 0x07 {
				return i + 1
			}
			if p[i] == 0x1b && i+1 < len(p) {
				if p[i+1] == '\\' {
					return i + 2
				}
				return i
			}
		}
		return 0
	case 'O':
		if len(p) < 3 {
			return 0
		}
		return 3
	case 0x1b:
		return 1
	}
	return 2
}

// isAnswer reports what a terminal sends by itself when it is asked, and what no
// key sends.
func isAnswer(seq []byte) bool {
	if len(seq) < 3 {
		return false
	}
	switch seq[1] {
	case ']', 'P', '_', '^', 'X':
		return seq[len(seq)-1] == 0x07 || seq[len(seq)-1] == '\\'
	case '[':
		private := seq[2] == '?' || seq[2] == '>' || seq[2] == '='
		switch seq[len(seq)-1] {
		case 'c', 'n', 'u', 'R':
			return private || seq[len(seq)-1] == 'n'
		case 'y':
			return bytes.HasSuffix(seq, []byte("$y"))
		case 't':
			return true
		}
	}
	return false
}

// encodedKey reports whether a sequence is the leader as the kitty keyboard
// protocol or xterm's modifyOtherKeys has it, and whether it was pressed and not
// let go.
func encodedKey(seq []byte, leader byte) (pressed, is bool) {
	body := string(seq[2:max(2, len(seq)-1)])
	if len(seq) < 4 || seq[1] != '[' {
		return false, false
	}
	var code, modifiers string
	switch fields := strings.Split(body, ";"); {
	case seq[len(seq)-1] == 'u' && len(fields) >= 2:
		code, modifiers = fields[0], fields[1]
	case seq[len(seq)-1] == '~' && len(fields) == 3 && fields[0] == "27":
		modifiers, code = fields[1], fields[2]
	default:
		return false, false
	}
	modifiers, event, _ := strings.Cut(modifiers, ":")
	mask, err := strconv.Atoi(modifiers)
	const ctrl, locks = 4, 64 + 128
	if err != nil || (mask-1)&^locks != ctrl {
		return false, false
	}
	for alternative := range strings.SplitSeq(code, ":") {
		n, err := strconv.Atoi(alternative)
		if err != nil {
			continue
		}
		if n >= 'a' && n <= 'z' {
			n -= 'a' - 'A'
		}
		if n == int(leader|0x40) {
			return event != "3", true
		}
	}
	return false, false
}
