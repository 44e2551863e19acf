package token

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tailpty/term/wire"
)

func TestCheck(t *testing.T) {
	good := Generate()
	if len(good) != 43 || Check(good) != nil {
		t.Fatalf("Generate gives %q: %v", good, Check(good))
	}
	for s, want := range map[string]error{
		"": ErrMissing, "buffaly": ErrWellKnown, "ChangeMe": ErrWellKnown, "change-me-in-production": ErrWellKnown,
		good[:42]: ErrShort, "short": ErrShort, strings.Repeat("a", 43): ErrWellKnown, strings.Repeat("abc", 20): ErrWellKnown,
		good[:42] + "!": ErrForm, good + good: nil, strings.Repeat(good, 20): ErrForm,
	} {
		if err := Check(s); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("Check(%q) = %v, want %v", s, err, want)
		}
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "tokens.json")
	secret := Generate()
	e := Entry{Name: "phone", SHA256: HashOf(secret), Login: "a@b", Made: time.Unix(1e9, 0).UTC()}
	if err := Add(path, e); err != nil {
		t.Fatal(err)
	}
	if err := Add(path, e); !errors.Is(err, ErrExists) {
		t.Errorf("the same name again: %v", err)
	}
	if err := Remove(path, "nobody"); !errors.Is(err, ErrNone) {
		t.Errorf("removing none: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(b), secret) {
		t.Errorf("the file holds the token: %s, %v", b, err)
	}
	all, err := ReadFile(path)
	if err != nil || len(all) != 1 || all[0] != e {
		t.Errorf("read %+v, %v", all, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others can read: %v", err)
	}
}

// The set sees the file as it is at each look-up.
func TestSetFollowsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	if _, err := Open(path); !errors.Is(err, ErrMissing) {
		t.Fatalf("no file: %v", err)
	}
	one, two := Generate(), Generate()
	if err := Add(path, Entry{Name: "one", SHA256: HashOf(one), Login: AnyLogin}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(secret string) bool { _, ok, _ := s.Valid(secret, "a@b", "n"); return ok }
	if !valid(one) || valid(two) || valid("") {
		t.Error("at first")
	}
	if err := Add(path, Entry{Name: "two", SHA256: HashOf(two), Login: AnyLogin}); err != nil {
		t.Fatal(err)
	}
	if !valid(one) || !valid(two) {
		t.Error("two at once")
	}
	if err := Remove(path, "one"); err != nil {
		t.Fatal(err)
	}
	if valid(one) || !valid(two) {
		t.Error("after removing one")
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Valid(two, "a@b", "n"); ok || err == nil {
		t.Error("a broken file leaves tokens valid")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if valid(two) {
		t.Error("without the file")
	}
}

func TestFromRequest(t *testing.T) {
	secret := Generate()
	sub := wire.BearerPrefix + base64.RawURLEncoding.EncodeToString([]byte(secret))
	for name, tt := range map[string]struct {
		headers http.Header
		want    string
	}{
		"bearer":           {http.Header{"Authorization": {"Bearer " + secret}}, secret},
		"lower case":       {http.Header{"Authorization": {"bearer " + secret}}, secret},
		"subprotocol":      {http.Header{"Sec-Websocket-Protocol": {"tailpty.v1, " + sub}}, secret},
		"two lines":        {http.Header{"Sec-Websocket-Protocol": {"tailpty.v1", sub}}, secret},
		"both":             {http.Header{"Authorization": {"Bearer " + secret}, "Sec-Websocket-Protocol": {sub}}, ""},
		"two subprotocols": {http.Header{"Sec-Websocket-Protocol": {sub + "," + sub}}, ""},
		"padded":           {http.Header{"Sec-Websocket-Protocol": {sub + "=="}}, ""},
		"basic":            {http.Header{"Authorization": {"Basic " + secret}}, ""},
		"none":             {http.Header{}, ""},
		"too long":         {http.Header{"Authorization": {"Bearer " + strings.Repeat("x", 600)}}, ""},
	} {
		r := httptest.NewRequest("GET", "/?token="+secret, nil)
		r.Header = tt.headers
		if got := FromRequest(r); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// FuzzFromRequest: no header makes it panic, and a token is never longer than
// what is hashed.
func FuzzFromRequest(f *testing.F) {
	f.Add("Bearer x", "tailpty.v1, "+wire.BearerPrefix+"eA")
	f.Fuzz(func(t *testing.T, authorization, protocol string) {
		r := &http.Request{Header: http.Header{"Authorization": {authorization}, "Sec-Websocket-Protocol": {protocol}}}
		if got := FromRequest(r); len(got) > maxLen {
			t.Fatalf("%d bytes", len(got))
		}
	})
}
