package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tailpty/term"
)

func TestHostAndSession(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir, err := hostsDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "known.tail.ts.net"+tokenSuffix), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string][2]string{
		"": {"", ""}, "work": {"", "work"}, "box work": {"box", "work"}, "box.ts.net": {"box.ts.net", ""}, "box:8443": {"box:8443", ""},
		"box:": {"box", ""}, "box: work": {"box", "work"}, "known": {"known", ""}, "know": {"", "know"}, "known.tail.ts.net": {"known.tail.ts.net", ""},
	} {
		if host, session := hostAndSession(strings.Fields(in)); host != want[0] || session != want[1] {
			t.Errorf("%q: %q, %q", in, host, session)
		}
	}
}

func TestHostAddress(t *testing.T) {
	for in, want := range map[string]string{
		"Box.tail.ts.net": "box.tail.ts.net", "https://box.ts.net/": "box.ts.net", "127.0.0.1:8443": "127.0.0.1:8443", "[::1]:8443": "[::1]:8443", "localhost:1": "localhost:1",
	} {
		if got, err := hostAddress(t.Context(), in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "http://box.ts.net", "box.ts.net/path", "a@box.ts.net", "../../etc/x.y", "box.ts.net?x", "a b.c", "box.ts.net#x"} {
		if got, err := hostAddress(t.Context(), in); err == nil {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestChoose(t *testing.T) {
	gone := time.Now()
	all := []term.Session{{ID: "aaaa1", Name: "one"}, {ID: "aaab2", Name: "two"}, {ID: "cccc3", Name: "two", Ended: &gone}, {ID: "dddd4", Name: "old", Ended: &gone}, {ID: "eeee5", Name: "aaaa1x"}}
	for meant, want := range map[string]string{"aaaa1": "aaaa1", "one": "aaaa1", "two": "aaab2", "c": "cccc3", "old": "dddd4", "dddd": "dddd4", "aaaa1x": "eeee5"} {
		if got, err := choose(all, meant); err != nil || got.ID != want {
			t.Errorf("%q: %q, %v", meant, got.ID, err)
		}
	}
	for meant, want := range map[string]string{"aaa": "more than one session is called", "nothing": "no session \"nothing\"", "": "more than one session runs"} {
		if got, err := choose(all, meant); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", meant, got.ID, err)
		}
	}
	if got, err := choose(all[2:], ""); err != nil || got.ID != "eeee5" {
		t.Errorf("the only one that runs: %q, %v", got.ID, err)
	}
	if _, err := choose(nil, ""); err == nil || !strings.Contains(err.Error(), "tailpty new") {
		t.Error(err)
	}
}

func TestPrintable(t *testing.T) {
	if got := printable("a\x1b[2Jb\u009bc\u202ed\r\né漢"); got != "a[2Jbcdé漢" {
		t.Errorf("%q", got)
	}
}
