package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tailpty/tsapp/token"
)

// refused checks that the program refuses to serve, at once, before it has
// joined anything, and that it says which setting is wrong.
func refused(t *testing.T, s setup, env []string, naming string, args ...string) {
	t.Helper()
	r := tailpty(t, env, append([]string{"serve", "--config", s.file}, args...)...)
	if r.code == 0 || !strings.Contains(r.stderr, naming) {
		t.Errorf("exit %d; stderr does not name %s:\n%s", r.code, naming, r.stderr)
	}
	if r.took > 2*time.Second {
		t.Errorf("it took %v", r.took)
	}
	if left, _ := filepath.Glob(filepath.Join(s.state, "tailscaled.*")); len(left) > 0 {
		t.Errorf("a node was made: %v", left)
	}
}

func TestPromise_OD1(t *testing.T) {
	t.Run("none", func(t *testing.T) {
		s := newSetup(t)
		s.write(t, 0o600)
		refused(t, s, nil, "tokens_file")
	})
	for name, value := range map[string]string{"31 bytes": token.Generate()[:41], "well known": "buffaly", "changeme": "changeme", "in production": "change-me-in-production", "repeated": strings.Repeat("ab", 32)} {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t)
			s.write(t, 0o600)
			refused(t, s, []string{"TAILPTY_TOKEN=" + value}, "  token: ")
			s.extra = "token: " + value + "\n"
			s.write(t, 0o600)
			refused(t, s, nil, "  token: ")
		})
	}
}

func TestPromise_OD2(t *testing.T) {
	for _, listen := range []string{"0.0.0.0", "0.0.0.0:8080", "[::]:443", "192.168.1.5:443", "127.0.0.1:8080", "localhost", ":443", "443", "tcp", "unix:relative", "*"} {
		t.Run(listen, func(t *testing.T) {
			s := newSetup(t)
			s.write(t, 0o600)
			s.token(t, "--name", "t", "--any-login")
			refused(t, s, nil, "listen", "--listen", listen)
			refused(t, s, []string{"TAILPTY_LISTEN=" + listen}, "listen")
		})
	}
}

func TestPromise_OD10(t *testing.T) {
	t.Run("config with a secret", func(t *testing.T) {
		s := newSetup(t)
		s.extra = "token: " + token.Generate() + "\n"
		s.write(t, 0o644)
		refused(t, s, nil, "chmod 600 "+s.file)
	})
	t.Run("tokens", func(t *testing.T) {
		s := newSetup(t)
		s.write(t, 0o600)
		s.token(t, "--name", "t", "--any-login")
		chmod(t, s.tokens, 0o640)
		refused(t, s, nil, "chmod 600 "+s.tokens)
	})
	t.Run("state", func(t *testing.T) {
		s := newSetup(t)
		s.write(t, 0o600)
		s.token(t, "--name", "t", "--any-login")
		if err := os.Mkdir(s.state, 0o755); err != nil {
			t.Fatal(err)
		}
		refused(t, s, nil, "chmod 700 "+s.state)
	})
	t.Run("auth key", func(t *testing.T) {
		s := newSetup(t)
		key := filepath.Join(s.dir, "key")
		if err := os.WriteFile(key, []byte("k"), 0o644); err != nil {
			t.Fatal(err)
		}
		s.extra = "auth_key_file: " + key + "\n"
		s.write(t, 0o600)
		refused(t, s, nil, "chmod 600 "+key)
	})
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// A start never makes a token, and nothing else it could be let in with.
func TestPromise_BF2(t *testing.T) {
	s := newSetup(t)
	s.write(t, 0o600)
	refused(t, s, nil, "token")
	if _, err := os.Stat(s.tokens); err == nil {
		t.Error("a tokens file appeared")
	}
	s.token(t, "--name", "t", "--any-login")
	before, err := os.ReadFile(s.tokens)
	if err != nil {
		t.Fatal(err)
	}
	r := tailpty(t, nil, "serve", "--config", s.file, "--join-timeout", "1s")
	if r.code == 0 {
		t.Error("it joined a control server that is not there")
	}
	after, err := os.ReadFile(s.tokens)
	if err != nil || string(after) != string(before) {
		t.Errorf("the tokens file changed: %s, %v", after, err)
	}
}

// Every problem at once, each with its key, within 2 s.
func TestPromise_BF3(t *testing.T) {
	s := newSetup(t)
	s.extra = "lissten: x\nlog_level: loud\nallow_http: perhaps\n"
	s.write(t, 0o600)
	for _, naming := range []string{"lissten", "log_level", "allow_http", "tokens_file"} {
		refused(t, s, nil, naming)
	}
}
