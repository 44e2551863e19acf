package model

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// sampleFiles is a small JavaScript program with one bug, which one of its
// tests shows. It needs nothing but Node, which brought Codex.
//
//go:embed sample
var sampleFiles embed.FS

// gitWait bounds each call of git.
const gitWait = 20 * time.Second

// WriteSample makes dir a workspace to try things in: a small program with a
// README and one bug, committed to a git repository of its own. It makes the
// directory if needed, and refuses one that has something in it. Neither the
// person's git configuration nor the machine's is read or changed.
func WriteSample(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("model: making the sample: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("model: making the sample: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("model: making the sample: %s is not empty", dir)
	}
	files, err := fs.Sub(sampleFiles, "sample")
	if err != nil {
		return fmt.Errorf("model: making the sample: %w", err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("model: making the sample: %w", err)
	}
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"},
		{"add", "--all"},
		{
			"-c", "user.name=tailpty demo", "-c", "user.email=demo@tailpty.internal",
			"commit", "-q", "-m", "Split a bill between friends",
		},
	} {
		if err := git(dir, args...); err != nil {
			return err
		}
	}
	return nil
}

func git(dir string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), gitWait)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_DIR="+filepath.Join(dir, ".git"), "GIT_WORK_TREE="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("model: committing the sample: git is needed: %w", err)
	}
	if err != nil {
		return fmt.Errorf("model: committing the sample: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}
