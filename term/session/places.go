package session

import (
	"fmt"
	"os"
	"path/filepath"
)

// Places is where sessions keep what they write down, and their sockets.
type Places struct {
	// State is a folder of mode 0700 with one folder for each session.
	State string
	// Runtime is a folder of mode 0700 with one socket for each session. Its path
	// is short: a socket's address has room for 107 bytes.
	Runtime string
}

// Make makes both folders, and refuses what others could get into.
func (p Places) Make() error {
	for _, dir := range []string{p.State, p.Runtime} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("session: %w", err)
		}
		info, err := os.Lstat(dir)
		if err != nil {
			return fmt.Errorf("session: %w", err)
		}
		if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ours(info) {
			return fmt.Errorf("session: %s must be a folder of ours with mode 0700", dir)
		}
	}
	return nil
}

// dir is a session's folder.
func (p Places) dir(id string) string { return filepath.Join(p.State, id) }

// Socket is the path of a session's socket.
func (p Places) Socket(id string) string { return filepath.Join(p.Runtime, id+SocketSuffix) }

// SocketSuffix ends the name of a session's socket; its id comes before.
const SocketSuffix = ".sock"

// Names of the files in a session's folder.
const (
	recordFile = "session.json"
	statusFile = "status"
	screenFile = "screen"
	stderrFile = "stderr"
)
