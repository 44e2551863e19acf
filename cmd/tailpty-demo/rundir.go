package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// runDir is where everything lies that the demo writes, for as long as it runs.
type runDir struct {
	// path is a folder of mode 0700. It is not below the temp directory, where
	// Codex refuses to have its home.
	path string

	// sockets is where Unix sockets go: path itself, or a folder in the temp
	// directory when path is too long for a socket's address.
	sockets string
}

// socketRoom is what a socket's file name may take, that of a session's being the
// longest: addresses have 108 bytes on Linux and 104 on macOS, the last one zero.
const (
	socketAddress = 103
	socketRoom    = len("/run/abcdefghijklmnopqrstuvwxyz.sock~")
)

// newRunDir makes the folder below the person's cache directory.
func newRunDir() (*runDir, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding the cache directory: %w", err)
	}
	parent := filepath.Join(cache, "tailpty-demo")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, fmt.Errorf("making the run directory: %w", err)
	}
	d := &runDir{}
	if d.path, err = os.MkdirTemp(parent, "run-"); err != nil {
		return nil, fmt.Errorf("making the run directory: %w", err)
	}
	d.sockets = d.path
	if len(d.path)+socketRoom > socketAddress {
		if d.sockets, err = os.MkdirTemp("", "tailpty-demo-"); err != nil {
			d.sockets = d.path
			return nil, errors.Join(fmt.Errorf("making the sockets' directory: %w", err), d.remove())
		}
	}
	return d, nil
}

// in is the path of a file in the folder.
func (d *runDir) in(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// sessions is the processes of the sessions that run, by what is written down in
// the state folder: each holds a lock for as long as it lives.
func (d *runDir) sessions() []int {
	files, _ := filepath.Glob(d.in("state", "sessions", "*", "session.json")) // the pattern is good
	var pids []int
	for _, file := range files {
		var record struct{ PID int }
		b, err := os.ReadFile(file)
		if err == nil && locked(filepath.Join(filepath.Dir(file), "status")) && json.Unmarshal(b, &record) == nil && record.PID > 1 {
			pids = append(pids, record.PID)
		}
	}
	return pids
}

// locked reports whether a process holds a file's lock.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// folder makes a folder of mode 0700 in it.
func (d *runDir) folder(name string) (string, error) {
	path := d.in(name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("making %s: %w", name, err)
	}
	return path, nil
}

// removeTime bounds remove when something still writes into the folder.
const removeTime = 500 * time.Millisecond

// remove removes the folder, and the one above it if no other run is left in it.
func (d *runDir) remove() error {
	var err error
	for deadline := time.Now().Add(removeTime); ; time.Sleep(10 * time.Millisecond) {
		if err = os.RemoveAll(d.path); err == nil || time.Now().After(deadline) {
			break
		}
	}
	if d.sockets != d.path {
		err = errors.Join(err, os.RemoveAll(d.sockets))
	}
	os.Remove(filepath.Dir(d.path)) // fails while others run, as it should
	return err
}
