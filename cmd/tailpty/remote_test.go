package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tailpty/term"
	"tailpty/tsapp/token"
)

// What the commands do over the network and what they say, without a terminal.
func TestRemoteCommands(t *testing.T) {
	h := newAttachHost(t)
	alice, bob := h.as("alice"), h.as("bob")
	if r := tailpty(t, alice, "ls", h.address); r.code != 0 || !strings.Contains(r.stderr, "There is no session") {
		t.Errorf("an empty list: %+v", r)
	}
	var s term.Session
	h.decode(tailpty(t, alice, "new", h.address, "sh", "--name", "work", "--json"), &s)
	if s.ID == "" || s.Name != "work" || s.Workspace != "w" || s.Owner != "alice" {
		t.Errorf("new --json: %+v", s)
	}
	r := tailpty(t, alice, "new", h.address, "sh", "--workspace", "w", "--detach")
	if r.code != 0 || len(strings.TrimSpace(r.stdout)) != len(s.ID) {
		t.Errorf("new --detach: %+v", r)
	}
	var all struct{ Sessions []term.Session }
	h.decode(tailpty(t, bob, "ls", h.address, "--json"), &all)
	if len(all.Sessions) != 2 || all.Sessions[0].ID != s.ID {
		t.Errorf("ls --json: %+v", all)
	}
	if r := tailpty(t, bob, "ls", h.address); !strings.Contains(r.stdout, s.ID[:8]+"  work") || !strings.Contains(r.stdout, "alice") {
		t.Errorf("ls: %s", r.stdout)
	}
	if r := tailpty(t, alice, "end", h.address, "wo"); r.code != 1 || !strings.Contains(r.stderr, `there is no session "wo"`) {
		t.Errorf("end of nothing: %+v", r)
	}
	if r := tailpty(t, bob, "end", h.address, "work"); r.code != 1 || !strings.Contains(r.stderr, "Your grants do not include end") {
		t.Errorf("bob ends: %+v", r)
	}
	var ended struct{ ID string }
	h.decode(tailpty(t, alice, "end", h.address, "work", "--json"), &ended)
	if ended.ID != s.ID {
		t.Errorf("end --json: %+v", ended)
	}
	if r := tailpty(t, alice, "end", h.address, s.ID[:6]); r.code != 0 || !strings.Contains(r.stderr, "work") {
		t.Errorf("end: %+v", r)
	}
	for _, tt := range []struct {
		env  []string
		args []string
		want string
	}{
		{alice, []string{"new", h.address, "nothing", "--detach"}, `no profile "nothing" that you may start there; there is bash, modes, queries, sh`},
		{bob, []string{"new", h.address, "sh", "--detach"}, "your grants do not include create"},
		{alice, []string{"attach", h.address}, "attaching needs a terminal"},
		{alice, []string{"attach", h.address, "--detach-key", "enter"}, `"enter" is no key`},
		{alice, []string{"ls", "http://" + h.address}, "plain http is never used"},
		{h.env, []string{"ls", h.address}, "run `tailpty login " + h.address + "`"},
		{alice, []string{"ls", "127.0.0.1:1"}, "127.0.0.1:1 does not answer"},
		{append(alice, "SSL_CERT_FILE=/dev/null"), []string{"ls", h.address}, "is not trusted"},
	} {
		if r := tailpty(t, tt.env, tt.args...); r.code != 1 || !strings.Contains(r.stderr, tt.want) || r.stdout != "" {
			t.Errorf("%v: %+v, want %q", tt.args, r, tt.want)
		}
	}
}

// A host that sends us elsewhere does not get the token there.
func TestRemoteFollowsNoRedirect(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	first := httptest.NewTLSServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	h := newRemoteHost("box", strings.TrimPrefix(first.URL, "https://"), "secret")
	h.http.Transport = first.Client().Transport
	if _, err := h.Sessions(t.Context()); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("listing: %v", err)
	}
	if _, err := h.Dial(t.Context(), "x"); err == nil {
		t.Error("attached")
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the other one was asked %d times", n)
	}
}

// login runs `tailpty login` with a token on its standard input.
func login(t *testing.T, env []string, address, secret string) (stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "login", address)
	cmd.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	cmd.Stdin = strings.NewReader(secret)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err = cmd.Run()
	return b.String(), err
}

func TestLogin(t *testing.T) {
	h := newAttachHost(t)
	config := t.TempDir()
	env := append(h.env, "XDG_CONFIG_HOME="+config)
	for secret, want := range map[string]string{
		"":                                    "no token was given",
		"changeme":                            "that is no token",
		token.Generate():                      "not valid for you",
		h.tokens["mallory"] + "\n":            "paste-this",
		h.tokens["alice"] + h.tokens["alice"]: "not valid for you",
	} {
		said, err := login(t, env, h.address, secret)
		if err == nil || !strings.Contains(said, want) {
			t.Errorf("%d characters: %v, %q, want %q", len(secret), err, said, want)
		}
		if secret != "" && strings.Contains(said, strings.TrimSpace(secret)) {
			t.Errorf("it says the token: %q", said)
		}
	}
	file := filepath.Join(config, "tailpty", "hosts", strings.ReplaceAll(h.address, ":", "_")+".token")
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a token that does not work was stored")
	}
	if said, err := login(t, env, h.address, " "+h.tokens["alice"]+"\n"); err != nil || !strings.Contains(said, "You are alice on "+h.address) {
		t.Fatalf("%v, %q", err, said)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if dir, err := os.Stat(filepath.Dir(file)); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", dir, err)
	}
	if r := tailpty(t, env, "ls", h.address); r.code != 0 {
		t.Errorf("ls: %+v", r)
	}
	// A file that others can read is not used.
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := tailpty(t, env, "ls", h.address); r.code != 1 || !strings.Contains(r.stderr, "chmod 600") {
		t.Errorf("ls: %+v", r)
	}

	// On a terminal it asks, and shows nothing of what is typed.
	p := newPane(t, 80, 24, env, "login", h.address)
	p.shows("Token for " + h.address + ":")
	p.typ(h.tokens["bob"])
	p.keys("Enter")
	p.shows("You are bob")
	if strings.Contains(p.text(), h.tokens["bob"][:8]) {
		t.Errorf("it shows the token:\n%s", p.text())
	}
}
