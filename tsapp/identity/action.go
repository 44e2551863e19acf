package identity

import (
	"fmt"
	"slices"
)

// Action is a thing that is checked. The names are part of tailnets' policy
// files: the list is closed and no name ever changes.
type Action string

// The actions.
const (
	// View sees sessions and their screens.
	View Action = "view"
	// Drive types into a session: a shell as tailpty's user. It includes Prompt,
	// Approve, FilesRead and FilesWrite.
	Drive Action = "drive"
	// Prompt sends a session a composed text, nothing else.
	Prompt Action = "prompt"
	// Approve answers what a session asks to be allowed.
	Approve Action = "approve"
	// Create starts a session from a profile in a workspace.
	Create Action = "create"
	// End ends a session.
	End Action = "end"
	// FilesRead reads a workspace's files.
	FilesRead Action = "files.read"
	// FilesWrite changes a workspace's files.
	FilesWrite Action = "files.write"
	// Preview opens a session's web server.
	Preview Action = "preview"
	// Vault unlocks an encrypted workspace.
	Vault Action = "vault"
	// Recordings reads the recordings of sessions.
	Recordings Action = "recordings"
	// Audit reads the audit log.
	Audit Action = "audit"
	// Admin manages tokens, pairings and other people's hold on sessions.
	Admin Action = "admin"
)

// Actions is all of them, in the order in which people read them.
var Actions = []Action{View, Drive, Prompt, Approve, Create, End, FilesRead, FilesWrite, Preview, Vault, Recordings, Audit, Admin}

// ParseAction reads an action's name.
func ParseAction(s string) (Action, error) {
	if a := Action(s); slices.Contains(Actions, a) {
		return a, nil
	}
	return "", fmt.Errorf("identity: unknown action %q", s)
}

// includes reports whether a grant of a is a grant of want.
func (a Action) includes(want Action) bool {
	if a == want {
		return true
	}
	if a != Drive {
		return false
	}
	switch want {
	case Prompt, Approve, FilesRead, FilesWrite:
		return true
	}
	return false
}
