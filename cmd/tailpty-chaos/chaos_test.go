package main

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tags are those that every build carries; the Justfile has them too.
const tags = "ts_omit_peerapiserver,ts_omit_logtail,ts_omit_portmapper"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		os.Exit(child(os.Args[2:])) // this program as that of a session
	}
	os.Exit(m.Run())
}

// The short form of `just chaos`.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	program := filepath.Join(t.TempDir(), "tailpty")
	build := exec.Command("go", "build", "-trimpath", "-tags", tags, "-o", program, "../tailpty")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	o := options{sessions: 4, kills: 12, sessionKills: 4, viewers: 2, rate: 500_000, typing: 2000, pace: 300 * time.Millisecond,
		timeout: 3 * time.Minute, isolation: "none", tailpty: program, seed: 11}
	var told bytes.Buffer
	r, err := run(t.Context(), o, &told)
	if err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	var said bytes.Buffer
	if err := r.writeText(&said); err != nil {
		t.Fatal(err)
	}
	if !r.good() {
		t.Errorf("%s\n%s", said.String(), told.String())
	}
	for what, least := range map[string]int{serverKilled: o.kills, familyKilled: o.sessionKills, connectionCut: 1, sessionStopped: 1, viewerKilled: 1} {
		if r.Done[what] < least {
			t.Errorf("%s: %d times, want %d", what, r.Done[what], least)
		}
	}
	if sum := r.totals(); sum.Received < uint64(o.sessions)*lastWords || sum.Read < uint64(o.sessions)*1000 {
		t.Errorf("only %d bytes were printed and %d typed", sum.Received, sum.Read)
	}
	t.Log("\n" + said.String())
}

// A stream is the same in whatever pieces it is read, has every byte, and asks a
// terminal nothing.
func TestStream(t *testing.T) {
	const n = 1 << 20
	for _, made := range []func() *stream{
		func() *stream { return typedStream(1, "a") }, func() *stream { return printedStream(1, "a") },
	} {
		whole, pieces := make([]byte, n), make([]byte, n)
		made().fill(whole)
		s := made()
		for i, k := 0, 1; i < n; i, k = i+k, k%997+1 {
			k = min(k, n-i)
			s.fill(pieces[i : i+k])
		}
		if !bytes.Equal(whole, pieces) {
			t.Error("it depends on the pieces")
		}
		var seen [256]bool
		for _, c := range whole {
			seen[c] = true
		}
		for c, is := range seen {
			if !is {
				t.Errorf("no byte %#x", c)
			}
		}
	}
	printed := make([]byte, n)
	printedStream(1, "a").fill(printed)
	for i, c := range printed[:n-1] {
		if c == 0x1b && printed[i+1] != '7' || c == 0xc2 && printed[i+1] != 0xa9 {
			t.Fatalf("a control sequence at %d: %q", i, printed[i:i+2])
		}
	}
	if other := make([]byte, n); true {
		printedStream(2, "a").fill(other)
		if sha256.Sum256(other) == sha256.Sum256(printed) {
			t.Error("two seeds make the same")
		}
	}
}

// A byte that is lost, doubled or changed is seen and told.
func TestMeter(t *testing.T) {
	whole := make([]byte, 1000)
	typedStream(1, "a").fill(whole)
	for _, tt := range []struct {
		name  string
		bytes []byte
		said  string
		wrong bool
	}{
		{"all", whole, "the same", false},
		{"the last lost", whole[:999], "1 lost", false},
		{"one lost", append(append([]byte{}, whole[:500]...), whole[501:]...), "1 lost", true},
		{"ten doubled", append(append([]byte{}, whole[:510]...), whole[500:]...), "10 too many", true},
		{"one changed", append(append(append([]byte{}, whole[:500]...), ^whole[500]), whole[501:]...), "changed", true},
	} {
		in, out := newMeter(typedStream(1, "a")), newMeter(typedStream(1, "a"))
		in.add(whole)
		for i := 0; i < len(tt.bytes); i += 100 {
			out.add(tt.bytes[i:min(len(tt.bytes), i+100)])
		}
		if got := compare(in.amount(), out.amount()); got != tt.said || out.wrong != tt.wrong {
			t.Errorf("%s: %q, wrong %t", tt.name, got, out.wrong)
		}
		if tt.wrong && (out.at < 500 || out.at > 510) {
			t.Errorf("%s: found at %d", tt.name, out.at)
		}
	}
	m := newMeter(typedStream(1, "a"))
	m.add(whole[:100])
	m.skip(300)
	if m.add(whole[400:]); m.wrong {
		t.Error("what comes after a hole is not compared with what it should be")
	}
}

// A report says what is wrong, and what is not good is not called so.
func TestReport(t *testing.T) {
	good := func() *report {
		a := amount{10, "x"}
		return &report{Seconds: 1, Done: map[string]int{serverKilled: 3, familyKilled: 1}, asked: 3, askedFamilies: 1,
			Sessions: []outcome{{ID: "one", Alive: true, Printed: a, Received: a, Typed: a, Read: a}}}
	}
	if !good().good() {
		t.Error("a good one is not")
	}
	for name, spoil := range map[string]func(*report){
		"a dead session": func(r *report) { r.Sessions[0].Alive = false },
		"a problem":      func(r *report) { r.Problems = []string{"oh"} },
		"a loss":         func(r *report) { r.Sessions[0].Problems = []string{"oh"} },
		"too few kills":  func(r *report) { r.Done[serverKilled] = 2 },
		"too few ends":   func(r *report) { r.Done[familyKilled] = 0 },
	} {
		r := good()
		spoil(r)
		var text bytes.Buffer
		if err := r.writeText(&text); err != nil || r.good() || !strings.Contains(text.String(), "NOT GOOD") {
			t.Errorf("%s: %v\n%s", name, err, text.String())
		}
	}
}
