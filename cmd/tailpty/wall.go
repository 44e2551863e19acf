package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"tailpty/config"
	"tailpty/term/sandbox"
)

// wall is how a command is run behind the basic wall.
type wall func(dir string, command []string) ([]string, error)

// buildWall finds what the wall is made of, if the configuration asks for one
// anywhere.
func buildWall(c config.Config, file string) (wall, error) {
	wanted := c.Isolation == config.IsolationWorkspace
	for _, p := range c.Profiles {
		wanted = wanted || p.Isolation == config.IsolationWorkspace
	}
	if !wanted {
		return func(string, []string) ([]string, error) {
			return nil, fmt.Errorf("isolation: the configuration asks for none")
		}, nil
	}
	b, err := sandbox.Find()
	if err != nil {
		return nil, config.Problems{{Key: "isolation", Text: err.Error()}}
	}
	return func(dir string, command []string) ([]string, error) {
		return b.Command(sandbox.Wall{Hide: hidden(c, file)}, dir, command)
	}, nil
}

// hidden is what of tailpty's own a session behind the wall must not reach: what
// the server keeps, the files that hold secrets of it, and the tokens of this
// user for other hosts.
func hidden(c config.Config, file string) []string {
	out := []string{c.StateDir, c.RuntimeDir}
	if dir, err := hostsDir(); err == nil {
		out = append(out, dir)
	}
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		out = append(out, dir)
	}
	for _, file := range []string{file, c.TokensFile, c.TokenFile, c.AuthKeyFile, c.OAuthSecretFile} {
		if rest, ok := strings.CutPrefix(file, "~/"); ok {
			if home, err := os.UserHomeDir(); err == nil {
				file = filepath.Join(home, rest)
			}
		}
		if path, err := filepath.Abs(file); err == nil && file != "" && !strings.HasPrefix(file, "credential:") {
			out = append(out, path)
		}
	}
	return out
}

// sayIsolation tells at the start what is not hidden for good, and which sessions
// nothing separates from tailpty itself.
func sayIsolation(c prepared, logger *slog.Logger) {
	for _, w := range c.Workspaces {
		loose, err := sandbox.Wall{Hide: hidden(c.Config, c.file)}.Loose(w.Path)
		if err == nil && len(loose) > 0 {
			logger.Info("hidden from sessions until another file is renamed into its place: better keep it in a folder named tailpty", "files", loose)
			break
		}
	}
	for _, p := range c.Profiles {
		if p.Isolation == config.IsolationNone {
			logger.Warn("sessions of this profile can read tailpty's own keys and tokens: isolation is none", "profile", p.Name)
		}
	}
}
