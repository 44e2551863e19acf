package session

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// startWithin is how long a session may take to start.
const startWithin = 20 * time.Second

// ErrStart reports that a session's program could not be started.
var ErrStart = errors.New("session: it could not be started")

// Spawn starts a session as a process of its own, which outlives this one, and
// connects to it. program is the argument vector of a process that calls Main.
func Spawn(ctx context.Context, program []string, o Order, opts DialOptions) (*Remote, error) {
	if !idForm.MatchString(o.Record.ID) {
		return nil, fmt.Errorf("session: %q is no session's id", o.Record.ID)
	}
	if err := o.Places.Make(); err != nil {
		return nil, err
	}
	dir := o.Places.dir(o.Record.ID)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	o.Spec.Env = append(o.Spec.Env[:len(o.Spec.Env):len(o.Spec.Env)], Mark+"="+o.Record.ID)
	if err := spawn(ctx, program, dir, o); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	remote, err := Dial(ctx, o.Places, o.Record.ID, opts)
	if err != nil {
		// Nobody would know of it: it does not stay.
		if r, readErr := o.Places.readRecord(o.Record.ID); readErr == nil {
			_ = syscall.Kill(r.PID, syscall.SIGKILL)
			endOrphans(r.ID)
		}
		os.Remove(o.Places.Socket(o.Record.ID))
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return remote, nil
}

// spawn starts the process and waits until it says that it serves the session.
func spawn(ctx context.Context, program []string, dir string, o Order) error {
	order, err := json.Marshal(o)
	if err != nil {
		return err
	}
	stderr, err := os.OpenFile(filepath.Join(dir, stderrFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	defer stderr.Close()
	answers, out, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	defer answers.Close()
	if err := sealDescriptors(); err != nil {
		return fmt.Errorf("session: keeping our descriptors to ourselves: %w", err)
	}
	cmd := exec.Command(program[0], program[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Dir = bytes.NewReader(order), out, stderr, "/"
	cmd.Env = []string{"GOTRACEBACK=single"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	out.Close()
	if err != nil {
		return fmt.Errorf("session: starting its process: %w", err)
	}
	go func() { _ = cmd.Wait() }() // it says itself how it went
	deadline, _ := ctx.Deadline()
	if limit := time.Now().Add(startWithin); deadline.IsZero() || deadline.After(limit) {
		deadline = limit
	}
	_ = answers.SetReadDeadline(deadline)
	line, err := bufio.NewReader(io.LimitReader(answers, 1<<16)).ReadBytes('\n')
	var a answer
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	switch {
	case err != nil:
		_ = cmd.Process.Kill()
		return fmt.Errorf("session: its process did not start: %w", err)
	case !a.OK:
		return fmt.Errorf("%w: %s", ErrStart, a.Error)
	}
	return nil
}
