package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newPlaces is places of a test's own, below a short path.
func newPlaces(t *testing.T) Places {
	t.Helper()
	dir, err := os.MkdirTemp("", "tp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return Places{State: filepath.Join(dir, "state"), Runtime: filepath.Join(dir, "run")}
}

// spawned starts a shell command as a process of its own.
func spawned(t *testing.T, p Places, script string, change ...func(*Order)) *Remote {
	t.Helper()
	return spawnedBy(t, p, []string{os.Args[0], "session"}, script, change...)
}

// spawnedBy is spawned with a program of another release.
func spawnedBy(t *testing.T, p Places, program []string, script string, change ...func(*Order)) *Remote {
	t.Helper()
	o := Order{Places: p, Record: Record{ID: strings.ToLower(rand.Text()), Name: "test", Created: time.Now()},
		Spec: Spec{Command: []string{"/bin/sh", "-c", script}, Dir: p.State, Env: []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color"}, Cols: 80, Rows: 24}}
	for _, c := range change {
		c(&o)
	}
	if err := p.Make(); err != nil {
		t.Fatal(err)
	}
	r, err := Spawn(t.Context(), program, o, DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	if rec, err := p.readRecord(o.Record.ID); err == nil {
		pid = rec.PID
	}
	t.Cleanup(func() {
		r.Close()
		if pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		eventually(t, "its process to be gone", func() bool { _, err := p.Look(o.Record.ID); return !errors.Is(err, ErrLives) })
	})
	return r
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// reader reads a session's output from an offset on.
type reader struct {
	t    *testing.T
	wake chan struct{}
	all  bytes.Buffer
	at   uint64
}

// read reads until the output has text, or the session or the connection has
// ended.
func (d *reader) read(r *Remote, text string) {
	d.t.Helper()
	d.wake = make(chan struct{}, 1)
	cancel, err := r.Subscribe(ring(d.wake))
	if err != nil {
		return
	}
	defer cancel()
	buf := make([]byte, 1<<20)
	late := time.After(20 * time.Second)
	for {
		at, n, err := r.Read(d.at, buf)
		if err != nil {
			return
		}
		if n > 0 && at != d.at {
			d.t.Errorf("output at %d, expected at %d", at, d.at)
		}
		d.all.Write(buf[:n])
		d.at += uint64(n)
		if text != "" && strings.Contains(d.all.String(), text) {
			return
		}
		if n > 0 {
			continue
		}
		if r.State().Ended {
			return
		}
		select {
		case <-d.wake:
		case <-r.Gone():
			return
		case <-late:
			d.t.Fatalf("waited for %q; the last of it is %q", text, d.all.String()[max(0, d.all.Len()-200):])
		}
	}
}

func TestProcess(t *testing.T) {
	p := newPlaces(t)
	r := spawned(t, p, `stty -echo; echo ready; read x; echo "got $x"; stty size; read y; exit 7`)
	d := &reader{t: t}
	d.read(r, "ready")
	if _, err := r.Input(t.Context(), "me", 1, []byte("no\n")); !errors.Is(err, ErrNotDriver) {
		t.Errorf("input without the wheel: %v", err)
	}
	if !r.Drive("", "me") || r.Driver() != "me" || r.Drive("you", "you") {
		t.Errorf("the wheel: %q", r.Driver())
	}
	r.Resize(100, 30)
	for range 2 { // the second time as a client would that does not know
		if n, err := r.Input(t.Context(), "me", 1, []byte("one\n")); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	d.read(r, "30 100")
	b, at, cols, rows, err := r.Snapshot(10)
	if err != nil || cols != 100 || rows != 30 || at != d.at || !bytes.Contains(b, []byte("got one")) {
		t.Errorf("snapshot %dx%d at %d of %d: %q, %v", cols, rows, at, d.at, b, err)
	}

	// Another connection, as after a restart of the server: it knows all of this.
	again, err := Dial(t.Context(), p, r.Record().ID, DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n, err := again.Accepted("me"); n != 1 || err != nil || again.Driver() != "me" {
		t.Errorf("accepted %d, %v; %q drives", n, err, again.Driver())
	}
	again.People([]Person{{ID: "a", Client: "me"}})
	again.Rename("renamed")
	eventually(t, "the people of the other connection", func() bool { return len(r.Others()) == 1 && r.Record().Name == "renamed" })
	if _, err := again.Input(t.Context(), "me", 2, []byte("\n")); err != nil {
		t.Error(err)
	}
	<-again.Done()
	if st := again.State(); !st.Ended || st.Exit != 7 {
		t.Errorf("%+v", st)
	}
	past := again.Past()
	again.Seen()
	r.Close()
	again.Close()
	check := func() {
		t.Helper()
		if past.Exit != 7 || past.Lost || past.Name != "renamed" {
			t.Errorf("%+v", past)
		}
		if b, _, cols, rows, _ := past.Screen(); cols != 100 || rows != 30 || !bytes.Contains(b, []byte("got one")) {
			t.Errorf("the last screen is %dx%d %q", cols, rows, b)
		}
	}
	check()
	eventually(t, "its process to go", func() bool { past, err = p.Look(r.Record().ID); return err == nil })
	check()
	if left, _ := os.ReadDir(p.Runtime); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// Whoever reads and goes away at any time misses no byte and gets none twice.
func TestReconnecting(t *testing.T) {
	p := newPlaces(t)
	const lines = 30000
	r := spawned(t, p, fmt.Sprintf(`stty -echo -onlcr; echo ready; read x; i=0; while [ $i -lt %d ]; do echo "line $i of what there is to be seen"; i=$((i+1)); done; read y`, lines))
	id := r.Record().ID
	d := &reader{t: t}
	d.read(r, "ready\n")
	r.Drive("", "me")
	if _, err := r.Input(t.Context(), "me", 1, []byte("\n")); err != nil {
		t.Fatal(err)
	}
	for n := 0; !strings.Contains(d.all.String(), fmt.Sprintf("line %d of", lines-1)); n++ {
		one, err := Dial(t.Context(), p, id, DialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(n%20)*time.Millisecond, func() { one.conn.Close() })
		d.read(one, fmt.Sprintf("line %d of", lines-1))
		one.Close()
		if n > 5000 {
			t.Fatal("no end")
		}
	}
	want := sha256.New()
	fmt.Fprintln(want, "ready")
	for i := range lines {
		fmt.Fprintf(want, "line %d of what there is to be seen\n", i)
	}
	if got := sha256.Sum256(d.all.Bytes()); !bytes.Equal(got[:], want.Sum(nil)) {
		t.Errorf("%d bytes came, and not those that were written", d.all.Len())
	}
}

// Killing a session's process ends that session alone, with its children and a
// status.
func TestKilled(t *testing.T) {
	p := newPlaces(t)
	r := spawned(t, p, `trap "" HUP; (setsid sleep 1000 & echo child $!) ; echo main $$; sleep 1001`)
	other := spawned(t, p, `echo here; read x`)
	d := &reader{t: t}
	d.read(r, "main ")
	d.read(r, "\n")
	var pids []string
	for line := range strings.Lines(d.all.String()) {
		if f := strings.Fields(line); len(f) == 2 {
			pids = append(pids, f[1])
		}
	}
	rec, err := p.readRecord(r.Record().ID)
	if err != nil || len(pids) != 2 {
		t.Fatal(err, pids)
	}
	if err := syscall.Kill(rec.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-r.Gone()
	var past *Past
	eventually(t, "its process to go", func() bool { past, err = p.Look(rec.ID); return err == nil })
	if past.Exit != 137 || past.Lost {
		t.Errorf("%+v", past)
	}
	for _, pid := range pids {
		gone(t, pid)
	}
	if st := other.State(); st.Ended {
		t.Error("the other session ended too")
	}
	if _, _, _, _, err := other.Snapshot(0); err != nil {
		t.Error(err)
	}
}

// What was started in an earlier run of the machine is lost, not killed.
func TestLost(t *testing.T) {
	p := newPlaces(t)
	r := spawned(t, p, `echo here; read x`)
	rec, err := p.readRecord(r.Record().ID)
	if err != nil {
		t.Fatal(err)
	}
	(&reader{t: t}).read(r, "here")
	eventually(t, "the first screen", func() bool { _, err := os.Stat(filepath.Join(p.dir(rec.ID), screenFile)); return err == nil })
	rec.Boot = "another"
	if err := rec.write(p.dir(rec.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Look(rec.ID); !errors.Is(err, ErrLives) {
		t.Errorf("while it lives: %v", err)
	}
	_ = syscall.Kill(rec.PID, syscall.SIGKILL)
	<-r.Gone()
	var past *Past
	eventually(t, "its process to go", func() bool { past, err = p.Look(rec.ID); return err == nil })
	if !past.Lost || time.Since(past.EndedAt) > time.Minute {
		t.Errorf("%+v", past)
	}
	if b, _, _, _, _ := past.Screen(); !bytes.Contains(b, []byte("here")) {
		t.Errorf("the last screen is %q", b)
	}
}

// A program that cannot be started is an error that says why, and leaves nothing.
func TestSpawnFails(t *testing.T) {
	p := newPlaces(t)
	o := Order{Places: p, Record: Record{ID: strings.ToLower(rand.Text())}, Spec: Spec{Command: []string{"/no/such/program"}, Dir: "/", Cols: 80, Rows: 24}}
	_, err := Spawn(t.Context(), []string{os.Args[0], "session"}, o, DialOptions{})
	if !errors.Is(err, ErrStart) || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("%v", err)
	}
	for _, dir := range []string{p.State, p.Runtime} {
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("it left %v", left)
		}
	}
}

// The process of a session has nothing of ours: no descriptor, no variable, no
// argument but its name.
func TestProcessInheritsNothing(t *testing.T) {
	t.Setenv("TS_AUTHKEY", "secret")
	p := newPlaces(t)
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_SETFD, 0) // inherited, if nobody prevents it
	r := spawned(t, p, `env; ls -l /proc/self/fd; ls -l /proc/$PPID/fd; tr '\0' '\n' </proc/$PPID/environ; echo "the end"`)
	d := &reader{t: t}
	d.read(r, "the end")
	if got := d.all.String(); strings.Contains(got, "secret") || strings.Contains(got, "-> /dev/null\r\n") && strings.Contains(got, " "+strconv.Itoa(int(f.Fd()))+" -> /dev/null") {
		t.Errorf("it has too much: %s", got)
	}
}

// The program gets every signal as a login would give it.
func TestSignalsAreNotIgnored(t *testing.T) {
	r := spawned(t, newPlaces(t), `for s in INT HUP QUIT TERM PIPE; do sh -c "kill -$s \$\$; echo alive"; done 2>/dev/null; echo "the end"`)
	d := &reader{t: t}
	d.read(r, "the end")
	if strings.Contains(d.all.String(), "alive") {
		t.Errorf("%q", d.all.String())
	}
}

// A client that wants every byte is waited for, but not for ever.
func TestHold(t *testing.T) {
	s := start(t, `stty -echo; echo ready; read x; yes | head -c 20000000; read y`)
	wait(t, s, "the program", has(s, "ready"))
	_, at := s.Range()
	s.Hold("me", at)
	begun := time.Now()
	if _, err := s.Input(context.Background(), "d", 1, []byte("\n")); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		wait(t, s, "output", func() bool { _, end := s.Range(); return end > at })
		start, end := s.Range()
		if start > at {
			t.Fatalf("byte %d is gone, %d is the first", at, start)
		}
		if end > at+holdBehind+readBuffer {
			t.Fatalf("the program is %d bytes ahead", end-at)
		}
		at = min(end, at+100_000)
		s.Hold("me", at)
	}
	if time.Since(begun) > 20*time.Second {
		t.Errorf("it took %v", time.Since(begun))
	}
	// The client says nothing more.
	wait(t, s, "the rest", func() bool { _, end := s.Range(); return end > at+10_000_000 })
}

// What the program wrote last is in the log, however far behind a client is that
// wants every byte.
func TestHoldLosesNothingAtTheEnd(t *testing.T) {
	s := start(t, `stty -echo; echo ready; read x; head -c 272000 /dev/zero | tr '\\0' x; printf END`)
	wait(t, s, "the program", has(s, "ready"))
	s.Hold("me", 0)
	if _, err := s.Input(context.Background(), "d", 1, []byte("\n")); err != nil {
		t.Fatal(err)
	}
	ended(t, s)
	if all := output(s); !strings.HasSuffix(all, "END") {
		t.Errorf("%d bytes, which end with %q", len(all), all[max(0, len(all)-20):])
	}
}

// Who connects and says nothing does not keep a session's process.
func TestSilentConnection(t *testing.T) {
	p := newPlaces(t)
	r := spawned(t, p, "read x")
	c, err := net.Dial("unix", p.Socket(r.Record().ID))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r.End()
	<-r.Done()
	r.Seen()
	r.Close()
	eventually(t, "its process to go", func() bool { left, err := os.ReadDir(p.Runtime); return err == nil && len(left) == 0 })
	eventually(t, "its process to go", func() bool { _, err := p.Look(r.Record().ID); return err == nil })
}
