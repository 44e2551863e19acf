package model_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tailpty/cmd/tailpty-demo/model"
)

// program makes an executable file.
func program(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// installed lays out node_modules below dir as npm does, with the native program
// or without, and returns the script and that program.
func installed(t *testing.T, dir string, withNative bool) (script, native string) {
	t.Helper()
	modules := filepath.Join(dir, "node_modules")
	program(t, filepath.Join(modules, "@openai", "codex", "bin", "codex.js"))
	script = filepath.Join(modules, ".bin", "codex")
	if err := os.MkdirAll(filepath.Dir(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../@openai/codex/bin/codex.js", script); err != nil {
		t.Fatal(err)
	}
	platform, triple := model.Target(runtime.GOOS, runtime.GOARCH)
	native = filepath.Join(modules, "@openai", platform, "vendor", triple, "bin", "codex")
	if withNative {
		program(t, native)
	}
	return script, native
}

func TestCodexIsFound(t *testing.T) {
	t.Run("nowhere", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := model.FindCodex(t.TempDir())
		if !errors.Is(err, model.ErrNoCodex) || !strings.Contains(err.Error(), "npm ci") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("on the PATH", func(t *testing.T) {
		want := program(t, filepath.Join(t.TempDir(), "codex"))
		dir := t.TempDir()
		installed(t, dir, true)
		t.Setenv("PATH", filepath.Dir(want))
		expectCodex(t, want, dir)
	})
	t.Run("on the PATH, by npm", func(t *testing.T) {
		script, want := installed(t, t.TempDir(), true)
		t.Setenv("PATH", filepath.Dir(script))
		expectCodex(t, want)
	})
	t.Run("in the project's ui, from below", func(t *testing.T) {
		root := t.TempDir()
		_, want := installed(t, filepath.Join(root, "ui"), true)
		t.Setenv("PATH", "")
		expectCodex(t, want, t.TempDir(), filepath.Join(root, "cmd", "x"))
	})
	t.Run("without a native program", func(t *testing.T) {
		root := t.TempDir()
		want, _ := installed(t, root, false)
		t.Setenv("PATH", "")
		expectCodex(t, want, root)
	})
}

func expectCodex(t *testing.T, want string, dirs ...string) {
	t.Helper()
	got, err := model.FindCodex(dirs...)
	if err != nil {
		t.Fatal(err)
	}
	if want, err = filepath.EvalSymlinks(want); err != nil {
		t.Fatal(err)
	}
	if got, err = filepath.EvalSymlinks(got); err != nil || got != want {
		t.Errorf("found %s (%v), not %s", got, err, want)
	}
}

func TestTargetsAreThoseOfNpm(t *testing.T) {
	for platform, want := range map[[2]string][2]string{
		{"linux", "amd64"}:  {"codex-linux-x64", "x86_64-unknown-linux-musl"},
		{"linux", "arm64"}:  {"codex-linux-arm64", "aarch64-unknown-linux-musl"},
		{"darwin", "arm64"}: {"codex-darwin-arm64", "aarch64-apple-darwin"},
		{"darwin", "amd64"}: {"codex-darwin-x64", "x86_64-apple-darwin"},
	} {
		if p, triple := model.Target(platform[0], platform[1]); p != want[0] || triple != want[1] {
			t.Errorf("%v is %s, %s", platform, p, triple)
		}
	}
}

func TestTheHomeIsPrivateAndItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	folder := `/a "quoted" folder`
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	args, env, err := model.WriteHome(dir, model.HomeOptions{BaseURL: "http://127.0.0.1:9/v1", Trusted: []string{folder}})
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(dir, "config.toml"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("config.toml: %v, %v", st, err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the home: %v, %v", st, err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`base_url = "http://127.0.0.1:9/v1"`, "daemon_auto_start = false", `[projects."/a \"quoted\" folder"]`,
	} {
		if !strings.Contains(string(config), want) {
			t.Errorf("no %s in\n%s", want, config)
		}
	}
	if args[0] != "--no-daemon" || env["CODEX_HOME"] != dir || !strings.HasPrefix(env["TMPDIR"], dir) || env["HTTPS_PROXY"] != "http://127.0.0.1:9" {
		t.Errorf("to be run with %q, %q", args, env)
	}
	if _, _, err := model.WriteHome(dir, model.HomeOptions{}); err == nil {
		t.Error("a home without an address is written")
	}
}

func TestTheSampleIsARepositoryOfItsOwn(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("GIT_DIR", filepath.Join(home, "elsewhere"))
	dir := filepath.Join(t.TempDir(), "sample")
	if err := model.WriteSample(dir); err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_DIR="+filepath.Join(dir, ".git"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := git("log", "--format=%an %s"); got != "tailpty demo Split a bill between friends" {
		t.Errorf("the log is %q", got)
	}
	if got := git("status", "--porcelain"); got != "" {
		t.Errorf("not committed: %s", got)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("in the person's home: %v, %v", left, err)
	}
	if err := model.WriteSample(dir); err == nil {
		t.Error("a folder with files is taken")
	}
}

func TestTheSampleHasOneBug(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on the PATH")
	}
	dir := t.TempDir()
	if err := model.WriteSample(dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "--test-reporter=tap", "fairshare.test.js")
	cmd.Dir = dir
	out, err := cmd.Output()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed || strings.Count(string(out), "\nnot ok ") != 1 {
		t.Errorf("the tests: %v\n%s", err, out)
	}
}
