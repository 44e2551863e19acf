package session

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tailpty/term/screen"
)

// Spec is what a program is started from.
type Spec struct {
	// Command is the program and its arguments; no shell is involved.
	Command []string `json:"command"`
	// Dir is the folder it starts in.
	Dir string `json:"dir"`
	// Env is its whole environment, as NAME=VALUE.
	Env []string `json:"env"`
	// Cols and Rows are the terminal's size, set before the program starts.
	Cols int `json:"cols"`
	Rows int `json:"rows"`
	// LogBytes is how much output is kept, 8 MiB if 0.
	LogBytes int `json:"log_bytes,omitempty"`
	// Scrollback is how many lines the screen keeps above itself, 5,000 if 0.
	Scrollback int `json:"scrollback,omitempty"`
	// Changed is called, without a lock held, after State has changed.
	Changed func()       `json:"-"`
	Logger  *slog.Logger `json:"-"`
}

const (
	defaultLogBytes   = 8 << 20
	defaultScrollback = 5000
	// readBuffer is what one read of a PTY returns at most; the kernel has seldom more
	// than 4 KiB ready.
	readBuffer = 16 << 10
	// maxQueued is how many bytes of answers may wait for a program that does
	// not read; what comes after is dropped, as a terminal's would be.
	maxQueued = 64 << 10
)

// Errors of a session's methods.
var (
	// ErrEnded: the program has ended.
	ErrEnded = errors.New("session: it has ended")
	// ErrNotDriver: input came from a client that does not drive.
	ErrNotDriver = errors.New("session: somebody else drives")
	// ErrSequence: an input number left a hole.
	ErrSequence = errors.New("session: an input number left a hole")
)

// State is what is known of the session besides its output.
type State struct {
	Cols, Rows int
	// Program is what the program says of itself, as package term shows it:
	// working, blocked, done, error, idle; unknown; or ended.
	Program string
	// Since is when it became that.
	Since time.Time
	// Title is the terminal's.
	Title string
	// Ended reports that the program has ended and all its output is in the
	// log; Exit is then its status, 128 + the signal's number where one ended it.
	Ended bool
	Exit  int
	// EndedAt is when.
	EndedAt time.Time
	// Lost reports that the session went with the machine: nobody knows its status,
	// and EndedAt is when it was last known to run.
	Lost bool
}

// Session is one program on its PTY, in this process. Its methods are safe for
// concurrent use.
type Session struct {
	spec Spec
	tty  *tty
	cmd  *exec.Cmd
	in   input

	ending  chan struct{} // closed when End was called
	exited  chan struct{} // closed when the program has ended, before its output has
	endOnce sync.Once
	done    chan struct{} // closed when Ended
	drained chan struct{} // closed when the PTY has no more output

	// reaped guards the process group's number, which is ours until the program
	// has been waited for.
	reaped struct {
		sync.Mutex
		done bool
	}

	mu      sync.Mutex // guards what follows; held over no I/O that waits
	log     *log
	screen  *screen.Screen
	state   State
	driver  string
	readers readers
	seqs    sequences
	shot    snapshot
	holds   holds
}

// Start starts the program. The session is over when the program has ended;
// nothing needs closing.
func Start(spec Spec) (*Session, error) {
	if spec.LogBytes == 0 {
		spec.LogBytes = defaultLogBytes
	}
	if spec.Scrollback == 0 {
		spec.Scrollback = defaultScrollback
	}
	log, err := newLog(spec.LogBytes)
	if err != nil {
		return nil, err
	}
	s := &Session{
		spec: spec, log: log,
		ending: make(chan struct{}), exited: make(chan struct{}), done: make(chan struct{}), drained: make(chan struct{}),
		state: State{Cols: spec.Cols, Rows: spec.Rows, Program: Unknown, Since: time.Now()},
	}
	s.screen = screen.New(screen.Options{Cols: spec.Cols, Rows: spec.Rows, Scrollback: spec.Scrollback,
		Reply: func(p []byte) { s.in.reply(p) }, Event: s.event})
	s.cmd = exec.Command(spec.Command[0], spec.Command[1:]...)
	s.cmd.Dir, s.cmd.Env = spec.Dir, spec.Env
	started := make(chan error, 1)
	go s.live(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

// live starts the program and waits for its end, on one thread that lives as
// long: the kernel ends the program with the thread that started it.
func (s *Session) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var err error
	if s.tty, err = startOn(s.cmd, s.spec.Cols, s.spec.Rows); err != nil {
		started <- err
		return
	}
	s.in.start(s.tty)
	go s.drain()
	started <- nil
	s.wait()
}

// drain reads the PTY until the last program on it has closed it.
func (s *Session) drain() {
	defer close(s.drained)
	buf := make([]byte, readBuffer)
	untold := 0 // bytes of which readers have not been told
	for {
		s.awaitHolds()
		n, err := s.tty.readNow(buf)
		if n > 0 {
			s.feed(buf[:n])
			untold += n
		}
		if untold > 0 && (n < plenty || untold >= tellEvery) {
			s.tell()
			untold = 0
		}
		if n < plenty && err == nil {
			err = s.tty.wait(unix.POLLIN)
		}
		if err != nil {
			// EIO is how Linux says that the other side is closed.
			if !errors.Is(err, syscall.EIO) && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
				s.spec.Logger.Warn("reading a PTY", "err", err)
			}
			return
		}
	}
}

const (
	// plenty is how much a read has, in bytes, when there is likely more: the kernel
	// hands over 4 KiB at a time.
	plenty = 2 << 10
	// tellEvery is how many bytes are taken in before readers are told, as long as
	// there is more without waiting: on its way to a client each piece wakes three
	// processes, and that is most of what a flood costs. Nothing ever waits for it.
	tellEvery = 64 << 10
)

// feed takes output in: log and screen together, so that a snapshot and the log
// agree on the offset.
func (s *Session) feed(p []byte) {
	s.mu.Lock()
	before := s.state
	s.log.append(p)
	s.screen.Write(p) // never fails, says its documentation
	changed := s.state != before
	s.mu.Unlock()
	if changed {
		s.spec.Changed()
	}
}

// tell tells readers that there is more.
func (s *Session) tell() {
	s.mu.Lock()
	readers := s.readers.list
	s.mu.Unlock()
	tell(readers)
}

// leftBehind is how long output is awaited after the program itself has ended:
// something it left in the background may hold the terminal for ever.
const leftBehind = 500 * time.Millisecond

// wait waits for the program's end, and where it was ended for that of its whole
// process group.
func (s *Session) wait() {
	reap := s.awaitExit()
	close(s.exited)
	select {
	case <-s.drained:
	case <-time.After(leftBehind):
	}
	select {
	case <-s.ending:
		s.signal(syscall.SIGKILL) // what has not followed the program by now
	default:
	}
	s.reaped.Lock()
	err := reap()
	s.reaped.done = true
	s.reaped.Unlock()
	s.in.stop()
	s.tty.Close()
	<-s.drained

	s.mu.Lock()
	s.state.Ended, s.state.Exit, s.state.EndedAt = true, exitStatus(s.cmd.ProcessState, err), time.Now()
	s.state.Program, s.state.Since = Ended, s.state.EndedAt
	s.driver = ""
	close(s.done)
	s.mu.Unlock()
	s.tell()
	s.spec.Changed()
}

// exitStatus is a process's status as a shell would say it.
func exitStatus(p *os.ProcessState, err error) int {
	if p == nil {
		return 255
	}
	if w, ok := p.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	if err != nil && p.ExitCode() < 0 {
		return 255
	}
	return p.ExitCode()
}

// grace is how long a program may take to end after SIGTERM. Codex and its
// tools take less than 2 s.
const grace = 5 * time.Second

// End ends the program and everything in its process group: SIGTERM and SIGHUP,
// as a closed terminal would, and SIGKILL for what is left after a grace. It
// returns at once; Done says when it is over.
func (s *Session) End() {
	s.endOnce.Do(func() {
		close(s.ending)
		s.signal(syscall.SIGTERM)
		s.signal(syscall.SIGHUP)
		go func() {
			select {
			case <-s.done:
			case <-time.After(grace):
				s.signal(syscall.SIGKILL)
			}
		}()
	})
}

// signal sends a signal to the program's process group, as long as the group's
// number is the program's.
func (s *Session) signal(sig syscall.Signal) {
	s.reaped.Lock()
	defer s.reaped.Unlock()
	if !s.reaped.done {
		_ = syscall.Kill(-s.cmd.Process.Pid, sig) // the group may be empty
	}
}

// Done is closed when the program has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// State is the present state.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Resize changes the terminal's size.
func (s *Session) Resize(cols, rows int) {
	s.mu.Lock()
	if s.state.Ended || (cols == s.state.Cols && rows == s.state.Rows) {
		s.mu.Unlock()
		return
	}
	s.state.Cols, s.state.Rows = cols, rows
	s.screen.Resize(cols, rows)
	s.shot = snapshot{}
	// The program hears of it when the screen has the size already.
	err := s.tty.resize(cols, rows)
	s.mu.Unlock()
	if err != nil {
		s.spec.Logger.Warn("resizing a PTY", "err", err)
	}
	s.spec.Changed()
}
