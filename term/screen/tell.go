package screen

import (
	"bytes"
	"net/url"
	"strconv"
)

// tell turns an OSC string that changes nothing on the screen into an event.
func (s *Screen) tell(id int, text []byte) {
	switch id {
	case 7:
		s.tellDirectory(text)
	case 9:
		s.tellNine(text)
	case 52:
		selection, data, ok := bytes.Cut(text, []byte{';'})
		if ok {
			query := string(data) == "?"
			if query {
				data = nil
			}
			s.event(Clipboard{Selection: string(selection), Data: string(data), Query: query})
		}
	case 133:
		s.tellPrompt(text)
	case 777:
		if kind, rest, _ := bytes.Cut(text, []byte{';'}); string(kind) == "notify" {
			title, body, _ := bytes.Cut(rest, []byte{';'})
			s.event(Notification{Title: string(title), Body: string(body)})
		}
	case 7501:
		s.tellStatus(text)
	}
}

func (s *Screen) tellDirectory(text []byte) {
	u, err := url.Parse(string(text))
	if err == nil && u.Scheme == "file" && u.Path != "" {
		s.event(Directory{Host: u.Host, Path: u.Path})
	}
}

// tellNine is OSC 9: a notification, or with a number first a command of
// ConEmu's, of which the working directory is told.
func (s *Screen) tellNine(text []byte) {
	number, rest, ok := bytes.Cut(text, []byte{';'})
	if n, isNumber := oscNumber(number); ok && isNumber && n <= 12 {
		if n == 9 && len(rest) > 0 {
			s.event(Directory{Path: string(bytes.Trim(rest, `"`))})
		}
		return
	}
	s.event(Notification{Body: string(text)})
}

func (s *Screen) tellPrompt(text []byte) {
	mark, rest, _ := bytes.Cut(text, []byte{';'})
	if len(mark) != 1 || mark[0] < 'A' || mark[0] > 'D' {
		return
	}
	e := PromptMark{Mark: mark[0], Exit: -1}
	if mark[0] == 'D' {
		status, _, _ := bytes.Cut(rest, []byte{';'})
		if n, err := strconv.Atoi(string(status)); err == nil {
			e.Exit = n
		}
	}
	s.event(e)
}

// tellStatus is OSC 7501: key=value pairs with colons between them.
func (s *Screen) tellStatus(text []byte) {
	var e Status
	for more := true; more; {
		var pair []byte
		pair, text, more = bytes.Cut(text, []byte{':'})
		key, value, _ := bytes.Cut(pair, []byte{'='})
		switch string(bytes.TrimSpace(key)) {
		case "state":
			e.State = string(bytes.TrimSpace(value))
		case "app":
			e.App = string(bytes.TrimSpace(value))
		case "kind":
			e.Kind = string(bytes.TrimSpace(value))
		}
	}
	if e.State != "" {
		s.event(e)
	}
}
