package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// write makes a configuration file of mode and returns its path.
func write(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(f, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f, mode); err != nil {
		t.Fatal(err)
	}
	return f
}

// enough is the least that is a whole configuration.
func enough(t *testing.T) string {
	return fmt.Sprintf("state_dir: %s\nworkspaces: [{name: w, path: %q}]\nprofiles: [{name: sh, command: [sh, -i]}]\n", filepath.Join(t.TempDir(), "state"), t.TempDir())
}

func keysOf(t *testing.T, err error) []string {
	t.Helper()
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("not Problems: %v", err)
	}
	var keys []string
	for _, p := range problems {
		keys = append(keys, p.Key)
	}
	return keys
}

func TestLoadFileEnvFlags(t *testing.T) {
	f := write(t, 0o600, enough(t)+"hostname: from-file\nlog_level: warn\nmax_sessions: 7\ntags: [tag:a]\n"+
		"limits: {session_ops: 5}\n")
	t.Setenv("TAILPTY_LOG_LEVEL", "debug")
	t.Setenv("TAILPTY_TAGS", "tag:b,tag:c")
	t.Setenv("TAILPTY_MAX_SESSIONS", "8")
	c, err := Load(f, map[string]string{"log_level": "error", "join_timeout": "90s"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Hostname != "from-file" || c.LogLevel != "error" || c.MaxSessions != 8 || c.JoinTimeout.Seconds() != 90 {
		t.Errorf("got %+v", c)
	}
	if d := cmp.Diff([]string{"tag:b", "tag:c"}, c.Tags); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Limits{5, 60, 120, 60, 200, 10}, c.Limits); d != "" {
		t.Error(d)
	}
}

func TestObjectsFromEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TAILPTY_STATE_DIR", filepath.Join(dir, "state"))
	t.Setenv("TAILPTY_WORKSPACES", fmt.Sprintf(`[{"name":"w","path":%q}]`, dir))
	t.Setenv("TAILPTY_PROFILES", `[{"name":"sh","command":["sh"],"env":["UPPER=Case"]}]`)
	t.Setenv("TAILPTY_GRANTS_FROM", "config")
	t.Setenv("TAILPTY_GRANTS", `[{"src":["*"],"actions":["view"],"workspaces":["W*"]}]`)
	t.Setenv("TAILPTY_LIMITS", `{"attaches":3}`)
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Workspaces[0].Path != dir || c.Profiles[0].Env[0] != "UPPER=Case" || c.Limits.Attaches != 3 || c.Limits.SessionOps != 10 {
		t.Errorf("got %+v", c)
	}
	if got := fmt.Sprint(c.Grants[0].Rule["workspaces"]); got != "[W*]" {
		t.Errorf("the rule's workspaces are %s", got)
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	f := write(t, 0o600, "hostnam: x\nlisten: 0.0.0.0:80\njoin_timeout: 5\nprofiles: [{name: a b, comand: [sh]}]\nlog_level: loud\n"+
		"workspaces: [{name: w, path: relative}, {name: w, path: /nowhere/at/all}]\nmax_sessions: many\n")
	t.Setenv("TAILPTY_TOKNE", "x")
	_, err := Load(f, nil)
	got := strings.Join(keysOf(t, err), "\n")
	for _, want := range []string{"TAILPTY_TOKNE", "hostnam", "listen", "join_timeout", "profiles[0].comand", "profiles[0].name", "profiles[0].command",
		"log_level", "workspaces[0].path", "workspaces[1].path", "workspaces[1].name", "max_sessions"} {
		if !strings.Contains("\n"+got+"\n", "\n"+want+"\n") {
			t.Errorf("no problem with %s in:\n%v", want, err)
		}
	}
	if !strings.Contains(err.Error(), "did you mean hostname?") || !strings.Contains(err.Error(), "did you mean token?") {
		t.Errorf("no suggestion in:\n%v", err)
	}
}

func TestListen(t *testing.T) {
	for listen, good := range map[string]bool{"tailnet": true, "unix:/run/x.sock": true, "unix:x.sock": false, "0.0.0.0": false, "[::]:443": false,
		"192.168.1.2:443": false, "443": false, ":443": false, "": false, "localhost:80": false, "tcp:tailnet": false} {
		_, err := Load(write(t, 0o600, enough(t)), map[string]string{"listen": listen})
		if good != (err == nil) {
			t.Errorf("listen %q: %v", listen, err)
		}
	}
}

func TestSecretsOthersCanRead(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		bad        bool
	}{
		{"secret, 0600", "token: abc\n", 0o600, false},
		{"secret, 0644", "token: abc\n", 0o644, true},
		{"auth key, 0640", "auth_key: abc\n", 0o640, true},
		{"none, 0644", "", 0o644, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := write(t, tt.mode, enough(t)+tt.text)
			_, err := Load(f, nil)
			if tt.bad != (err != nil) {
				t.Errorf("got %v", err)
			}
			if tt.bad && !strings.Contains(err.Error(), "chmod 600 "+f) {
				t.Errorf("does not say what to do: %v", err)
			}
		})
	}
	state := t.TempDir()
	if err := os.Chmod(state, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(write(t, 0o600, enough(t)), map[string]string{"state_dir": state}); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a state folder others can read: %v", err)
	}
	if _, err := Load(write(t, 0o600, enough(t)), map[string]string{"auth_key_file": write(t, 0o644, "k")}); err == nil {
		t.Error("an auth key file others can read was taken")
	}
}

func TestSecretFiles(t *testing.T) {
	c, err := Load(write(t, 0o600, enough(t)), map[string]string{"auth_key_file": write(t, 0o600, "key-1\n")})
	if err != nil || c.AuthKey.Reveal() != "key-1" {
		t.Errorf("got %q, %v", c.AuthKey.Reveal(), err)
	}
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	if err := os.WriteFile(filepath.Join(dir, "tok"), []byte("t"), 0o440); err != nil {
		t.Fatal(err)
	}
	if c, err = Load(write(t, 0o600, enough(t)), map[string]string{"token_file": "credential:tok"}); err != nil || c.Token.Reveal() != "t" {
		t.Errorf("got %q, %v", c.Token.Reveal(), err)
	}
	for _, f := range []string{"credential:../tok", "credential:none", "/nowhere", write(t, 0o600, " \n"), write(t, 0o600, strings.Repeat("x", 5000))} {
		if _, err := Load(write(t, 0o600, enough(t)), map[string]string{"token_file": f}); err == nil {
			t.Errorf("token_file %q was taken", f)
		}
	}
}

func TestSecretCannotBePrinted(t *testing.T) {
	const canary = "canary-value"
	s := NewSecret(canary)
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "secret", s, "struct", struct{ S Secret }{s})
	c := Defaults()
	c.Token, c.AuthKey = s, s
	c.Profiles = []Profile{{Name: "p", Command: []string{"x"}, Env: []string{"API_KEY=" + canary}}}
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&b, verb+"\n", s)
		fmt.Fprintf(&b, verb+"\n", struct{ S Secret }{s})
		fmt.Fprintf(&b, verb+"\n", &s)
	}
	if strings.Contains(b.String(), canary) || strings.Contains(b.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("printed: %s", b.String())
	}
	if s.Reveal() != canary {
		t.Error("Reveal does not")
	}
}

// The example holds every key, and at its default.
func TestExample(t *testing.T) {
	set := regexp.MustCompile(`(?m)^#([a-z_]+): (.*)$`)
	got := map[string]string{}
	for _, m := range set.FindAllStringSubmatch(Example, -1) {
		got[m[1]] = m[2]
	}
	var all strings.Builder
	for _, k := range Keys() {
		if _, ok := got[k.Name]; !ok {
			t.Errorf("the example lacks %s", k.Name)
		}
		// What depends on the machine and what has no default stays out.
		if !slices.Contains([]string{"hostname", "runtime_dir", "workspaces", "profiles"}, k.Name) {
			fmt.Fprintf(&all, "%s: %s\n", k.Name, got[k.Name])
		}
	}
	if len(got) != len(Keys()) {
		t.Errorf("the example has %d keys, there are %d", len(got), len(Keys()))
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_STATE_HOME", "")
	dir := enough(t)
	_, dir, _ = strings.Cut(dir, "\n")
	want, err := Load(write(t, 0o600, dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	example, err := Load(write(t, 0o600, dir+all.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Comparer(func(a, b Secret) bool { return a == b })
	if d := cmp.Diff(want, example, same, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("the example is not the default:\n%s", d)
	}
}

func TestPrintIsReadAgain(t *testing.T) {
	c, err := Load(write(t, 0o600, enough(t)+"tags: [tag:x]\nmax_sessions: 3\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Load(write(t, 0o600, b.String()), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if again.MaxSessions != 3 || again.Tags[0] != "tag:x" || again.Profiles[0].Command[1] != "-i" || again.StateDir != c.StateDir {
		t.Errorf("got %+v", again)
	}
}

func TestIsolation(t *testing.T) {
	two := func(top, own string) string {
		return enough(t) + top + "profiles: [{name: a, command: [a]}, {name: b, command: [b]" + own + "}]\n"
	}
	drop := regexp.MustCompile(`(?m)^profiles: \[\{name: sh.*\n`)
	for _, tt := range []struct {
		top, own          string
		run, first, other string // the setting, and what each profile has
	}{
		{"", "", defaultIsolation(), defaultIsolation(), defaultIsolation()},
		{"", ", isolation: none", defaultIsolation(), defaultIsolation(), "none"},
		{"isolation: none\n", "", "none", "none", "none"},
		{"isolation: none\n", ", isolation: workspace", "none", "none", "workspace"},
	} {
		c, err := Load(write(t, 0o600, drop.ReplaceAllString(two(tt.top, tt.own), "")), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.Isolation != tt.run || c.Profiles[0].Isolation != tt.first || c.Profiles[1].Isolation != tt.other {
			t.Errorf("%q and %q: %q, %q, %q", tt.top, tt.own, c.Isolation, c.Profiles[0].Isolation, c.Profiles[1].Isolation)
		}
	}
	_, err := Load(write(t, 0o600, drop.ReplaceAllString(two("isolation: strict\n", ", isolation: None"), "")), nil)
	if d := cmp.Diff([]string{"profiles[1].isolation", "isolation"}, keysOf(t, err)); d != "" {
		t.Error(d)
	}
}

func TestLocalLogin(t *testing.T) {
	for login, good := range map[string]bool{"": true, "alice@example.com": true, "alice@github": true, "alice": true,
		"*": false, "tag:ci": false, "a b": false, "a\tb": false, "a\x1bb": false} {
		_, err := Load(write(t, 0o600, enough(t)), map[string]string{"local_login": login})
		if good != (err == nil) {
			t.Errorf("local_login %q: %v", login, err)
		}
	}
}
