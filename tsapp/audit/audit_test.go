package audit

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tailpty/tsapp/identity"
)

// lines reads a log back.
func lines(t *testing.T, path string) (all []Line) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for raw := range bytes.Lines(b) {
		var l Line
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		all = append(all, l)
	}
	return all
}

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	who := identity.Identity{Login: "alice@example.com", Node: "phone", NodeID: "n1"}
	l.Write(Line{Verdict: Allowed, Action: identity.View, Object: "s1"}.By(who))
	l.Write(Line{Verdict: Denied, Route: strings.Repeat("é", 5000), Reason: "a\nb"})
	got := lines(t, path)
	if len(got) != 2 || got[0].Login != who.Login || got[0].NodeID != "n1" || got[0].Time.IsZero() {
		t.Errorf("got %+v", got)
	}
	if n := len(got[1].Route); n > maxField+3 || !strings.HasSuffix(got[1].Route, "é...") {
		t.Errorf("a route of %d bytes: %s", n, got[1].Route)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = Open(path, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.size = maxFile + 1
	l.Write(Line{Verdict: Done, Reason: "the first of the next"})
	l.Write(Line{Verdict: Done, Reason: "the second"})
	if old, now := lines(t, path+".1"), lines(t, path); len(old) != 2 || len(now) != 2 || now[0].Reason != "the first of the next" {
		t.Errorf("put aside %d, new %+v", len(old), now)
	}
}
