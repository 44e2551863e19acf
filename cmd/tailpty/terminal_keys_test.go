package main

import (
	"strings"
	"testing"
)

// pressed is what a keyboard makes of what a terminal sends: typed bytes as they
// are, and <L> for the leader.
func pressed(k *keyboard, in string, size int) string {
	var b strings.Builder
	for at := 0; at < len(in); at += size {
		for _, e := range k.read([]byte(in[at:min(len(in), at+size)])) {
			if e.action == leaderPressed {
				b.WriteString("<L>")
			} else {
				b.Write(e.bytes)
			}
		}
	}
	b.Write(k.give())
	return b.String()
}

func TestKeyboard(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                                    "abc",
		"a\x1cb":                                 "a<L>b",
		"\x1c\x1c":                               "<L><L>",
		"\x1b[A\x1bOP\x1bx\x1b":                  "\x1b[A\x1bOP\x1bx\x1b",
		"\x1b\x1b[A":                             "\x1b\x1b[A",
		"\x1b[92;5u":                             "<L>", // kitty
		"\x1b[92;5:1u\x1b[92;5:3u":               "<L>", // pressed and let go
		"\x1b[92;69u":                            "<L>", // with Caps Lock
		"\x1b[27;5;92~":                          "<L>", // modifyOtherKeys
		"\x1b[223:63:92;5u":                      "<L>", // on another layout
		"\x1b[92;6u\x1b[92u":                     "\x1b[92;6u\x1b[92u",
		"\x1b[200~a\x1cb\x1b[?1;2c\x1b[201~\x1c": "\x1b[200~a\x1cb\x1b[?1;2c\x1b[201~<L>",
		"\x1b[?1;2c\x1b[>0;276;0c\x1b[0n":        "", // what terminals answer
		"\x1b[?2026;2$y\x1b[4;2$y\x1b[?0u\x1b[8;24;80t": "",
		"\x1b]11;rgb:0000/0000/0000\x1b\\x":             "x",
		"\x1b]10;rgb:0000/0000/0000\ax":                 "x",
		"\x1bP>|xterm\x1b\\x\x1bP1$r0m\x1b\\":           "x",
		"\x1b[1;2R\x1b[I\x1b[<0;1;1M":                   "\x1b[1;2R\x1b[I\x1b[<0;1;1M", // Shift-F3, focus, mouse
		"\x1b]half":                                     "\x1b]half",                   // Alt-], and then typing
		"漢字\x1cé":                                       "漢字<L>é",
	} {
		for _, size := range []int{1, 2, 3, len(in)} {
			if got := pressed(&keyboard{leader: 0x1c}, in, size); got != want {
				t.Errorf("%q by %d: %q, want %q", in, size, got, want)
			}
		}
	}
	if got := pressed(&keyboard{leader: 0x01}, "\x01\x1b[97;5u\x1b[65;5u", 100); got != "<L><L><L>" {
		t.Errorf("Ctrl-A: %q", got)
	}
	if got := pressed(&keyboard{leader: 0x1c}, "\x1b]"+strings.Repeat("x", 2*maxHeld), 100); len(got) != 2+2*maxHeld {
		t.Errorf("%d bytes of a string without an end", len(got))
	}
}

func TestParseLeader(t *testing.T) {
	for in, want := range map[string]byte{`ctrl-\`: 0x1c, "Ctrl-]": 0x1d, "^a": 1, "C-b": 2, "ctrl+_": 0x1f, "ctrl-@": 0} {
		if got, err := parseLeader(in); err != nil || got != want {
			t.Errorf("%s: %#x, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "a", "ctrl-", "ctrl-m", "ctrl-i", "ctrl-1", "ctrl-ab", "alt-x", "f1"} {
		if got, err := parseLeader(in); err == nil {
			t.Errorf("%q is %#x", in, got)
		}
	}
	if got := leaderName(0x1c); got != `Ctrl-\` {
		t.Error(got)
	}
}
