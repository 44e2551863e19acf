package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// patient is how long anything may take here.
const patient = 20 * time.Second

// each runs a test for each of the other peers that is on this machine.
func each(t *testing.T, f func(t *testing.T, p peer, s server)) {
	for _, p := range otherPeers(install{cache: os.Getenv("TAILPTY_BENCH_CACHE")}) {
		t.Run(p.name(), func(t *testing.T) {
			s, err := p.start(t.Context(), t.TempDir())
			if errors.Is(err, errMissing) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.close(); err != nil {
					t.Error(err)
				}
			}()
			f(t, p, s)
		})
	}
}

// reader collects output. Its reads end with the context of the terminal.
type reader struct {
	t   *testing.T
	in  terminal
	all []byte
}

// until reads until the output has a text.
func (r *reader) until(text string) {
	r.t.Helper()
	b := make([]byte, 64<<10)
	for !bytes.Contains(r.all, []byte(text)) {
		n, err := r.in.Read(b)
		r.in.consumed(n)
		r.all = append(r.all, b[:n]...)
		if err != nil {
			r.t.Fatalf("no %q: %v after %q", text, err, r.all[max(0, len(r.all)-300):])
		}
	}
}

// openIn opens a terminal that is closed with the test, and a reader of it.
func openIn(t *testing.T, s server, script string) *reader {
	t.Helper()
	ctx, done := context.WithTimeout(t.Context(), patient)
	term, err := s.open(ctx, openOptions{command: []string{"/bin/sh", "-c", script, "it's"}, cols: 91, rows: 31})
	if err != nil {
		done()
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = term.Close(); done() })
	stop := context.AfterFunc(ctx, func() { _ = term.Close() })
	t.Cleanup(func() { stop() })
	return &reader{t: t, in: term}
}

// A peer runs a command as it was given, on a terminal of the size that was asked
// for, echoes what is typed, and is charged for processes that exist.
func TestPeerRuns(t *testing.T) {
	each(t, func(t *testing.T, p peer, s server) {
		r := openIn(t, s, `echo "<$0><$(stty size)>"; stty -echo; echo ready; while read -r x; do echo "<$x>"; done`)
		r.until("<it's><31 91>")
		r.until("ready")
		for i := range 3 {
			if _, err := fmt.Fprintf(r.in, "key %d é\r", i); err != nil {
				t.Fatal(err)
			}
			r.until(fmt.Sprintf("<key %d é>", i))
		}
		pids := s.pids()
		if len(pids) == 0 {
			t.Error("no process is charged")
		}
		for _, pid := range pids {
			if p, ok := look(pid); !ok || p.name == "sh" {
				t.Errorf("process %d is charged: %+v", pid, p)
			}
		}
	})
}

// Every byte of a flood arrives; tmux draws what is left of it instead.
func TestPeerCarriesAll(t *testing.T) {
	each(t, func(t *testing.T, p peer, s server) {
		const lines = 250_000
		r := openIn(t, s, fmt.Sprintf(`stty -opost -echo; echo "<begin>"; read -r x; seq -f %%020.0f %d; echo "<""end>"; cat`, lines))
		r.until("<begin>")
		r.all = nil
		if _, err := io.WriteString(r.in, "\r"); err != nil {
			t.Fatal(err)
		}
		r.until("<end>")
		if p.name() == tmuxRow {
			return
		}
		var want bytes.Buffer
		for i := range lines {
			fmt.Fprintf(&want, "%020d\n", i+1)
		}
		got := bytes.TrimLeft(r.all[:bytes.Index(r.all, []byte("<end>"))], "\r\n")
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%d bytes, and not the %d that were written, or others", len(got), want.Len())
		}
	})
}

// Closing ends the server, what holds the terminals, and the programs.
func TestPeerEnds(t *testing.T) {
	each(t, func(t *testing.T, _ peer, s server) {
		// The program neither reads nor minds being hung up on.
		r := openIn(t, s, `trap '' HUP TERM; sleep 1000 & echo "<$$><$!>"; wait`)
		r.until("><")
		r.until("\n")
		var all []relative
		for _, pid := range s.pids() {
			p, _ := look(pid)
			all = append(all, p)
		}
		at := bytes.Index(r.all, []byte("><"))
		for _, digits := range []string{
			string(r.all[bytes.LastIndexByte(r.all[:at], '<')+1 : at]),
			string(r.all[at+2 : at+2+bytes.IndexByte(r.all[at+2:], '>')]),
		} {
			pid, err := strconv.Atoi(digits)
			if err != nil {
				t.Fatalf("%q: %v", r.all, err)
			}
			p, ok := look(pid)
			if !ok {
				t.Fatalf("no process %d", pid)
			}
			all = append(all, p)
		}
		if len(all) < 3 {
			t.Fatalf("only %v", all)
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.alive() {
				t.Errorf("%s (%d) still runs", p.name, p.pid)
			}
		}
	})
}

// What can be left is as it was when one comes back, and others see it too.
func TestPeerIsRejoined(t *testing.T) {
	each(t, func(t *testing.T, p peer, s server) {
		r := openIn(t, s, `stty -echo; echo '<begin>'; while read -r x; do echo "<$x>"; done`)
		r.until("<begin>")
		if j, ok := r.in.(joiner); ok {
			other, err := j.join(t.Context())
			if errors.Is(err, errNo) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			typing, seen := context.WithCancel(t.Context())
			var work sync.WaitGroup
			work.Go(func() {
				// A peer that keeps nothing shows the other what comes after it came.
				for typing.Err() == nil {
					_, _ = io.WriteString(r.in, "seen by both\r")
					sleep(typing, 50*time.Millisecond)
				}
			})
			late := time.AfterFunc(patient, func() { _ = other.Close() })
			(&reader{t: t, in: other}).until("<seen by both>")
			late.Stop()
			seen()
			work.Wait()
		}
		j, ok := r.in.(rejoiner)
		if !ok {
			return
		}
		if err := j.leave(); err != nil {
			t.Fatal(err)
		}
		again, n, err := j.rejoin(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		rest := &reader{t: t, in: again}
		rest.until("<seen by both>")
		if n < len("<begin><seen by both>") || n > 10_000 {
			t.Errorf("the picture has %d bytes", n)
		}
		_, _ = io.WriteString(again, "typed\r")
		rest.until("<typed>")
		if _, _, err := j.rejoin(t.Context(), 1000); !errors.Is(err, errNo) {
			t.Errorf("%s sends history: %v", p.name(), err)
		}
	})
}

// What is missing is named, and nothing is installed unasked.
func TestMissingPeer(t *testing.T) {
	for _, s := range []source{
		{program: "no-such-program", debian: "a-package"},
		{program: "no/such/program.js", npm: "a-package"},
		{program: "no-such-program", hint: "a-package by hand"},
	} {
		if path, err := (install{cache: t.TempDir()}).find(t.Context(), s); !errors.Is(err, errMissing) || !strings.Contains(err.Error(), "install it (") || !strings.Contains(err.Error(), "a-package") {
			t.Errorf("%q, %v", path, err)
		}
	}
}
