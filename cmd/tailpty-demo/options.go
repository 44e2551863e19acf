package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// options is the command line.
type options struct {
	json       bool
	listenBase int
	workspace  string
	realCodex  bool
	tailpty    string
	verbose    bool
	command    []string // what stood behind --
}

// maxPort is the highest base that leaves six ports.
const maxPort = 65535 - 2*3 + 1

// complete checks the options and makes what they name absolute.
func (o *options) complete() error {
	if o.listenBase < 0 || o.listenBase > maxPort {
		return fmt.Errorf("--listen-base: %d is no port from 1 to %d", o.listenBase, maxPort)
	}
	if o.realCodex && len(o.command) > 0 {
		return errors.New("--real-codex and a command exclude each other")
	}
	var err error
	if o.tailpty, err = findTailpty(o.tailpty); err != nil {
		return err
	}
	if o.workspace != "" {
		if o.workspace, err = filepath.Abs(o.workspace); err != nil {
			return fmt.Errorf("--workspace: %w", err)
		}
		if info, err := os.Stat(o.workspace); err != nil {
			return fmt.Errorf("--workspace: %w", err)
		} else if !info.IsDir() {
			return fmt.Errorf("--workspace: %s is not a folder", o.workspace)
		}
	}
	if len(o.command) > 0 {
		path, err := exec.LookPath(o.command[0])
		if err != nil {
			return err
		}
		if o.command[0], err = filepath.Abs(path); err != nil {
			return err
		}
	}
	return nil
}

// findTailpty returns the absolute path of the tailpty program: the given one,
// or the one beside this program.
func findTailpty(given string) (string, error) {
	path := given
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("finding tailpty: %w", err)
		}
		path = filepath.Join(filepath.Dir(self), "tailpty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding tailpty: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("there is no program %s: build it, or give --tailpty PATH", path)
	}
	return path, nil
}

// workspaceName is a folder's name in the letters that a workspace's may have.
func workspaceName(dir string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, filepath.Base(dir))
	name = strings.TrimLeft(name, "._-")
	if name == "" {
		return "workspace"
	}
	return name[:min(len(name), 64)]
}
