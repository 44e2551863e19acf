// Package audit keeps the audit log: one JSON object a line for each decision
// about a request and for each act, saying who did what, on what, and by which
// grant. It holds no secret and nothing a terminal shows.
package audit

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"tailpty/tsapp/identity"
)

// Verdict is how a decision went.
type Verdict string

// The verdicts.
const (
	Allowed Verdict = "allowed"
	Denied  Verdict = "denied"
	// Done is the verdict of an act that needed no decision of its own, such as
	// a session's end.
	Done Verdict = "done"
)

// Line is one line of the log. Empty fields are left out.
type Line struct {
	Time    time.Time `json:"time"`
	Verdict Verdict   `json:"verdict"`
	// Who, as WhoIs says.
	Login  string   `json:"login,omitempty"`
	Node   string   `json:"node,omitempty"`
	NodeID string   `json:"node_id,omitempty"`
	Tags   []string `json:"tags,omitempty"`
	// Addr is the peer's tailnet address, for those that WhoIs does not know.
	Addr string `json:"addr,omitempty"`
	// What, and on what.
	Action    identity.Action `json:"action,omitempty"`
	Route     string          `json:"route,omitempty"`
	Object    string          `json:"object,omitempty"`
	Workspace string          `json:"workspace,omitempty"`
	// By which grant's source and, where it was a token, which token's name.
	Grant identity.Source `json:"grant,omitempty"`
	Token string          `json:"token,omitempty"`
	// Reason is the name of the problem where it was denied, or a word on the act.
	Reason string `json:"reason,omitempty"`
	// Suppressed is how many denied requests have no line of their own, because
	// their device sent too many; they came before this line.
	Suppressed int64 `json:"suppressed,omitempty"`
}

// By fills in who did it.
func (l Line) By(who identity.Identity) Line {
	l.Login, l.Node, l.NodeID, l.Tags = who.Login, who.Node, who.NodeID, who.Tags
	return l
}

const (
	// maxField is the longest text that a line takes from a request, in bytes.
	maxField = 256
	// maxFile is the size at which the log is put aside as NAME.1, in place of
	// the one before: the two together never fill a disk.
	maxFile = 64 << 20
)

// Log is an audit log on disk. It is safe for concurrent use.
type Log struct {
	path   string
	logger *slog.Logger

	mu   sync.Mutex
	f    *os.File
	size int64
}

// Open opens the log for appending, 0600, and makes it if there is none.
func Open(path string, logger *slog.Logger) (*Log, error) {
	l := &Log{path: path, logger: logger}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("audit: opening the log: %w", err)
	}
	return l, nil
}

func (l *Log) open() error {
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.f, l.size = f, info.Size()
	return nil
}

// Write appends a line, with the time of now where it has none. A line that
// cannot be written is an error in the server's log.
func (l *Log) Write(line Line) {
	if line.Time.IsZero() {
		line.Time = time.Now().UTC()
	}
	for _, s := range []*string{&line.Login, &line.Node, &line.NodeID, &line.Addr, &line.Route, &line.Object, &line.Workspace, &line.Token, &line.Reason} {
		*s = clamp(*s)
	}
	b, err := json.Marshal(line)
	if err == nil {
		err = l.append(append(b, '\n'))
	}
	if err != nil {
		l.logger.Error("writing the audit log", "err", err)
	}
}

// append writes a line, and begins a new file where this one is full.
func (l *Log) append(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > maxFile {
		if err := os.Rename(l.path, l.path+".1"); err != nil {
			return err
		}
		full := l.f
		if err := l.open(); err != nil {
			return err
		}
		full.Close()
	}
	n, err := l.f.Write(b)
	l.size += int64(n)
	return err
}

// clamp cuts a text that came from a request to maxField bytes.
func clamp(s string) string {
	if len(s) <= maxField {
		return s
	}
	return strings.ToValidUTF8(s[:maxField], "") + "..."
}

// Close closes the file.
func (l *Log) Close() error { return l.f.Close() }
