package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// The keeper is the process between the demo and `tailpty serve`. It is a
// session of its own, adopts every process that serve leaves behind, and ends
// when its standard input does, which is when the demo ends in whatever way:
// then it ends serve and all that descends from it, removes the run directory
// and is gone.
//
// The demo writes a word a line: start, kill. The keeper answers on descriptor
// 3 with an event a line.

// event is what the keeper tells the demo.
type event struct {
	T   string `json:"t"` // started, ready, ended or failed
	PID int    `json:"pid,omitempty"`
	// URL is the service's address (ready).
	URL string `json:"url,omitempty"`
	// Text says how it ended (ended), or what is wrong (failed).
	Text string `json:"text,omitempty"`
}

const (
	keeperName = "keeper"

	// termTime is how long serve has after TERM, and restTime how long what it
	// leaves behind has; then all are killed. Together with killTime they stay
	// within the five seconds that stopping may take.
	termTime = 2500 * time.Millisecond
	restTime = 500 * time.Millisecond
	killTime = time.Second

	// maxLine bounds a line of the keeper's and of serve's, in bytes.
	maxLine = 64 << 10
)

func keeperCommand() *cobra.Command {
	var dir runDir
	c := &cobra.Command{
		Use:    keeperName + " PROGRAM [ARGUMENT...]",
		Hidden: true,
		Args:   cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			const events = 3
			syscall.CloseOnExec(events)
			return keep(dir, args, os.Stdin, os.NewFile(events, "events"))
		},
	}
	c.Flags().StringVar(&dir.path, "run-dir", "", "")
	c.Flags().StringVar(&dir.sockets, "sockets-dir", "", "")
	c.Flags().SetInterspersed(false)
	return c
}

// keeper is the state of the keeper's one goroutine that decides.
type keeper struct {
	argv   []string
	events *json.Encoder
	mu     sync.Mutex // guards events

	serve int // the pid of serve, 0 while there is none
}

// keep is the keeper's main function.
func keep(dir runDir, argv []string, commands io.Reader, events io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	// Caught and dropped, not ignored: what is ignored stays so in children.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	if err := adoptOrphans(); err != nil {
		return err
	}
	children := make(chan os.Signal, 1) // one is enough: each is followed by reaping all
	signal.Notify(children, syscall.SIGCHLD)

	k := &keeper{argv: argv, events: json.NewEncoder(events)}
	words := readWords(commands)
	for {
		select {
		case word, ok := <-words:
			if !ok {
				return k.clear(dir)
			}
			k.obey(word)
		case <-children:
			k.reap()
		case <-ctx.Done():
			return k.clear(dir)
		}
	}
}

// readWords passes on lines until r ends.
func readWords(r io.Reader) <-chan string {
	words := make(chan string)
	go func() {
		defer close(words)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			words <- lines.Text()
		}
	}()
	return words
}

func (k *keeper) tell(e event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events.Encode(e) // a demo that is gone will be noticed elsewhere
}

func (k *keeper) obey(word string) {
	switch {
	case word == "start" && k.serve == 0:
		if err := k.start(); err != nil {
			k.tell(event{T: "failed", Text: err.Error()})
		}
	case word == "start":
		k.tell(event{T: "failed", Text: "it runs already"})
	case word == "kill" && k.serve != 0:
		syscall.Kill(k.serve, syscall.SIGKILL)
	case word == "kill":
		k.tell(event{T: "failed", Text: "it does not run"})
	}
}

// start runs serve. Its stdout is read for the line that says it is ready.
func (k *keeper) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer write.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		read.Close()
		return err
	}
	defer null.Close()
	// Not os/exec: all children are reaped in one place, those adopted too.
	pid, err := syscall.ForkExec(k.argv[0], k.argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null.Fd(), write.Fd(), os.Stderr.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		read.Close()
		return fmt.Errorf("starting %s: %w", k.argv[0], err)
	}
	k.serve = pid
	k.tell(event{T: "started", PID: pid})
	go k.watchOutput(read, pid)
	return nil
}

// watchOutput reads what serve prints until it has ended.
func (k *keeper) watchOutput(r io.ReadCloser, pid int) {
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
			k.tell(event{T: "ready", PID: pid, URL: strings.TrimSpace(url)})
		}
	}
	io.Copy(io.Discard, r) // after a line that is too long it must not block
}

// reap takes the status of every child that has ended.
func (k *keeper) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if pid == k.serve {
			k.serve = 0
			k.tell(event{T: "ended", PID: pid, Text: howEnded(status)})
		}
	}
}

func howEnded(s syscall.WaitStatus) string {
	if s.Signaled() {
		return "signal: " + s.Signal().String()
	}
	return fmt.Sprintf("exit status %d", s.ExitStatus())
}

// clear ends everything that descends from the keeper and removes what it left.
func (k *keeper) clear(dir runDir) error {
	if k.serve != 0 {
		syscall.Kill(k.serve, syscall.SIGTERM)
		k.wait(termTime, func() bool { return k.serve == 0 })
	}
	// Sessions that `tailpty run` started do not descend from here.
	sessions := dir.sessions()
	none := func() bool { return noDescendants() && !anyRuns(sessions) }
	signalAll(sessions, syscall.SIGTERM)
	if !k.wait(restTime, none) {
		k.wait(killTime, func() bool {
			signalAll(sessions, syscall.SIGKILL) // again and again: one may just have forked
			return none()
		})
	}
	return dir.remove()
}

// wait reaps until done or until the time is over, and reports which.
func (k *keeper) wait(limit time.Duration, done func() bool) bool {
	deadline := time.Now().Add(limit)
	for {
		k.reap()
		if done() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func noDescendants() bool { return len(descendants(os.Getpid())) == 0 }

// anyRuns reports whether one of some processes is there.
func anyRuns(pids []int) bool {
	return slices.ContainsFunc(pids, func(pid int) bool { return syscall.Kill(pid, 0) == nil })
}

// signalAll signals everything that descends from the keeper, and others.
func signalAll(others []int, s syscall.Signal) {
	for _, pid := range append(descendants(os.Getpid()), others...) {
		syscall.Kill(pid, s)
	}
}

// below returns the processes that descend from root, given each one's parent.
func below(root int, parents map[int]int) []int {
	var found []int
	for pid := range parents {
		for p, steps := parents[pid], 0; p != 0 && steps < len(parents); p, steps = parents[p], steps+1 {
			if p == root {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}
