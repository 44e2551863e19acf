package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// source is what a peer comes from.
type source struct {
	// program is its name, or its path below the folder of npm's packages.
	program string
	// debian or npm is the package. One without either is in no Debian release that
	// can be relied on, and has hint to say so.
	debian, npm, hint string
}

// install gets what is missing.
type install struct {
	// may: without it what is missing is only named.
	may bool
	// cache is the folder for npm's packages.
	cache string
}

// find is the path of a peer's program. Where it is missing it is installed if it
// may be; otherwise the error is errMissing with what to do.
func (i install) find(ctx context.Context, s source) (string, error) {
	if path, ok := i.here(s); ok {
		return path, nil
	}
	var command []string
	switch {
	case s.npm != "":
		command = []string{"npm", "install", "--no-audit", "--no-fund", "--prefix", i.cache, s.npm}
	case s.debian != "":
		command = []string{"apt-get", "install", "-y", "-q", "--no-install-recommends", s.debian}
	}
	if !i.may || command == nil {
		return "", fmt.Errorf("%w: install it (%s)", errMissing, s.how())
	}
	if err := i.prepare(s); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s failed: %v: %.300s", errMissing, command[0], err, out)
	}
	if path, ok := i.here(s); ok {
		return path, nil
	}
	return "", fmt.Errorf("%w: its package is installed, but %s is not there", errMissing, s.program)
}

func (i install) prepare(s source) error {
	if s.npm == "" {
		return nil
	}
	return os.MkdirAll(i.cache, 0o755)
}

// how says what to install, for a person.
func (s source) how() string {
	switch {
	case s.npm != "":
		return "--install, npm's " + s.npm
	case s.debian != "":
		return "--install, Debian's " + s.debian
	}
	return s.hint
}

// here looks for the program.
func (i install) here(s source) (string, bool) {
	if s.npm != "" {
		path := filepath.Join(i.cache, "node_modules", s.program)
		_, err := os.Stat(path)
		return path, err == nil
	}
	if path, err := exec.LookPath(s.program); err == nil {
		return path, true
	}
	// Where a person's PATH does not go.
	path, err := exec.LookPath("/usr/sbin/" + s.program)
	return path, err == nil
}
