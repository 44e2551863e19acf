package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// report is all that is up, for programs. Its JSON form is the line of --json.
type report struct {
	URL        string            `json:"url"`         // the service's, with no trailing slash
	Token      string            `json:"token"`       // for any login
	CA         string            `json:"ca"`          // PEM file that signs its certificate
	ControlURL string            `json:"control_url"` // of the tailnet's control server
	AuthKeys   map[string]string `json:"auth_keys"`   // by login or tag
	PID        int               `json:"pid"`         // of `tailpty serve`
	Config     string            `json:"config"`      // its configuration file
	StateDir   string            `json:"state_dir"`
	Control    string            `json:"control"` // Unix socket
	People     []person          `json:"people"`

	workspace namedPath
	scripted  bool   // Codex talks to the scripted model
	note      string // empty, or what is missing
}

// writeJSON writes the report as one line.
func (r *report) writeJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// writeText writes what a person needs.
func (r *report) writeText(w io.Writer) error {
	var b strings.Builder
	b.WriteString("\nOpen these in a browser. Each is the device of another person:\n\n")
	for i, p := range r.People {
		name, _, _ := strings.Cut(p.Login, "@")
		fmt.Fprintf(&b, "  %-9s%-20s%s\n", name, cast[i].may, p.URL)
	}
	fmt.Fprintf(&b, "\nToken, the same for all:\n\n  %s\n\n", r.Token)
	fmt.Fprintf(&b, "On the tailnet it is %s. The workspace %s is %s.\n", r.URL, r.workspace.Name, r.workspace.Path)
	if r.scripted {
		b.WriteString("Codex is real, its model a small script. Try: explain this project, run the tests, fix the bug, write a file notes.txt.\n")
	}
	if r.note != "" {
		fmt.Fprintf(&b, "Note: %s.\n", r.note)
	}
	b.WriteString("Ctrl-C stops everything and removes what it made.\n")
	_, err := io.WriteString(w, b.String())
	return err
}
