package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// shellWords is an argument vector as words of a POSIX shell.
func shellWords(command []string) string {
	quoted := make([]string, len(command))
	for i, word := range command {
		quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

// sized is a shell's command that sets the terminal's size and becomes the
// program, for peers whose client has no terminal to take the size from.
func sized(o openOptions) string {
	cols, rows := o.size()
	return fmt.Sprintf("stty cols %d rows %d && exec %s", cols, rows, shellWords(o.command))
}

// scripts are files for /bin/sh that each become one program: what peers are given
// that take no argument vector.
type scripts struct {
	dir string
	n   atomic.Int64
}

// write makes the next one and returns its path.
func (s *scripts) write(text string) (string, error) {
	path := filepath.Join(s.dir, fmt.Sprintf("%d.sh", s.n.Add(1)))
	return path, os.WriteFile(path, []byte(text+"\n"), 0o600)
}
