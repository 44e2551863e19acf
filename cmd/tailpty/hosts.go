package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"tailpty/term"
	"tailpty/term/client"
)

// host is a machine's sessions, as the commands ls, new, attach and end use
// them: over the tailnet, or on the machine itself.
type host interface {
	// Name is what the person called it; empty for this machine.
	Name() string
	// Workspaces is where sessions can be started, and of which profiles.
	Workspaces(ctx context.Context) ([]workspace, error)
	// Sessions is every session that the person may see, oldest first.
	Sessions(ctx context.Context) ([]term.Session, error)
	// Create starts a session.
	Create(ctx context.Context, q sessionRequest) (term.Session, error)
	// End ends a session that runs, and takes one that has ended off the list.
	End(ctx context.Context, id string) error
	// Dial opens the WebSocket of an attachment; its errors are as
	// [client.Options.Dial] has them.
	Dial(ctx context.Context, id string) (*client.Conn, error)
}

// workspace is a folder on a host and the profiles that the person may start in
// it.
type workspace struct {
	Name     string   `json:"name"`
	Profiles []string `json:"profiles"`
}

// sessionRequest is what a session is made from. The size is in cells.
type sessionRequest struct {
	Profile   string `json:"profile"`
	Workspace string `json:"workspace"`
	Name      string `json:"name,omitempty"`
	Cols      int    `json:"cols,omitempty"`
	Rows      int    `json:"rows,omitempty"`
}

// pick opens the host that a command names; empty is this machine.
func (f *remoteFlags) pick(ctx context.Context, name string) (host, error) {
	if name == "" {
		return openLocal(ctx, &f.local)
	}
	return f.open(ctx, name)
}

// hostAndRest splits the arguments of a command that needs so many after
// [HOST]: whether a host was named shows by their number.
func hostAndRest(args []string, rest int) (name string, others []string) {
	if len(args) > rest {
		return args[0], args[1:]
	}
	return "", args
}

// hostAndSession splits the arguments of attach, where both may be left out. One
// alone is a host if it looks like one: it has a dot or a colon, or there is a
// token for it. HOST: is always a host.
func hostAndSession(args []string) (name, session string) {
	switch {
	case len(args) == 2:
		return strings.TrimSuffix(args[0], ":"), args[1]
	case len(args) == 0:
		return "", ""
	case strings.ContainsAny(args[0], ".:") || knownHost(args[0]):
		return strings.TrimSuffix(args[0], ":"), ""
	}
	return "", args[0]
}

// choose finds the session that a person means by its id, its name, or the
// beginning of its id; by nothing where only one runs.
func choose(all []term.Session, meant string) (term.Session, error) {
	var none term.Session
	if meant == "" {
		return one(slices.Collect(filter(all, running)), "session runs; say which to attach to")
	}
	if found := slices.Collect(filter(all, func(s term.Session) bool { return s.ID == meant })); len(found) == 1 {
		return found[0], nil
	}
	byName := slices.Collect(filter(all, func(s term.Session) bool { return s.Name == meant }))
	for _, found := range [][]term.Session{
		slices.Collect(filter(byName, running)),
		slices.Collect(filter(all, func(s term.Session) bool { return strings.HasPrefix(s.ID, meant) })),
		byName,
	} {
		if len(found) > 0 {
			return one(found, fmt.Sprintf("session is called %q; use the beginning of an id", meant))
		}
	}
	return none, fmt.Errorf("there is no session %q: `tailpty ls` shows which there are", meant)
}

// one is the only session there is, or an error that lists what there is.
func one(found []term.Session, many string) (term.Session, error) {
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return term.Session{}, errors.New("no session runs: `tailpty new` starts one")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "more than one %s:", many)
	for _, s := range found {
		fmt.Fprintf(&b, "\n  %s  %s", shortID(s.ID), printable(s.Name))
	}
	return term.Session{}, errors.New(b.String())
}

func running(s term.Session) bool { return s.Ended == nil }

func filter[T any](all []T, keep func(T) bool) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for _, one := range all {
			if keep(one) && !yield(one) {
				return
			}
		}
	}
}

// shortID is enough of an id to tell it from others.
func shortID(id string) string { return id[:min(8, len(id))] }

// printable is text of somebody else's without what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || (r >= 0x7f && r < 0xa0) || r == '\u2028' || r == '\u2029' || (r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069') {
			return -1
		}
		return r
	}, text)
}

// knownHost reports whether there is a token for a host of this name.
func knownHost(name string) bool {
	dir, err := hostsDir()
	if err != nil {
		return false
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(files, func(e os.DirEntry) bool {
		host, ok := strings.CutSuffix(e.Name(), tokenSuffix)
		return ok && (host == name || strings.HasPrefix(host, name+"."))
	})
}
