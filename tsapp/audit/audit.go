// Package audit keeps the audit log: one JSON object a line for each decision
// about a request and for each act, saying who did what, on what, and by which
// grant. It holds no secret and nothing a terminal shows.
package audit

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
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
}

// By fills in who did it.
func (l Line) By(who identity.Identity) Line {
	l.Login, l.Node, l.NodeID, l.Tags = who.Login, who.Node, who.NodeID, who.Tags
	return l
}

// Log is an audit log on disk. It is safe for concurrent use.
type Log struct {
	logger *slog.Logger

	mu sync.Mutex
	f  *os.File
}

// Open opens the log for appending, 0600, and makes it if there is none.
func Open(path string, logger *slog.Logger) (*Log, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit: opening the log: %w", err)
	}
	return &Log{logger: logger, f: f}, nil
}

// Write appends a line, with the time of now where it has none. A line that
// cannot be written is an error in the server's log.
func (l *Log) Write(line Line) {
	if line.Time.IsZero() {
		line.Time = time.Now().UTC()
	}
	b, err := json.Marshal(line)
	if err == nil {
		l.mu.Lock()
		_, err = l.f.Write(append(b, '\n'))
		l.mu.Unlock()
	}
	if err != nil {
		l.logger.Error("writing the audit log", "err", err)
	}
}

// Close closes the file.
func (l *Log) Close() error { return l.f.Close() }
