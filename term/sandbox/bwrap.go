package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Bwrap is bubblewrap as it is on this host for this user.
type Bwrap struct {
	path string // of bwrap
	self string // of this program, which is two steps of the wall: see Step
	root bool   // the user is root: the disks must be out of reach
	caps []string
	// privileged is root that needs no user namespace. Without one the ids of
	// all files are as they are.
	privileged bool
}

// probeTime bounds the run in which bubblewrap must show that it works.
const probeTime = 10 * time.Second

// Find finds bubblewrap and has it run a program behind a wall. The error says to
// a person what is missing and what to do. It takes some 30 ms: keep the result.
// The program that calls it must answer to Word.
func Find() (Bwrap, error) {
	path, err := exec.LookPath("bwrap")
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return Bwrap{}, errors.New("bubblewrap is not installed: install it (Debian and Ubuntu: apt install bubblewrap), or set isolation: none")
	}
	self, err := os.Executable()
	if err != nil {
		return Bwrap{}, fmt.Errorf("sandbox: finding this program: %w", err)
	}
	has := effective()
	b := Bwrap{path: path, self: self, root: os.Geteuid() == 0}
	if b.privileged = b.root && has.contains(capSysAdmin); b.privileged {
		b.caps = has.kept()
	}
	return b, b.probe()
}

// probe runs a program that must not find a file.
func (b Bwrap) probe() error {
	dir, err := os.MkdirTemp("", "tailpty-probe-")
	if err != nil {
		return fmt.Errorf("sandbox: trying bubblewrap: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return fmt.Errorf("sandbox: trying bubblewrap: %w", err)
	}
	argv, err := b.Command(Wall{Hide: []string{dir}}, "/", []string{"/bin/sh", "-c", `test ! -e "$1" && echo hidden`, "sh", file})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil || stdout.String() != "hidden\n" {
		return fmt.Errorf("bubblewrap is installed and does not work here%s: %s; or set isolation: none", said(stderr.String(), err), advice(stderr.String()))
	}
	return nil
}

// said is the first line of what a program complained of, or its error.
func said(stderr string, err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	switch {
	case line != "":
		return " (" + line + ")"
	case err != nil:
		return " (" + err.Error() + ")"
	}
	return ""
}

// advice is what a person can do about a complaint of bubblewrap's.
func advice(complaint string) string {
	switch {
	case strings.Contains(complaint, "Unknown option"):
		return "it is too old, install version 0.4 or newer"
	case strings.Contains(complaint, "uid map") || strings.Contains(complaint, "loopback"):
		return "the host restricts user namespaces, let bwrap use them (Ubuntu: an AppArmor profile for bwrap, or sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
	case strings.Contains(complaint, "namespace"):
		return "the host or its container allows no namespaces, allow them (sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone; for a container its security options)"
	}
	return "see what it says"
}
