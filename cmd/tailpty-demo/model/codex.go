package model

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// ErrNoCodex says that Codex is nowhere to be found, and how to get it.
var ErrNoCodex = errors.New("model: finding codex: it is neither on the PATH nor installed in the project: run `npm ci` in ui, or `npm install -g @openai/codex`")

// FindCodex returns the absolute path of the Codex CLI: the one on the PATH,
// else one that npm has installed in node_modules or ui/node_modules of one of
// the directories or of a directory above it. Where npm's package brings a
// native program for this machine, it returns that one: it starts without Node.
func FindCodex(dirs ...string) (string, error) {
	if p, err := exec.LookPath("codex"); err == nil {
		if p, err = filepath.Abs(p); err == nil {
			return native(p), nil
		}
	}
	for _, d := range dirs {
		d, err := filepath.Abs(d)
		if err != nil {
			continue
		}
		for {
			for _, modules := range []string{"node_modules", "ui/node_modules"} {
				p := filepath.Join(d, modules, ".bin", "codex")
				if isProgram(p) {
					return native(p), nil
				}
			}
			up := filepath.Dir(d)
			if up == d {
				break
			}
			d = up
		}
	}
	return "", ErrNoCodex
}

// native is the native program that npm's start script would run, or path
// itself if it is no such script or nothing is found.
func native(path string) string {
	script, err := filepath.EvalSymlinks(path)
	if err != nil || filepath.Base(script) != "codex.js" {
		return path
	}
	platform, triple := target(runtime.GOOS, runtime.GOARCH)
	program := filepath.Join("vendor", triple, "bin", "codex")
	root := filepath.Dir(filepath.Dir(script)) // node_modules/@openai/codex
	for _, p := range []string{
		filepath.Join(filepath.Dir(root), platform, program),
		filepath.Join(root, "node_modules", "@openai", platform, program),
		filepath.Join(root, program),
	} {
		if isProgram(p) {
			return p
		}
	}
	return path
}

// target is the name of npm's package for a platform, below @openai, and the
// name of the target in it.
func target(goos, goarch string) (platform, triple string) {
	node, rust := "x64", "x86_64"
	if goarch == "arm64" {
		node, rust = "arm64", "aarch64"
	}
	if goos == "darwin" {
		return "codex-darwin-" + node, rust + "-apple-darwin"
	}
	return "codex-linux-" + node, rust + "-unknown-linux-musl"
}

func isProgram(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode().Perm()&0o111 != 0
}
