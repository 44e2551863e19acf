package config

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"tailpty/config/private"
)

var (
	label    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	tag      = regexp.MustCompile(`^tag:[A-Za-z][A-Za-z0-9-]*$`)
	capName  = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9._/-]+$`)
	plain    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	login    = regexp.MustCompile(`^[^\s\pC*]*$`)
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
)

// maxSecretFile bounds a file that holds one secret, in bytes.
const maxSecretFile = 4096

// complete fills in what follows from other keys: secrets from their files,
// folders below the home directory, names that default to names.
func (c *Config) complete(problems *Problems) {
	c.StateDir = expand(c.StateDir)
	if c.RuntimeDir = expand(c.RuntimeDir); c.RuntimeDir == "" {
		c.RuntimeDir = defaultRuntimeDir(c.StateDir)
	}
	c.TokensFile = expand(c.TokensFile)
	if c.TokensFile == "" && c.StateDir != "" {
		c.TokensFile = filepath.Join(c.StateDir, "tokens.json")
	}
	secretFile("auth_key", &c.AuthKey, c.AuthKeyFile, problems)
	secretFile("oauth_secret", &c.OAuthSecret, c.OAuthSecretFile, problems)
	secretFile("token", &c.Token, c.TokenFile, problems)
	for i := range c.Workspaces {
		c.Workspaces[i].Path = expand(c.Workspaces[i].Path)
	}
	for i := range c.Profiles {
		if c.Profiles[i].Title == "" {
			c.Profiles[i].Title = c.Profiles[i].Name
		}
		if c.Profiles[i].Isolation == "" {
			c.Profiles[i].Isolation = c.Isolation
		}
	}
}

// expand replaces a leading ~/ by the home directory.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// secretFile reads the secret of key from its file, or from the systemd
// credential that stands in its place.
func secretFile(key string, s *Secret, file string, problems *Problems) {
	if file == "" {
		return
	}
	if s.IsSet() {
		problems.add(key+"_file", "%s is set too: remove one of the two", key)
		return
	}
	credential, isCredential := strings.CutPrefix(file, "credential:")
	path := expand(file)
	if isCredential {
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" || credential != filepath.Base(credential) {
			problems.add(key+"_file", "there is no systemd credential %q: add LoadCredential=%s:PATH to the unit", credential, credential)
			return
		}
		path = filepath.Join(dir, credential)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO must not hold us up
	if err != nil {
		problems.add(key+"_file", "%v", err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err == nil && !isCredential { // systemd's own permissions hold for a credential
		err = private.Check(path, info)
	}
	if err != nil {
		problems.add(key+"_file", "%v", err)
		return
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil || len(b) > maxSecretFile {
		problems.add(key+"_file", "%s is not a file with one secret (%d bytes at most): %v", path, maxSecretFile, err)
		return
	}
	if *s = NewSecret(strings.TrimSpace(string(b))); !s.IsSet() {
		problems.add(key+"_file", "%s is empty", path)
	}
}

// check reports every value that cannot be.
func (c *Config) check(problems *Problems) {
	c.checkNode(problems)
	c.checkRuntimeDir(problems)
	c.checkListen(problems)
	c.checkPolicy(problems)
	c.checkWorkspaces(problems)
	c.checkProfiles(problems)
	for _, n := range []struct {
		key   string
		value int
	}{
		{"max_sessions", c.MaxSessions}, {"max_sessions_per_login", c.MaxSessionsPerLogin},
		{"limits.session_ops", c.Limits.SessionOps}, {"limits.session_reads", c.Limits.SessionReads},
		{"limits.lookups", c.Limits.Lookups}, {"limits.attaches", c.Limits.Attaches}, {"limits.open", c.Limits.Open}, {"limits.failed_tokens", c.Limits.FailedTokens},
	} {
		if n.value < 1 || n.value > 1_000_000 {
			problems.add(n.key, "is %d; it is a number from 1 to 1000000", n.value)
		}
	}
	oneOf(problems, "isolation", c.Isolation, IsolationWorkspace, IsolationNone)
	if !login.MatchString(c.LocalLogin) || strings.HasPrefix(c.LocalLogin, "tag:") {
		problems.add("local_login", "is %q; it is one person's login, such as you@example.com", c.LocalLogin)
	}
	oneOf(problems, "log_level", c.LogLevel, "debug", "info", "warn", "error")
	oneOf(problems, "log_format", c.LogFormat, "text", "json")
}

func oneOf(problems *Problems, key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		problems.add(key, "is %q; it is one of %s", value, strings.Join(allowed, ", "))
	}
}

func (c *Config) checkNode(problems *Problems) {
	if !label.MatchString(c.Hostname) {
		problems.add("hostname", "is %q; it is a DNS label: up to 63 lower-case letters, digits and dashes", c.Hostname)
	}
	if c.ControlURL != "" {
		if u, err := url.Parse(c.ControlURL); err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
			problems.add("control_url", "is %q; it is an address such as https://headscale.example.com", c.ControlURL)
		}
	}
	for i, t := range c.Tags {
		if !tag.MatchString(t) {
			problems.add(fmt.Sprintf("tags[%d]", i), "is %q; a tag is written tag:name", t)
		}
	}
	if c.AuthKey.IsSet() && c.OAuthSecret.IsSet() {
		problems.add("oauth_secret", "auth_key is set too: remove one of the two")
	}
	if c.OAuthSecret.IsSet() && len(c.Tags) == 0 {
		problems.add("tags", "an OAuth secret can only join a tagged node: set tags, such as tag:tailpty")
	}
	if !filepath.IsAbs(c.StateDir) {
		problems.add("state_dir", "is %q; it is an absolute path", c.StateDir)
	} else if info, err := os.Stat(c.StateDir); err == nil {
		if !info.IsDir() {
			problems.add("state_dir", "%s is not a folder", c.StateDir)
		} else if err := private.Check(c.StateDir, info); err != nil {
			problems.add("state_dir", "%v", err)
		}
	}
	if c.TokensFile != "" && !filepath.IsAbs(c.TokensFile) {
		problems.add("tokens_file", "is %q; it is an absolute path", c.TokensFile)
	}
	if c.JoinTimeout <= 0 {
		problems.add("join_timeout", "is %v; it is a time such as 2m", c.JoinTimeout)
	}
}

func (c *Config) checkListen(problems *Problems) {
	if c.Listen == ListenTailnet {
		return
	}
	if path, ok := strings.CutPrefix(c.Listen, ListenUnix); ok && filepath.IsAbs(path) {
		return
	}
	problems.add("listen", "is %q; it is tailnet, or unix:PATH with an absolute path. tailpty never listens on an address of the host", c.Listen)
}

func (c *Config) checkPolicy(problems *Problems) {
	if !capName.MatchString(c.Capability) {
		problems.add("capability", "is %q; it is a name such as tailpty.internal/cap/access", c.Capability)
	}
	oneOf(problems, "grants_from", c.GrantsFrom, FromTailnet, FromConfig, FromBoth)
	if len(c.Grants) > 0 && c.GrantsFrom == FromTailnet {
		problems.add("grants", "are not used while grants_from is tailnet: set grants_from to config, or to both, or remove them")
	}
	if len(c.Grants) == 0 && c.GrantsFrom == FromConfig {
		problems.add("grants", "there are none, so nobody may do anything: add one, or set grants_from to tailnet")
	}
	for i, g := range c.Grants {
		if len(g.Src) == 0 {
			problems.add(fmt.Sprintf("grants[%d].src", i), "is missing; it lists logins, tags or \"*\"")
		}
	}
}

func (c *Config) checkWorkspaces(problems *Problems) {
	if len(c.Workspaces) == 0 {
		problems.add("workspaces", "there are none: name at least one folder, such as {name: web, path: ~/src/web}")
	}
	var names []string
	for i, w := range c.Workspaces {
		key := fmt.Sprintf("workspaces[%d]", i)
		checkName(problems, key, w.Name, names)
		names = append(names, w.Name)
		if !filepath.IsAbs(w.Path) {
			problems.add(key+".path", "is %q; it is an absolute path, or begins with ~/", w.Path)
		} else if info, err := os.Stat(w.Path); err != nil {
			problems.add(key+".path", "%v", err)
		} else if !info.IsDir() {
			problems.add(key+".path", "%s is not a folder", w.Path)
		} else {
			c.checkOutside(problems, key+".path", w.Path)
		}
	}
}

// runProfile is the profile of sessions that `tailpty run` starts.
const runProfile = "run"

func (c *Config) checkProfiles(problems *Problems) {
	if len(c.Profiles) == 0 {
		problems.add("profiles", "there are none: name at least one command, such as {name: codex, command: [codex]}")
	}
	var names []string
	for i, p := range c.Profiles {
		key := fmt.Sprintf("profiles[%d]", i)
		checkName(problems, key, p.Name, names)
		names = append(names, p.Name)
		if p.Name == runProfile {
			problems.add(key+".name", "%q is what grants call the sessions of `tailpty run`: choose another", runProfile)
		}
		if len(p.Command) == 0 || p.Command[0] == "" {
			problems.add(key+".command", "is empty; it is a program and its arguments, such as [codex]")
		}
		if p.Isolation != c.Isolation { // else it is reported there
			oneOf(problems, key+".isolation", p.Isolation, IsolationWorkspace, IsolationNone)
		}
		for _, e := range p.Env {
			if !variable.MatchString(e) {
				problems.add(key+".env", "an entry is not written NAME=VALUE")
			}
		}
	}
}

func checkName(problems *Problems, key, name string, taken []string) {
	if !plain.MatchString(name) {
		problems.add(key+".name", "is %q; it is letters, digits, \".\", \"_\" and \"-\", 64 at most", name)
	}
	if slices.Contains(taken, name) {
		problems.add(key+".name", "%q stands twice", name)
	}
}
