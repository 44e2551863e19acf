package config

import (
	"os"
	"path/filepath"
	"strings"

	"tailpty/config/private"
)

// socketName is as long as the name of a session's socket: an id of 26
// characters and its ending.
const socketName = len("/") + 26 + len(".sock")

// maxSocket bounds the path of a socket, in bytes. An address holds 104 on macOS
// and 108 on Linux, the last of them zero.
const maxSocket = 100

// checkRuntimeDir reports a folder that others could reach into, or whose path
// is too long for sockets. It need not be there yet. A link in its place is
// refused: in /tmp it could be another user's.
func (c *Config) checkRuntimeDir(problems *Problems) {
	if !filepath.IsAbs(c.RuntimeDir) {
		problems.add("runtime_dir", "is %q; it is an absolute path", c.RuntimeDir)
		return
	}
	if n := len(filepath.Clean(c.RuntimeDir)); n+socketName > maxSocket {
		problems.add("runtime_dir", "%s has %d bytes; %d at most, so that the sockets in it can have an address", c.RuntimeDir, n, maxSocket-socketName)
	}
	info, err := os.Lstat(c.RuntimeDir)
	switch {
	case err != nil: // whoever makes it reports what hinders it
	case !info.IsDir():
		problems.add("runtime_dir", "%s is not a folder", c.RuntimeDir)
	default:
		if err := private.Check(c.RuntimeDir, info); err != nil {
			problems.add("runtime_dir", "%v", err)
		}
	}
}

// checkOutside reports a workspace that is one of tailpty's own folders or lies
// in one: a session could not work there, and its files would be tailpty's. One
// that contains them, as a home directory does, is fine.
func (c *Config) checkOutside(problems *Problems, key, path string) {
	for _, own := range []struct{ key, path string }{{"state_dir", c.StateDir}, {"runtime_dir", c.RuntimeDir}} {
		if filepath.IsAbs(own.path) && within(realPath(path), realPath(own.path)) {
			problems.add(key, "%s lies in %s, which is tailpty's own (%s): choose another folder", path, own.path, own.key)
		}
	}
}

// within reports whether path is dir or lies in it. Both are clean.
func within(path, dir string) bool {
	rest, err := filepath.Rel(dir, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, "../")
}

// realPath is a path without links, where it is there; one that is not holds no
// workspace.
func realPath(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return filepath.Clean(path)
}
