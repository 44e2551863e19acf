package ui

import (
	"bytes"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestIndexCarriesTheNonce(t *testing.T) {
	dist := fstest.MapFS{"index.html": {Data: []byte(`<meta nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__">`)}}
	got, err := index(dist, "N0nce")
	if err != nil {
		t.Fatal(err)
	}
	if want := `<meta nonce="N0nce"><script nonce="N0nce">`; string(got) != want {
		t.Errorf("index = %s, want %s", got, want)
	}
}

func TestIndexWithoutTheApp(t *testing.T) {
	dist := fstest.MapFS{".keep": {}}
	if built(dist) {
		t.Error("built with nothing but .keep")
	}
	if _, err := index(dist, "n"); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("index: %v, want ErrNotBuilt", err)
	}
}

func TestImmutable(t *testing.T) {
	for name, want := range map[string]bool{
		"assets/index-Cij48k2o.css": true,
		"index.html":                false,
		"icon.svg":                  false,
	} {
		if got := Immutable(name); got != want {
			t.Errorf("Immutable(%q) = %v, want %v", name, got, want)
		}
	}
}

// The bundle has to live under the content security policy: no inline script or
// style, no address but its own, and everything the page names is there.
func TestBundle(t *testing.T) {
	if !Built() {
		t.Skip("the web app is not built")
	}
	b, err := Index("N0nce")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte(placeholder)) {
		t.Error("the page still has the placeholder")
	}
	if !bytes.Contains(b, []byte(`property="csp-nonce" nonce="N0nce"`)) {
		t.Error("the page does not tell the app its nonce")
	}
	if m := regexp.MustCompile(`(?s)<script[^>]*>[^<]+|<style|\sstyle=|\son\w+=`).Find(b); m != nil {
		t.Errorf("inline: %s", m)
	}
	named := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllSubmatch(b, -1)
	if len(named) < 2 {
		t.Errorf("the page names %d files, want a script and a style at least", len(named))
	}
	for _, m := range named {
		path, ok := strings.CutPrefix(string(m[1]), "/")
		if !ok {
			t.Errorf("%s is not of this origin", m[1])
			continue
		}
		if _, err := fs.Stat(Assets(), path); err != nil {
			t.Error(err)
		}
	}
}
