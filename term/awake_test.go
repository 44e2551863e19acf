package term

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"tailpty/term/wire"
)

// A program of that name stands in for the host's: there is none on a machine
// without systemd. It says when it is held, and is killed when it is not.
func TestKeepsAwake(t *testing.T) {
	dir := t.TempDir()
	held := filepath.Join(dir, "held")
	script := "#!/bin/sh\necho $$ >> " + held + "\nexec cat\n"
	if err := os.WriteFile(filepath.Join(dir, inhibitor()[0]), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{})
	a.typ("echo up$((1))\n")
	a.until("the shell", a.sees("up1"))
	if _, err := os.Stat(held); err == nil {
		t.Error("held while nothing works")
	}
	a.typ("printf '\\033]7501;state=working\\033\\\\'\n")
	eventually(t, "it to be held", func() bool { b, _ := os.ReadFile(held); return len(b) > 0 })
}

func TestAwakeIsReleased(t *testing.T) {
	a := awake{argv: []string{"sleep", "1000"}, logger: slog.New(slog.DiscardHandler)}
	a.set(false)
	if a.ended() != nil || a.due() != nil {
		t.Error("held for nothing")
	}
	a.set(true)
	over := a.ended()
	a.set(false)
	a.set(true)
	if a.due() != nil {
		t.Error("it is to end while something works")
	}
	a.set(false)
	<-a.due()
	a.release()
	<-over
	a.argv = []string{"false"}
	a.set(true)
	<-a.ended()
	if !a.refused() {
		t.Error("one that ends at once is not seen as refused")
	}
}
