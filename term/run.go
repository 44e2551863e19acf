package term

import (
	"path/filepath"
	"strings"

	"tailpty/term/session"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
)

// Run is a command that a person on the host itself runs as a session.
type Run struct {
	// Name is what the session is called.
	Name string
	// Command is the program and its arguments, Env its whole environment, Dir the
	// folder it starts in.
	Command, Env []string
	Dir          string
	// Isolation is Walled or Open.
	Isolation string
	// Cols and Rows are the terminal's size, in cells.
	Cols, Rows int
}

// RunProfile is what grants call the profile of such a session.
const RunProfile = "run"

// Run starts a command as a session, and returns its id. Only a person on the
// host may name a command: no route leads here.
func (s *Sessions) Run(c *identity.Caller, q Run) (id string, err error) {
	if err := checkName(q.Name); err != nil {
		return "", err
	}
	workspace := s.workspaceOf(realPath(q.Dir))
	r, err := s.start(session.Record{Name: q.Name, Profile: RunProfile, Workspace: workspace, Owner: s.ownerOf(c), Isolation: q.Isolation, Dir: q.Dir},
		session.Spec{Command: q.Command, Dir: q.Dir, Env: terminalEnv(q.Dir, q.Env), Cols: q.Cols, Rows: q.Rows})
	if err != nil {
		return "", err
	}
	s.o.Audit.Write(audit.Line{Verdict: audit.Done, Action: identity.Create, Object: r.id, Workspace: workspace, Reason: "session of " + filepath.Base(q.Command[0])}.By(c.Identity))
	return r.id, nil
}

// workspaceOf is the name of the workspace that a folder lies in, the innermost
// where there are several, or empty.
func (s *Sessions) workspaceOf(dir string) string {
	name, length := "", -1
	for _, w := range s.o.Workspaces {
		path := realPath(w.Path)
		if (dir == path || strings.HasPrefix(dir, strings.TrimSuffix(path, "/")+"/")) && len(path) > length {
			name, length = w.Name, len(path)
		}
	}
	return name
}

// realPath is a path without links, where it is there.
func realPath(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return filepath.Clean(path)
}
