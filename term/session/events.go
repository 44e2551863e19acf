package session

import (
	"time"
	"unicode"

	"tailpty/term/screen"
)

// The values of State.Program that no program says: nothing was heard of it, it
// has ended, and it went with the machine.
const (
	Unknown = "unknown"
	Ended   = "ended"
	Lost    = "lost"
)

// maxTitle is the longest title that is kept, in bytes: it is sent to everybody
// on each change.
const maxTitle = 256

// event takes what the screen reports. mu is held.
func (s *Session) event(e screen.Event) {
	switch e := e.(type) {
	case screen.Title:
		s.state.Title = clean(e.Text, maxTitle)
	case screen.Status:
		s.status(e.State)
	}
}

// status takes what the program says of its own state (the Program Status
// Protocol, OSC 7501). It is text of the program's: only known words count.
func (s *Session) status(said string) {
	switch said {
	case "working", "blocked", "done", "error", "idle":
	case "clear":
		said = Unknown
	default:
		return
	}
	if said != s.state.Program {
		s.state.Program, s.state.Since = said, time.Now()
	}
}

// clean is text of the program's without control characters, at most limit
// bytes and cut at a character.
func clean(text string, limit int) string {
	out := make([]rune, 0, min(len(text), limit))
	n := 0
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			continue
		}
		if n += len(string(r)); n > limit {
			break
		}
		out = append(out, r)
	}
	return string(out)
}
