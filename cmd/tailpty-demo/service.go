package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// readyTime bounds how long serve may take until it is ready.
const readyTime = 60 * time.Second

// service is `tailpty serve`, through its keeper. Its methods may be called at
// the same time.
type service struct {
	keeper *exec.Cmd
	words  io.WriteCloser // the keeper's stdin; closing it ends everything
	log    string         // what serve and the keeper say on stderr
	done   chan struct{}  // closed when the keeper has ended

	asking sync.Mutex // held by who waits for an answer

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with each event
	pid     int           // of serve, 0 while there is none
	url     string        // set while it is ready
	problem string        // how it last ended, or why it did not start
}

// errNotReady is how a start ends when serve does.
var errNotReady = errors.New("tailpty serve did not start")

// startKeeper starts the keeper, which does nothing until it is asked to. The
// environment is serve's.
func startKeeper(dir *runDir, argv, env []string) (*service, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	logFile, err := os.OpenFile(dir.in("serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	defer logFile.Close()
	events, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	args := append([]string{keeperName, "--run-dir", dir.path, "--sockets-dir", dir.sockets}, argv...)
	s := &service{keeper: exec.Command(self, args...), log: logFile.Name(), done: make(chan struct{}), changed: make(chan struct{})}
	s.keeper.Env = env
	s.keeper.Stdout, s.keeper.Stderr = logFile, logFile
	s.keeper.ExtraFiles = []*os.File{write}
	s.keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a Ctrl-C is for the demo
	if s.words, err = s.keeper.StdinPipe(); err == nil {
		err = s.keeper.Start()
	}
	if err != nil {
		events.Close()
		return nil, fmt.Errorf("starting the keeper: %w", err)
	}
	go s.listen(events)
	return s, nil
}

// listen takes in the keeper's events until it ends.
func (s *service) listen(events io.ReadCloser) {
	defer close(s.done)
	defer s.keeper.Wait()
	defer events.Close()
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			s.note(e)
		}
	}
}

func (s *service) note(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.T {
	case "started":
		s.pid, s.url, s.problem = e.PID, "", ""
	case "ready":
		s.url = e.URL
	case "ended":
		s.pid, s.url, s.problem = 0, "", e.Text
	case "failed":
		s.problem = e.Text
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// state returns where serve stands, and a channel that is closed when that
// changes.
func (s *service) state() (pid int, url, problem string, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid, s.url, s.problem, s.changed
}

// start starts serve and returns its pid and address when it is ready. It fails
// if serve runs already.
func (s *service) start(ctx context.Context) (pid int, url string, err error) {
	s.asking.Lock()
	defer s.asking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	if pid, _, _, _ := s.state(); pid != 0 {
		return 0, "", fmt.Errorf("it runs already, as process %d", pid)
	}
	s.forget()
	if err := s.ask("start"); err != nil {
		return 0, "", err
	}
	err = s.until(ctx, func(p int, u, problem string) bool {
		pid, url = p, u
		return u != "" || problem != ""
	})
	if err == nil && url == "" {
		err = errNotReady
	}
	if err != nil {
		return 0, "", fmt.Errorf("%w%s", err, s.whatItSaid())
	}
	return pid, url, nil
}

// kill ends serve at once, with no warning, and returns when it is gone. It
// fails if serve does not run.
func (s *service) kill(ctx context.Context) error {
	s.asking.Lock()
	defer s.asking.Unlock()
	if pid, _, _, _ := s.state(); pid == 0 {
		return errors.New("it does not run")
	}
	if err := s.ask("kill"); err != nil {
		return err
	}
	return s.until(ctx, func(pid int, _, _ string) bool { return pid == 0 })
}

// forget drops what went wrong last.
func (s *service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = ""
}

func (s *service) ask(word string) error {
	if _, err := io.WriteString(s.words, word+"\n"); err != nil {
		return fmt.Errorf("asking the keeper: %w", err)
	}
	return nil
}

// until waits for a state in which done holds.
func (s *service) until(ctx context.Context, done func(pid int, url, problem string) bool) error {
	for {
		pid, url, problem, changed := s.state()
		if done(pid, url, problem) {
			return nil
		}
		select {
		case <-changed:
		case <-s.done:
			return errors.New("the keeper has ended")
		case <-ctx.Done():
			return fmt.Errorf("waiting for tailpty serve: %w", ctx.Err())
		}
	}
}

// stop ends serve and all that descends from it, and returns when the keeper
// has removed the run directory.
func (s *service) stop() {
	s.words.Close()
	<-s.done
}

// logTail is how much of the log an error shows, in bytes.
const logTail = 2 << 10

// whatItSaid is how serve ended and the end of its log, for a person.
func (s *service) whatItSaid() string {
	var b strings.Builder
	if _, _, problem, _ := s.state(); problem != "" {
		fmt.Fprintf(&b, " (%s)", problem)
	}
	f, err := os.Open(s.log)
	if err != nil {
		return b.String()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > logTail {
		f.Seek(-logTail, io.SeekEnd)
	}
	tail, _ := io.ReadAll(io.LimitReader(f, logTail))
	if text := strings.TrimSpace(string(tail)); text != "" {
		fmt.Fprintf(&b, ". It said:\n%s", text)
	}
	return b.String()
}
