package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRuntimeDir(t *testing.T) {
	dir, err := os.MkdirTemp("", "tp-") // t.TempDir is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, mode := range map[string]os.FileMode{"ours": 0o700, "open": 0o755} {
		if err := os.Mkdir(in(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(in(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(in("file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in("ours"), in("link")); err != nil {
		t.Fatal(err)
	}
	exact := in(strings.Repeat("x", 68-len(in(""))-1))
	for _, tt := range []struct {
		path string
		want string // part of the problem; empty: there is none
	}{
		{in("ours"), ""},
		{in("not-yet"), ""},
		{exact, ""},
		{exact + "x", "68 at most"},
		{in("open"), "chmod 700"},
		{in("file"), "not a folder"},
		{in("link"), "not a folder"},
		{"relative", "absolute"},
	} {
		_, err := Load(write(t, 0o600, enough(t)), map[string]string{"runtime_dir": tt.path})
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%q: %v", tt.path, err)
		case tt.want != "" && (!slices.Equal(keysOf(t, err), []string{"runtime_dir"}) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%q: %v, want %q", tt.path, err, tt.want)
		}
	}
	if len(exact+"/"+strings.Repeat("i", 26)+".sock") != maxSocket {
		t.Errorf("the longest folder makes sockets of %d bytes", len(exact)+socketName)
	}
}

func TestDefaultRuntimeDir(t *testing.T) {
	fallback := fmt.Sprintf("/tmp/tailpty-%d", os.Geteuid())
	if os.Geteuid() == 0 {
		fallback = "/run/tailpty"
	}
	longest := "/" + strings.Repeat("s", maxSocket-socketName-len("//run"))
	for state, want := range map[string]string{"/s": "/s/run", longest: longest + "/run", longest + "s": fallback} {
		for _, env := range []string{"", "/run/user/1000"} {
			t.Setenv("XDG_RUNTIME_DIR", env)
			if c, _ := Load("", map[string]string{"state_dir": state}); c.RuntimeDir != want {
				t.Errorf("state_dir %s, XDG_RUNTIME_DIR=%s: %s, want %s", state, env, c.RuntimeDir, want)
			}
		}
	}
}

func TestWorkspaceOutsideOfOurs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"state/sub", "statement", "run", "w"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"to-sub": "state/sub", "other": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	short, err := os.MkdirTemp("", "tp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	if err := os.Chmod(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		workspace, state, runtime string
		good                      bool
	}{
		{dir, dir + "/state", short, true}, // it contains one: a home directory does
		{dir + "/w", dir + "/state", short, true},
		{dir + "/statement", dir + "/state", short, true},
		{dir + "/state", dir + "/state", short, false},
		{dir + "/state/sub", dir + "/state", short, false},
		{dir + "/state/sub/../../w", dir + "/state", short, true},
		{dir + "/to-sub", dir + "/state", short, false},
		{dir + "/w", dir + "/other/w", short, false},
		{dir + "/other/w", dir + "/w", short, false},
		{short, dir + "/state", short, false},
		{short, dir + "/state", short + "/not-yet", true},
	} {
		_, err := Load("", map[string]string{"state_dir": tt.state, "runtime_dir": tt.runtime,
			"workspaces": fmt.Sprintf(`[{"name":"w","path":%q}]`, tt.workspace), "profiles": `[{"name":"sh","command":["sh"]}]`})
		if got := keysOf(t, err); tt.good && err != nil || !tt.good && !slices.Equal(got, []string{"workspaces[0].path"}) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
