package session

import (
	"os"
	"strings"
	"testing"
)

// A session of the release before this one is served by this one: a server that is
// upgraded finds its sessions. TAILPTY_TEST_PREVIOUS is the program of that
// release; there is none before the first with session processes.
func TestPreviousRelease(t *testing.T) {
	program := os.Getenv("TAILPTY_TEST_PREVIOUS")
	if program == "" {
		t.Skip("TAILPTY_TEST_PREVIOUS names no program of an earlier release")
	}
	p := newPlaces(t)
	r := spawnedBy(t, p, []string{program, "session"}, `stty -echo; echo ready; read x; echo "got $x"; stty size; read y; exit 7`)
	d := &reader{t: t}
	d.read(r, "ready")
	if !r.Drive("", "me") {
		t.Error("the wheel was refused")
	}
	r.Resize(100, 30)
	if n, err := r.Input(t.Context(), "me", 1, []byte("one\n")); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	d.read(r, "30 100")
	r.Close()

	again, err := Dial(t.Context(), p, r.Record().ID, DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n, err := again.Accepted("me"); n != 1 || err != nil || again.Driver() != "me" {
		t.Errorf("accepted %d, %v; %q drives", n, err, again.Driver())
	}
	if b, _, cols, rows, err := again.Snapshot(10); err != nil || cols != 100 || rows != 30 || !strings.Contains(string(b), "got one") {
		t.Errorf("snapshot %dx%d %q, %v", cols, rows, b, err)
	}
	if _, err := again.Input(t.Context(), "me", 2, []byte("\n")); err != nil {
		t.Error(err)
	}
	<-again.Done()
	if past := again.Past(); past.Exit != 7 {
		t.Errorf("%+v", past)
	}
}
