package session

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "session" {
		os.Exit(Main(os.Stdin, os.Stdout)) // this program as the process of a session
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("tailpty/term/session.spawn.func1")) // a session that has ended lingers
}

// start runs a shell command as a session of 80 x 24.
func start(t *testing.T, script string, change ...func(*Spec)) *Session {
	t.Helper()
	spec := Spec{Command: []string{"/bin/sh", "-c", script}, Dir: t.TempDir(), Env: []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color"},
		Cols: 80, Rows: 24, Changed: func() {}, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&spec)
	}
	s, err := Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.End()
		<-s.Done()
	})
	s.Drive("", "d")
	return s
}

// ring tells a channel with room for one, without waiting.
func ring(c chan<- struct{}) func() {
	return func() {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// wait waits until cond holds, looking again each time there is more output.
func wait(t *testing.T, s *Session, what string, cond func() bool) {
	t.Helper()
	wake := make(chan struct{}, 1)
	defer s.Subscribe(ring(wake))()
	deadline := time.After(20 * time.Second)
	for !cond() {
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("waited for %s; the end of the output is %q", what, output(s)[max(0, len(output(s))-300):])
		}
	}
}

// output is everything that the log holds.
func output(s *Session) string {
	from, end := s.Range()
	b := make([]byte, end-from)
	_, n := s.Read(from, b)
	return string(b[:n])
}

func has(s *Session, text string) func() bool {
	return func() bool { return strings.Contains(output(s), text) }
}

func ended(t *testing.T, s *Session) State {
	t.Helper()
	select {
	case <-s.Done():
		return s.State()
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
		return State{}
	}
}

func TestSizeIsThereBeforeTheProgram(t *testing.T) {
	s := start(t, "stty size", func(s *Spec) { s.Cols, s.Rows = 132, 43 })
	ended(t, s)
	if got := output(s); got != "43 132\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestExitStatus(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "exec /nonexistent 2>/dev/null": 127} {
		if got := ended(t, start(t, script)); got.Exit != want || got.Program != Ended {
			t.Errorf("%s: %+v, want %d", script, got, want)
		}
	}
	if _, err := Start(Spec{Command: []string{"/nonexistent"}, Cols: 80, Rows: 24}); err == nil {
		t.Error("a program that is not there started")
	}
}

func TestAllOutputBeforeTheEnd(t *testing.T) {
	s := start(t, "seq 100000; printf last", func(s *Spec) { s.LogBytes = 1 << 20 })
	ended(t, s)
	got := output(s)
	if !strings.HasSuffix(got, "\r\n100000\r\nlast") || len(got) != 588895+100000+4 {
		t.Errorf("%d bytes, ending in %q", len(got), got[max(0, len(got)-20):])
	}
}

func TestEndEndsTheGroup(t *testing.T) {
	s := start(t, `trap "" TERM HUP; sleep 1000 & echo pid $!; wait; sleep 1000`)
	wait(t, s, "the pid", has(s, "\r\n"))
	pid := strings.Fields(output(s))[1]
	begun := time.Now()
	s.End()
	if st := ended(t, s); st.Exit != 137 || time.Since(begun) < grace {
		t.Errorf("%+v after %v", st, time.Since(begun))
	}
	gone(t, pid) // it inherits the ignored signals, so only SIGKILL of the group ends it
}

// What ignores the polite signals goes even when the program itself has gone.
func TestEndEndsWhatOutlivesTheProgram(t *testing.T) {
	s := start(t, `(trap "" TERM HUP; echo pid $(exec sh -c 'echo $PPID'); exec sleep 1000) & wait`)
	wait(t, s, "the pid", has(s, "\r\n"))
	pid := strings.Fields(output(s))[1]
	s.End()
	ended(t, s)
	gone(t, pid)
}

// gone waits until a process has gone, or is a zombie that its parent has not
// waited for.
func gone(t *testing.T, pid string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		b, err := os.ReadFile("/proc/" + pid + "/stat")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || bytes.Contains(b, []byte(") Z ")) {
			return
		}
	}
	t.Errorf("process %s is still there", pid)
}

// What a driver typed before they lost the wheel is not typed after.
func TestInputOfAFormerDriver(t *testing.T) {
	var in input
	var typed bytes.Buffer
	may := 2
	var got int
	var why error
	in.one(&typed, &piece{p: bytes.Repeat([]byte("x"), 60_000), may: func() bool { may--; return may >= 0 }, written: func(n int, err error) { got, why = n, err }})
	if typed.Len() != 2*chunk || got != typed.Len() || !errors.Is(why, ErrNotDriver) {
		t.Errorf("%d bytes typed, %d said, %v", typed.Len(), got, why)
	}

	s := start(t, "stty raw -echo; echo ready; exec cat")
	wait(t, s, "the program", has(s, "ready"))
	if n, err := s.Input(context.Background(), "somebody", 1, []byte("x")); n != 0 || !errors.Is(err, ErrNotDriver) {
		t.Errorf("typed by one who does not drive: %d, %v", n, err)
	}
	if n, err := s.Input(context.Background(), "d", 1, []byte("y")); n != 1 || err != nil {
		t.Errorf("typed by the driver: %d, %v", n, err)
	}
}

func TestBackgroundHolderDoesNotHoldUpTheEnd(t *testing.T) {
	s := start(t, `(trap "" HUP; echo holding; exec sleep 3) & read x; exit 3`)
	wait(t, s, "the holder", has(s, "holding"))
	begun := time.Now()
	if _, err := s.Input(context.Background(), "d", 1, []byte("\n")); err != nil {
		t.Fatal(err)
	}
	if st := ended(t, s); st.Exit != 3 || time.Since(begun) > 2500*time.Millisecond {
		t.Errorf("%+v after %v", st, time.Since(begun))
	}
}

func TestInputOnce(t *testing.T) {
	s := start(t, "stty -echo; echo ready; cat")
	wait(t, s, "the program", has(s, "ready"))
	ctx := context.Background()
	for _, step := range []struct {
		client string
		seq    uint64
		text   string
		want   uint64
		err    error
	}{
		{"a", 1, "one\n", 1, nil}, {"a", 1, "one\n", 1, nil}, {"b", 1, "b-one\n", 1, nil}, {"a", 3, "three\n", 1, ErrSequence},
		{"a", 2, "two\n", 2, nil}, {"a", 1, "one\n", 2, nil}, {"c", 2, "x\n", 0, ErrSequence}, {"a", 3, "", 3, nil}, {"a", 4, "end\n", 4, nil},
	} {
		s.Drive(s.Driver(), step.client)
		got, err := s.Input(ctx, step.client, step.seq, []byte(step.text))
		if got != step.want || !errors.Is(err, step.err) {
			t.Errorf("%+v: %d, %v", step, got, err)
		}
	}
	wait(t, s, "the last line", has(s, "end\r\n"))
	if got := output(s); got != "ready\r\none\r\nb-one\r\ntwo\r\nend\r\n" {
		t.Errorf("got %q", got)
	}
	if s.Accepted("a") != 4 || s.Accepted("z") != 0 {
		t.Errorf("accepted %d, %d", s.Accepted("a"), s.Accepted("z"))
	}
}

// A program that does not read holds up its own input and nothing else.
func TestProgramThatDoesNotRead(t *testing.T) {
	s := start(t, "stty raw -echo; echo ready; while :; do echo tick; sleep 0.05; done")
	wait(t, s, "the program", has(s, "ready"))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stuck := make(chan error, 1)
	go func() {
		var err error
		for seq := uint64(1); err == nil && seq < 1000; seq++ {
			_, err = s.Input(ctx, "d", seq, bytes.Repeat([]byte("x"), 4096))
		}
		stuck <- err
	}()
	_, before := s.Range()
	wait(t, s, "more output", func() bool { _, now := s.Range(); return now > before+50 })
	s.End()
	if err := <-stuck; err == nil {
		t.Error("four megabytes were taken by a program that does not read")
	}
}

func TestQueriesAreAnsweredWithNobodyAttached(t *testing.T) {
	s := start(t, `stty raw -echo; printf '\033[c'; dd bs=1 count=3 2>/dev/null | od -An -tx1; printf '\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -tx1`)
	wait(t, s, "two answers", func() bool { return strings.Count(output(s), "1b 5b") == 2 })
}

func TestResize(t *testing.T) {
	s := start(t, `trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done`)
	wait(t, s, "the program", has(s, "ready"))
	s.Resize(100, 30)
	wait(t, s, "the new size", has(s, "30 100"))
	if st := s.State(); st.Cols != 100 || st.Rows != 30 {
		t.Errorf("got %+v", st)
	}
}

func TestStateAndTitle(t *testing.T) {
	changed := make(chan struct{}, 100)
	s := start(t, `printf '\033]2;my\001 title\007\033]7501;state=working:app=x\033\\'; read x; printf '\033]7501;state=nonsense\033\\\033]7501;state=done\033\\'; read x`,
		func(s *Spec) { s.Changed = func() { changed <- struct{}{} } })
	wait(t, s, "working", func() bool { return s.State().Program == "working" })
	if got := s.State().Title; got != "my title" {
		t.Errorf("the title is %q", got)
	}
	if _, err := s.Input(context.Background(), "d", 1, []byte("\r")); err != nil {
		t.Fatal(err)
	}
	wait(t, s, "done", func() bool { return s.State().Program == "done" })
	if len(changed) == 0 {
		t.Error("nobody was told")
	}
}

// Nothing of ours reaches the program but its terminal.
func TestNoInheritedDescriptors(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0); err != nil { // as a careless parent leaves it
		t.Fatal(err)
	}
	s := start(t, "ls /proc/self/fd | tr '\\n' ' '; env")
	ended(t, s)
	fields := strings.Fields(strings.SplitN(output(s), "TERM=", 2)[0])
	slices.Sort(fields)
	if got := strings.Join(fields, " "); got != "0 1 2 3" { // 3 is the folder that ls reads
		t.Errorf("descriptors: %s", got)
	}
	for _, forbidden := range []string{"TS_AUTHKEY", "TAILPTY_", "HOME="} {
		if strings.Contains(output(s), forbidden) {
			t.Errorf("the environment has %s", forbidden)
		}
	}
}

func TestLog(t *testing.T) {
	l := &log{buf: make([]byte, 10)}
	var all []byte
	for i := range 100 {
		p := []byte(strings.Repeat(string(rune('a'+i%26)), i%13))
		all = append(all, p...)
		l.append(p)
		if l.end != uint64(len(all)) || l.start() != uint64(max(0, len(all)-10)) {
			t.Fatalf("after %d bytes: %d..%d", len(all), l.start(), l.end)
		}
		for from := l.start(); from <= l.end; from++ {
			for _, size := range []int{1, 3, 20} {
				b := make([]byte, size)
				n := l.read(from, b)
				if want := all[from:min(len(all), int(from)+size)]; !bytes.Equal(b[:n], want) {
					t.Fatalf("read(%d) of %d = %q, want %q", from, size, b[:n], want)
				}
			}
		}
	}
}
