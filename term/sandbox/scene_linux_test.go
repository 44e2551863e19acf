package sandbox

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	marker   = "s3cret" // what nothing behind the wall may see
	deadline = 20 * time.Second
)

// find is bubblewrap, found once.
var find = sync.OnceValues(Find)

// bubblewrap skips the test where it is not installed, and fails it where it does
// not work.
func bubblewrap(t *testing.T) Bwrap {
	t.Helper()
	if _, err := exec.LookPath("bwrap"); err != nil {
		t.Skip("bubblewrap is not installed")
	}
	b, err := find()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// scene is a host with something to hide.
type scene struct {
	b    Bwrap
	wall Wall
	dir  string // of the session
	env  []string
}

// newScene makes folders with secrets, a socket, and a process that holds on to
// them all.
func newScene(t *testing.T) *scene {
	t.Helper()
	b := bubblewrap(t)
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(top, name) }
	for _, dir := range []string{"above/own", "config/tailpty", "other", "work", "mount"} {
		if err := os.MkdirAll(in(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"above/own/" + marker + ".txt", "config/tailpty/config.yaml", "other/tokens.json"} {
		if err := os.WriteFile(in(file), []byte(marker+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(in("above/own"), in("work/link")); err != nil {
		t.Fatal(err)
	}
	socket := in("above/own/x.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(c, marker)
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); served.Wait() })

	secret, err := os.Open(in("above/own/" + marker + ".txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	outside := exec.Command("sleep", "1000")
	outside.Dir, outside.Stdin, outside.Env = in("above/own"), secret, []string{"OUTSIDE=" + marker, "PATH=" + os.Getenv("PATH")}
	if err := outside.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = outside.Process.Kill(); _ = outside.Wait() })

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, secret.Name(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return &scene{b: b, dir: in("work"),
		wall: Wall{Hide: []string{in("work/link"), in("config/tailpty/config.yaml"), in("other/tokens.json")}},
		env: []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "ABOVE=" + in("above"), "OWN=" + in("above/own"), "SECRET=" + secret.Name(), "SOCKET=" + socket,
			"CONFIG=" + in("config/tailpty"), "TOKENS=" + in("other/tokens.json"), "MOUNT=" + in("mount"), "SELF=" + self,
			fmt.Sprint("PID=", outside.Process.Pid), fmt.Sprint("KIND=", handle.Type()), "HANDLE=" + hex.EncodeToString(handle.Bytes())}}
}

// outcome is how a run went.
type outcome struct {
	code           int
	stdout, stderr string
}

// run runs argv as it is, in the session's folder.
func (s *scene) run(t *testing.T, argv ...string) outcome {
	t.Helper()
	return s.runIn(t, s.dir, argv...)
}

// behind runs argv behind the wall, which brings it to that folder.
func (s *scene) behind(t *testing.T, argv ...string) outcome {
	t.Helper()
	return s.runIn(t, "/", s.command(t, argv...)...)
}

func (s *scene) runIn(t *testing.T, dir string, argv ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, s.env, &stdout, &stderr, time.Second
	if _, ok := errors.AsType[*exec.ExitError](cmd.Run()); !ok && !cmd.ProcessState.Exited() {
		t.Fatalf("%v: %v %s", argv, cmd.ProcessState, &stderr)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func (s *scene) command(t *testing.T, argv ...string) []string {
	t.Helper()
	full, err := s.b.Command(s.wall, s.dir, argv)
	if err != nil {
		t.Fatal(err)
	}
	return full
}
