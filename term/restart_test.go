package term

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tailpty/term/session"
	"tailpty/term/wire"
)

// again attaches as the same client, with what it has.
func (h *host) again(c *client, login, id string, hello wire.Control) {
	c.t.Helper()
	c.conn = h.dial(login, "/sessions/"+id+"/attach")
	hello.T, hello.Offset = wire.Hello, &c.offset
	c.state = wire.Control{}
	c.send(hello)
	c.until("the first state", func() bool { return c.state.You != "" })
}

// The server dies and another comes: the session, its output, its driver and what
// was typed are there, and nothing is twice.
func TestServerDies(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	hello := wire.Control{Client: "tab", Mode: wire.Lossless, Cols: 100, Rows: 30}
	a := h.attach("alice", id, hello)
	a.until("ready", a.sees("ready"))
	mark := a.out.Len()
	const rounds = 5
	for round := range rounds {
		a.typ(fmt.Sprintf("before %d\n", round))
		a.until("the echo", a.sees(fmt.Sprintf("before %d\r\n", round)))
		h.kill()
		h.serveAgain()
		h.again(a, "alice", id, hello)
		if a.state.Seq == nil || *a.state.Seq != a.seq {
			t.Fatalf("the last input is %v, typed were %d", a.state.Seq, a.seq)
		}
		if a.state.Driver != a.state.You || a.state.Cols != 100 || a.state.Rows != 30 {
			t.Errorf("after the restart: %+v", a.state)
		}
		a.seq-- // as if the answer to the last had been lost
		a.typ(fmt.Sprintf("before %d\n", round))
	}
	a.typ("last\n")
	a.until("the echo", a.sees("last\r\n"))
	var want strings.Builder
	for round := range rounds {
		fmt.Fprintf(&want, "before %d\r\n", round)
	}
	if got := strings.TrimPrefix(a.out.String()[mark:], "\r\n"); got != want.String()+"last\r\n" {
		t.Errorf("the output was %q", got)
	}
	var s Session
	if h.ask("alice", "GET", "/sessions/"+id, "", &s); s.Owner != "alice" || s.Profile != "cat" || s.Name != "cat" || s.Ended != nil {
		t.Errorf("%+v", s)
	}
}

// What ends while there is no server is known to the next one, with its last
// screen.
func TestEndsWithoutServer(t *testing.T) {
	h := newHost(t)
	ended, killed, lost := h.create("alice", "sh"), h.create("alice", "cat"), h.create("alice", "cat")
	a := h.attach("alice", ended, wire.Control{})
	a.typ("echo the$((1))end; read x; exit 5\n")
	a.until("the program", a.sees("the1end"))
	for _, id := range []string{killed, lost} {
		c := h.attach("dave", id, wire.Control{})
		c.until("ready", c.sees("ready"))
	}
	a.typ("\n") // the server goes at the same time, or a little later
	a.until("accepted", func() bool {
		return a.controls[len(a.controls)-1].T == wire.Accepted && *a.controls[len(a.controls)-1].Seq == 2
	})
	eventually(t, "the first screens", func() bool {
		for _, id := range []string{killed, lost} {
			if _, err := os.Stat(filepath.Join(h.options.Places.State, id, "screen")); err != nil {
				return false
			}
		}
		return true
	})
	h.kill()
	for _, id := range []string{killed, lost} {
		past, err := h.options.Places.Away(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(past.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(h.options.Places.State, lost, "session.json")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was := string(b)
	if err := os.WriteFile(file, []byte(strings.Replace(was, `"boot":"`, `"boot":"before `, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	h.serveAgain()
	one := func(id string) (s Session) {
		eventually(t, "its end", func() bool { s = Session{}; h.ask("alice", "GET", "/sessions/"+id, "", &s); return s.Ended != nil })
		return s
	}
	if s := one(ended); s.Exit == nil || *s.Exit != 5 || s.State != "ended" || s.Lost {
		t.Errorf("one that ended: %+v", s)
	}
	if s := one(killed); s.Exit == nil || *s.Exit != 137 || s.State != "ended" || s.Lost {
		t.Errorf("one that was killed: %+v", s)
	}
	if s := one(lost); s.Exit != nil || s.State != "lost" || !s.Lost || time.Since(*s.Ended) > time.Minute {
		t.Errorf("one that was lost: %+v", s)
	}
	c := h.attach("alice", lost, wire.Control{Client: "x"})
	c.until("the last screen", c.sees("ready"))
	c.until("its end", c.told(wire.Exit, ""))
	if last := c.controls[len(c.controls)-1]; last.Code != nil {
		t.Errorf("a status that nobody knows: %d", *last.Code)
	}
	if code := h.ask("alice", "DELETE", "/sessions/"+lost, "", nil); code != 204 {
		t.Error(code)
	}
	h.kill()
	h.serveAgain()
	if code := h.ask("alice", "GET", "/sessions/"+lost, "", nil); code != 404 {
		t.Errorf("one that was removed is back: %d", code)
	}
}

// What ends while there is no server keeps its output for those who come back to
// the next one, who have had time for that.
func TestLastOutputAfterRestart(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	hello := wire.Control{Client: "tab", Mode: wire.Lossless}
	a := h.attach("alice", id, hello)
	a.typ("stty -echo; echo the$((1))end\n")
	a.until("the program", a.sees("the1end"))
	a.typ("read x; seq 100000 120000; exit 5\n")
	a.typ("\n")
	a.until("accepted", func() bool {
		last := a.controls[len(a.controls)-1]
		return last.T == wire.Accepted && *last.Seq == 3
	})
	h.kill()
	status := filepath.Join(h.options.Places.State, id, "status")
	eventually(t, "its end", func() bool {
		b, err := os.ReadFile(status)
		return err == nil && strings.TrimSpace(string(b)) != ""
	})
	h.serveAgain()
	r, ok := h.s.get(id)
	if !ok {
		t.Fatal("it is not listed")
	}
	for begun := time.Now(); time.Since(begun) < comeBack/10; time.Sleep(time.Millisecond) {
		if _, over := r.process().(still); over {
			t.Fatalf("its output was given up after %v", time.Since(begun))
		}
	}
	h.again(a, "alice", id, hello)
	a.until("its end", a.told(wire.Exit, ""))
	want := &strings.Builder{}
	for i := range 20001 {
		fmt.Fprintf(want, "%d\r\n", 100000+i)
	}
	if !strings.HasSuffix(a.out.String(), want.String()) {
		t.Errorf("the end of %d bytes is %q", a.out.Len(), a.tail())
	}
	if code := h.ask("alice", "DELETE", "/sessions/"+id, "", nil); code != 204 {
		t.Error(code)
	}
	eventually(t, "the removal of what is written down", func() bool {
		_, err := os.Stat(filepath.Dir(status))
		return os.IsNotExist(err)
	})
}

// A session that somebody starts on the host is there at once.
func TestStartedOnTheHost(t *testing.T) {
	h := newHost(t)
	conn := h.dial("bob", "/events")
	conn.SetReadLimit(1 << 20)
	o := session.Order{Places: h.options.Places,
		Record: session.Record{ID: newID(), Name: "mine", Profile: "run", Owner: "local:me", Isolation: Open, Created: time.Now()},
		Spec:   session.Spec{Command: []string{"/bin/sh", "-c", "echo here; read x; exit 3"}, Dir: "/", Env: []string{"PATH=/bin:/usr/bin"}, Cols: 80, Rows: 24}}
	remote, err := session.Spawn(t.Context(), h.options.Program, o, session.DialOptions{Local: true})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	remote.People([]session.Person{{ID: "local", Client: "local:me/x", Login: "local:me", Name: "me", Device: "host"}})
	remote.Drive("", "local:me/x")
	eventually(t, "the session", func() bool { return h.ask("alice", "GET", "/sessions/"+o.Record.ID, "", nil) == 200 })
	a := h.attach("alice", o.Record.ID, wire.Control{})
	a.until("who is there", func() bool { return len(a.state.People) == 2 && a.state.Driver == "local" })
	a.typ("\n")
	a.until("a refusal", a.told(wire.Refused, wire.NotDriver))
	remote.Close() // the terminal is closed: the wheel is free
	a.until("the wheel to be free", func() bool { return a.state.Driver == "" })
	a.seq--
	a.typ("\n")
	a.until("its end", a.told(wire.Exit, ""))
	if code := a.controls[len(a.controls)-1].Code; code == nil || *code != 3 {
		t.Errorf("%v", code)
	}
}

// A session's process that stands still holds up nothing else of the server.
func TestProcessStandsStill(t *testing.T) {
	h := newHost(t)
	id, other := h.create("alice", "cat"), h.create("alice", "cat")
	a := h.attach("alice", id, wire.Control{})
	a.until("ready", a.sees("ready"))
	past, err := h.options.Places.Away(id)
	if err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(past.PID, syscall.SIGSTOP)
	a.typ("later\n")
	begun := time.Now()
	if code := h.ask("alice", "GET", "/sessions", "", nil); code != 200 {
		t.Error(code)
	}
	b := h.attach("dave", other, wire.Control{})
	b.typ("hello\n")
	b.until("the echo", b.sees("hello\r\n"))
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("another session took %v", took)
	}
	_ = syscall.Kill(past.PID, syscall.SIGCONT)
	a.until("what was typed", a.sees("later\r\n"))
}

// A start that fails leaves nothing: no session in the list, and no limit used.
func TestFailedStart(t *testing.T) {
	h := newHost(t)
	h.kill()
	h.options.Profiles = append(h.options.Profiles, Profile{Name: "none", Command: []string{"/no/such/program"}, Isolation: Open})
	h.serveAgain()
	for range 6 { // more than may run
		if code := h.ask("alice", "POST", "/sessions", `{"profile":"none","workspace":"w"}`, nil); code != 503 {
			t.Errorf("got %d", code)
		}
	}
	h.create("alice", "cat")
	var all struct{ Sessions []Session }
	if h.ask("alice", "GET", "/sessions", "", &all); len(all.Sessions) != 1 {
		t.Errorf("there are %+v", all.Sessions)
	}
	if left, err := os.ReadDir(h.options.Places.State); err != nil || len(left) != 1 {
		t.Errorf("it left %v, %v", left, err)
	}
}

// A session whose folder somebody has removed goes off the list.
func TestRemovedUnderTheServer(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	past, err := h.options.Places.Away(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(h.options.Places.State, id)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(past.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it to go", func() bool { return h.ask("alice", "GET", "/sessions/"+id, "", nil) == 404 })
}

// An ended session that a command on the host removes goes off the list.
func TestRemovedOnTheHost(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	past, err := h.options.Places.Away(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(past.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var s Session
	eventually(t, "its end", func() bool { return h.ask("alice", "GET", "/sessions/"+id, "", &s) == 200 && s.Ended != nil })
	if err := past.Remove(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it to go", func() bool { return h.ask("alice", "GET", "/sessions/"+id, "", nil) == 404 })
}
