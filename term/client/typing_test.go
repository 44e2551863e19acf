package client

import (
	"testing"

	"tailpty/term/wire"
)

// driving is a typing over a connection whose client drives.
func driving(t *testing.T) *typing {
	t.Helper()
	ty := &typing{wants: true}
	ty.state(wire.Control{T: wire.State, You: "me", Driver: "me", MayDrive: true, Seq: new(uint64)})
	return ty
}

func send(t *testing.T, ty *typing, want string) {
	t.Helper()
	m, n, ok := ty.next()
	got := m.T
	if m.T == "" {
		got = string(n.payload)
	}
	if !ok {
		got = ""
	}
	if got != want {
		t.Fatalf("next is %q, want %q", got, want)
	}
}

// An error does not say what it answers, so nothing is on its way together with
// a take, and the wheel is given back behind everything typed.
func TestOneThingWithoutAnAnswer(t *testing.T) {
	ty := driving(t)
	if err := ty.input([]byte("a")); err != nil {
		t.Fatal(err)
	}
	send(t, ty, "a")
	ty.giveWheel()
	send(t, ty, "") // not before a is applied
	ty.accepted(1)
	send(t, ty, wire.Release)
	send(t, ty, "")

	ty = driving(t)
	_ = ty.input([]byte("a"))
	send(t, ty, "a")
	ty.state(wire.Control{T: wire.State, You: "me", Driver: "bob", MayDrive: true})
	if err := ty.askWheel(); err != nil {
		t.Fatal(err)
	}
	send(t, ty, "") // the fate of a is open
	if tell, _ := ty.refused(wire.NotDriver); !tell {
		t.Error("a is given up and nobody is told")
	}
	_ = ty.input([]byte("b"))
	send(t, ty, wire.Take)
	send(t, ty, "") // b waits for the wheel
	ty.state(wire.Control{T: wire.State, You: "me", Driver: "me", MayDrive: true})
	send(t, ty, "b")
	if n := ty.out.numbered[0].number; n != 1 {
		t.Errorf("b has the number %d: that of a was not used up", n)
	}
}

// A take whose wheel was taken again before the state was made is answered by a
// pong.
func TestTakeLostAtOnce(t *testing.T) {
	ty := driving(t)
	ty.state(wire.Control{T: wire.State, You: "me", Driver: "bob", MayDrive: true})
	_ = ty.askWheel()
	_ = ty.input([]byte("a"))
	send(t, ty, wire.Take)
	ty.state(wire.Control{T: wire.State, You: "me", Driver: "carol", MayDrive: true})
	if !ty.wanted {
		t.Fatal("no ping is wanted")
	}
	ty.pinged()
	if code := ty.ponged(); code != wire.NotDriver || ty.out.waiting() > 0 {
		t.Errorf("%q, %d bytes wait", code, ty.out.waiting())
	}
}

// All that follows a refused message is refused too; until then no number may be
// used again, for no number may ever mean two inputs.
func TestNumbersAfterARefusal(t *testing.T) {
	ty := driving(t)
	for _, p := range []string{"a", "b", "c"} {
		_ = ty.input([]byte(p))
		send(t, ty, p)
	}
	if tell, _ := ty.refused(wire.NotDriver); !tell {
		t.Error("not told")
	}
	ty.pinged()
	ty.ponged() // before the rest is refused
	if ty.input([]byte("d")) == nil {
		send(t, ty, "")
	}
	for _, code := range []string{wire.NotDriver, wire.BadSequence} {
		if tell, lost := ty.refused(code); tell || lost {
			t.Errorf("%s: tell %v, lost %v", code, tell, lost)
		}
	}
	_ = ty.input([]byte("e"))
	if _, n, ok := ty.next(); !ok || n.number != 1 {
		t.Errorf("the next number is %d, %v", n.number, ok)
	}
	if _, lost := ty.refused(wire.BadSequence); !lost {
		t.Error("a hole of our own making goes unnoticed")
	}
}

// What is typed while much is on its way gathers into few messages.
func TestGathering(t *testing.T) {
	ty := driving(t)
	for range maxFlying + 1000 {
		_ = ty.input([]byte("x"))
		ty.next()
	}
	if n := len(ty.out.numbered); n != maxFlying {
		t.Errorf("%d messages are on their way", n)
	}
	ty.accepted(maxFlying)
	if _, n, _ := ty.next(); len(n.payload) != 1000 {
		t.Errorf("the next message has %d bytes", len(n.payload))
	}
}
