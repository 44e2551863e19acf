package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// Only sessions that run are ended with the demo: the number of one that has ended
// may be another's by now.
func TestSessionsThatRun(t *testing.T) {
	d := &runDir{path: t.TempDir()}
	for id, pid := range map[string]int{"runs": 101, "ended": 102} {
		dir := filepath.Join(d.path, "state", "sessions", id)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "session.json"), fmt.Appendf(nil, `{"id":%q,"pid":%d}`, id, pid), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(dir, "status"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if id == "runs" {
			if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := d.sessions(); !slices.Equal(got, []int{101}) {
		t.Errorf("got %v", got)
	}
}
