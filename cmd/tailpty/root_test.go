package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Root serves only where the configuration says so.
func TestPromise_OD7(t *testing.T) {
	t.Run("root", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Skip("needs root")
		}
		s := newSetup(t)
		s.allowRoot = false
		s.write(t, 0o600)
		s.token(t, "--name", "t", "--any-login")
		refused(t, s, nil, "  allow_root: this is root")
		refused(t, s, nil, "  listen: ", "--listen", "0.0.0.0") // with all else that is wrong
		refused(t, s, nil, "  allow_root: this is root", "--listen", "0.0.0.0")
		s.allowRoot = true
		s.write(t, 0o600)
		joins(t, s, nil)
	})
	t.Run("an ordinary user", func(t *testing.T) {
		s := newSetup(t)
		s.allowRoot = false
		var user *syscall.Credential
		if os.Getuid() == 0 {
			user = &syscall.Credential{Uid: 65534, Gid: 65534}
			s.asUser(t, 65534)
		}
		s.write(t, 0o600)
		s.token(t, "--name", "t", "--any-login")
		if user != nil {
			for _, f := range []string{s.file, s.tokens} {
				if err := os.Chown(f, 65534, 65534); err != nil {
					t.Fatal(err)
				}
			}
		}
		joins(t, s, user)
	})
}

// asUser gives the setup a folder that the user can reach: t.TempDir lies below
// one of mode 0700.
func (s *setup) asUser(t *testing.T, uid int) {
	t.Helper()
	dir, err := os.MkdirTemp("", "tp-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, d := range []string{dir, s.runtime} {
		if err := os.Chown(d, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	s.dir, s.state, s.tokens, s.file = dir, filepath.Join(dir, "state"), filepath.Join(dir, "tokens.json"), filepath.Join(dir, "config.yaml")
}

// joins checks that nothing is wrong with the configuration: the program gets as
// far as a control server that is not there.
func joins(t *testing.T, s setup, user *syscall.Credential) {
	t.Helper()
	binary := filepath.Join(s.dir, "tailpty") // the user cannot reach where TestMain built it
	if err := os.Link(program, binary); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--config", s.file, "--join-timeout", "1s")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir}
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	out, err := cmd.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		t.Fatalf("serve: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "problem") || !strings.Contains(string(out), "join") {
		t.Errorf("it did not try to join:\n%s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(s.state, "tailscaled.*")); len(left) == 0 {
		t.Error("no node was made")
	}
}
