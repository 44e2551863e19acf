package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a program on a PTY.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd

	mu   sync.Mutex
	out  strings.Builder
	more chan struct{}
}

// start runs argv on a PTY of its own, as a session does.
func (s *scene) start(t *testing.T, argv ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, master: master, more: make(chan struct{}, 1)}
	x.resize(99, 33)
	var n int
	x.control(func(fd int) error {
		if n, err = unix.IoctlGetInt(fd, unix.TIOCGPTN); err != nil {
			return err
		}
		return unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	})
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	x.cmd = exec.Command(argv[0], argv[1:]...)
	x.cmd.Dir, x.cmd.Env = s.dir, append(s.env, "TERM=dumb", "PS1=$ ")
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for b := make([]byte, 4096); ; {
			n, err := master.Read(b)
			x.mu.Lock()
			x.out.Write(b[:n])
			x.mu.Unlock()
			select {
			case x.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	})
	t.Cleanup(func() {
		if x.cmd.ProcessState == nil {
			_ = x.cmd.Process.Kill()
			_ = x.cmd.Wait()
		}
		master.Close()
		reading.Wait()
	})
	return x
}

func (x *terminal) control(f func(fd int) error) {
	x.t.Helper()
	raw, err := x.master.SyscallConn()
	if err != nil {
		x.t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil || failed != nil {
		x.t.Fatal(err, failed)
	}
}

func (x *terminal) resize(cols, rows uint16) {
	x.t.Helper()
	x.control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: cols, Row: rows})
	})
}

func (x *terminal) enter(text string) {
	x.t.Helper()
	if _, err := x.master.WriteString(text); err != nil {
		x.t.Fatal(err)
	}
}

// await waits until the output has text, and forgets what came before its end.
func (x *terminal) await(text string) {
	x.t.Helper()
	end := time.After(deadline)
	for {
		x.mu.Lock()
		all := x.out.String()
		_, rest, ok := strings.Cut(all, text)
		if ok {
			x.out.Reset()
			x.out.WriteString(rest)
		}
		x.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-x.more:
		case <-end:
			x.t.Fatalf("no %q in %q", text, all)
		}
	}
}

// status waits for the end of the program.
func (x *terminal) status() int {
	x.t.Helper()
	late := time.AfterFunc(deadline, func() { _ = x.cmd.Process.Kill() })
	_ = x.cmd.Wait()
	if !late.Stop() {
		x.t.Error("it did not end")
	}
	return x.cmd.ProcessState.ExitCode()
}

// farewell is a program that says which signal it gets and takes its time to end.
const farewell = `for s in INT HUP TERM QUIT; do trap "echo GOT $s; sleep 0.3; echo LEFT; exit 7" $s; done
	trap 'stty size' WINCH; echo "UP $(stty size) $(tty)"; while :; do sleep 0.05; done`

func TestTerminalSize(t *testing.T) {
	s := newScene(t)
	x := s.start(t, s.command(t, "sh", "-c", farewell)...)
	x.await("UP 33 99 /dev/pts/")
	x.resize(50, 20)
	x.await("20 50")
}

// A signal to the group reaches the program, which may take its time.
func TestTerminalSignals(t *testing.T) {
	s := newScene(t)
	for name, send := range map[string]func(*terminal){
		"INT":  func(x *terminal) { x.enter("\x03") },
		"QUIT": func(x *terminal) { x.enter("\x1c") },
		"TERM": func(x *terminal) { _ = syscall.Kill(-x.cmd.Process.Pid, syscall.SIGTERM) },
		"HUP":  func(x *terminal) { _ = syscall.Kill(-x.cmd.Process.Pid, syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			x := s.start(t, s.command(t, "sh", "-c", farewell)...)
			x.await("UP")
			send(x)
			x.await("GOT " + name)
			x.await("LEFT")
			if code := x.status(); code != 7 {
				t.Errorf("status %d", code)
			}
		})
	}
}

// A program that does nothing about signals is ended by them.
func TestTerminalEnds(t *testing.T) {
	s := newScene(t)
	for name, n := range map[string]syscall.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL} {
		x := s.start(t, s.command(t, "sh", "-c", "echo UP; exec sleep 1000")...)
		x.await("UP")
		_ = syscall.Kill(-x.cmd.Process.Pid, n)
		want := 128 + int(n)
		if n == syscall.SIGKILL {
			want = -1 // that kills the wall itself
		}
		if code := x.status(); code != want {
			t.Errorf("%s: status %d, want %d", name, code, want)
		}
	}
}

func TestTerminalJobs(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("needs bash")
	}
	s := newScene(t)
	x := s.start(t, s.command(t, "bash", "--norc", "-i")...)
	x.await("$ ")
	x.enter("echo $((40+2))\n")
	x.await("\r\n42\r\n")
	x.enter("sed -u 's/^/got /'\n")
	x.enter("one\n")
	x.await("got one\r\n")
	x.enter("\x1a") // Ctrl-Z
	x.await("Stopped")
	x.enter("jobs; fg\n")
	x.await("Stopped")
	x.enter("two\n")
	x.await("got two\r\n")
	x.enter("\x03")
	x.await("^C")
	x.await("$ ")
	x.enter("echo status $?; tty; exit 7\n")
	x.await("\r\nstatus 130\r\n/dev/pts/")
	if code := x.status(); code != 7 {
		t.Errorf("status %d", code)
	}
}

// processes is how many there are with this in their environment.
func processes(t *testing.T, variable string) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), variable) {
			n++
		}
	}
	return n
}

// Nothing stays behind, neither when the wall is killed nor when the program ends.
func TestKillLeavesNothing(t *testing.T) {
	s := newScene(t)
	const some = `nohup sleep 1000 > /dev/null 2>&1 & setsid sleep 1000 & (trap "" HUP TERM; sleep 1000) & echo UP; `
	for name, tt := range map[string]struct {
		script string
		below  []string // what starts the wall
		end    func(*terminal)
	}{
		"killed":        {some + "wait", nil, func(x *terminal) { _ = x.cmd.Process.Kill() }},
		"parent killed": {some + "wait", []string{"sh", "-c", `"$@"; exit 1`, "sh"}, func(x *terminal) { _ = x.cmd.Process.Kill() }},
		"ended":         {some + "read x", nil, func(x *terminal) { x.enter("\r") }},
	} {
		t.Run(name, func(t *testing.T) {
			mine := fmt.Sprintf("SANDBOX_TEST=%d-%s", os.Getpid(), name)
			s := *s
			s.env = append(s.env[:len(s.env):len(s.env)], mine)
			x := s.start(t, append(tt.below, s.command(t, "sh", "-c", tt.script)...)...)
			x.await("UP")
			if n := processes(t, mine); n < 4 {
				t.Fatalf("only %d processes", n)
			}
			tt.end(x)
			x.status()
			for end := time.Now().Add(deadline); processes(t, mine) > 0; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d processes are left", processes(t, mine))
				}
			}
		})
	}
}
