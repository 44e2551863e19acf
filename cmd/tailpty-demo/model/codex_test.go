package model_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// These tests run the real Codex in a PTY, as a session of the demo does.

func TestCodexAnswersAPrompt(t *testing.T) {
	x := startCodex(t)
	x.ask("hello")
	x.waitFor("I am the demo's scripted model")
	x.waitState("done")
	x.waitFor("Count to 50", "· Say hello") // the answer's end, the thread's title
	x.ask("explain this project")
	x.waitState("done")
	x.waitFor("There are 5 files", "fairshare.test.js", "Splits a bill between friends")
}

func TestCodexStopsAnAnswer(t *testing.T) {
	x := startCodex(t)
	x.ask("count to 500")
	x.waitFor("3. line 3 of 500")
	x.typing("\x1b")
	x.waitFor("Conversation interrupted")
	x.waitState("idle")
}

func TestCodexAsksBeforeItWrites(t *testing.T) {
	x := startCodex(t)
	x.ask("write a file notes.txt")
	x.waitFor("Would you like to run the following command?", "May I write notes.txt in your workspace?", "1. Yes, proceed (y)")
	x.waitState("blocked:app=codex:kind=permission")
	if x.wrote("notes.txt") {
		t.Fatal("written before the approval")
	}
	x.answer("y")
	x.waitFor("You approved codex to run", "notes.txt is in your workspace")
	x.waitState("done")
	if !x.wrote("notes.txt") {
		t.Error("approved, but not written")
	}

	x.ask("write a file other.txt")
	x.waitFor("May I write other.txt in your workspace?")
	x.answer("\x1b")
	x.waitFor("You canceled the request to run", "Conversation interrupted")
	x.waitState("idle")
	x.ask("no, thanks")
	x.waitFor("All right, I left it alone.")
	x.waitState("done")
	if x.wrote("other.txt") {
		t.Error("denied, but written")
	}
}

func TestCodexAppliesAPatch(t *testing.T) {
	x := startCodex(t)
	x.ask("run the tests")
	x.waitState("done")
	x.waitFor("1 failed:", "the shares add up to the bill")
	x.ask("fix the bug")
	x.waitState("done")
	x.waitFor("Edited fairshare.js (+2 -1)", "Fixed.", "All tests pass.")
	b, err := os.ReadFile(filepath.Join(x.workspace, "fairshare.js"))
	if err != nil || !strings.Contains(string(b), "const left = cents % people;") {
		t.Errorf("the file is not patched (%v):\n%s", err, b)
	}
	x.ask("fix the bug")
	x.waitState("done")
	x.waitFor("There is nothing for me to fix.")
}

// Nothing may be left behind: Codex would start a background process that goes
// on running, and copy itself into its home for it.
func TestCodexStartsNoDaemon(t *testing.T) {
	x := startCodex(t)
	var size int64
	err := filepath.WalkDir(x.home, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err == nil {
			size += st.Size()
		}
		return err
	})
	if err != nil || size > 50<<20 {
		t.Errorf("the home has %d bytes (%v)", size, err)
	}
	x.typing("/quit")
	x.waitFor("› /quit")
	x.typing("\r")
	select {
	case <-x.ended: // nobody holds the PTY any more
	case <-time.After(patience):
		t.Errorf("still running:\n%s", x.text())
	}
}
