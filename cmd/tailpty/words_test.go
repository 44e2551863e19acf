package main

import (
	"strings"
	"testing"
)

// What the commands say, without a tailnet.
func TestWords(t *testing.T) {
	s := newSetup(t)
	s.extra = "token: aaaa-canary-value-that-must-not-be-printed-0\n"
	s.write(t, 0o600)
	for _, tt := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"--help"}, 0, []string{"Treat it like SSH", "serve", "config", "token", "version"}},
		{[]string{"serve", "--help"}, 0, []string{"--state-dir", "READY"}},
		{[]string{"version"}, 0, []string{"tailpty ", "no PeerAPI listener"}},
		{[]string{"config", "--example"}, 0, []string{"#state_dir:"}},
		{[]string{"config", "--config", s.file}, 0, []string{"listen: \"tailnet\"", "token: \"(set)\"", "hostname: \"tailpty\""}},
		{[]string{"config", "--config", s.file, "--hostname", "Not A Name"}, 1, []string{"hostname: is \"Not A Name\""}},
		{[]string{"config", "--config", "/nowhere.yaml"}, 1, []string{"/nowhere.yaml"}},
		{[]string{"token", "new"}, 1, []string{"--name phone"}},
		{[]string{"token", "new", "--name", "x"}, 1, []string{"--login", "--any-login"}},
		{[]string{"token", "list", "--tokens-file", s.tokens}, 0, []string{"There is no token yet"}},
		{[]string{"token", "remove", "x", "--tokens-file", s.tokens}, 1, []string{"none of this name"}},
		{[]string{"serv"}, 1, []string{"unknown command", "serve"}},
		{[]string{"serve", "--token", "x"}, 1, []string{"unknown flag"}},
	} {
		r := tailpty(t, nil, tt.args...)
		if r.code != tt.code {
			t.Errorf("%v: exit %d, want %d\n%s", tt.args, r.code, tt.code, r.stderr)
		}
		for _, w := range tt.want {
			if !strings.Contains(r.stdout+r.stderr, w) {
				t.Errorf("%v does not say %q:\n%s%s", tt.args, w, r.stdout, r.stderr)
			}
		}
		if strings.Contains(r.stdout+r.stderr, "canary") {
			t.Errorf("%v prints the token", tt.args)
		}
	}
}

func TestTokenCommands(t *testing.T) {
	s := newSetup(t)
	secret := s.token(t, "--name", "phone", "--login", "alice@example.com")
	if len(secret) != 43 {
		t.Errorf("the token is %q", secret)
	}
	r := tailpty(t, nil, "token", "list", "--tokens-file", s.tokens)
	if !strings.Contains(r.stdout, "phone") || !strings.Contains(r.stdout, "alice@example.com") || strings.Contains(r.stdout, secret) {
		t.Errorf("the list: %s", r.stdout)
	}
	r = tailpty(t, nil, "token", "list", "--json", "--tokens-file", s.tokens)
	if !strings.HasPrefix(r.stdout, `{"tokens":[{"name":"phone","sha256":"`) {
		t.Errorf("as JSON: %s", r.stdout)
	}
	if r = tailpty(t, nil, "token", "new", "--name", "phone", "--any-login", "--tokens-file", s.tokens); r.code != 1 || r.stdout != "" {
		t.Errorf("the same name again: %+v", r)
	}
	if r = tailpty(t, nil, "token", "remove", "phone", "--tokens-file", s.tokens); r.code != 0 {
		t.Errorf("removing: %+v", r)
	}
}
