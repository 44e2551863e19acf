// Package config is what tailpty can be told: plain structs whose field
// comments are the manual, and their loading through viper from a YAML file,
// from TAILPTY_* environment variables and from flags, the later over the
// earlier.
//
// Loading refuses keys it does not know and reports every problem at once, each
// with its key and what to do. Secrets are of a type that cannot be printed, and
// a file that holds one must not be readable by others. The package joins,
// listens and starts nothing.
package config

import (
	"encoding/json"
	"maps"
	"time"
)

// Config is the whole configuration. The comment of each field is its manual.
// In the environment a key is TAILPTY_ and its name in capitals, as in
// TAILPTY_STATE_DIR; lists are separated by commas; keys that hold objects
// (workspaces, profiles, grants, limits) take JSON there. As a flag it is
// --state-dir; objects have no flag.
type Config struct {
	// Hostname is the node's name on the tailnet, and so the first part of the
	// app's address. Default: "tailpty-" and the machine's name.
	Hostname string `mapstructure:"hostname"`

	// ControlURL is the control server. Default: Tailscale's own. A Headscale
	// server works too: give its https address.
	ControlURL string `mapstructure:"control_url"`

	// AuthKey joins without a person: a key that Tailscale's admin console
	// (Settings, Keys) or `headscale preauthkeys create` made. Only needed for
	// the first start; with none of the four, a login link is printed. Better
	// put it into a file: see AuthKeyFile.
	AuthKey Secret `mapstructure:"auth_key"`
	// AuthKeyFile is a file (0600) that holds the auth key; "credential:NAME" is
	// a systemd credential of that name.
	AuthKeyFile string `mapstructure:"auth_key_file"`
	// OAuthSecret is an OAuth client's secret (scope auth_keys), in place of an
	// auth key. It needs Tags.
	OAuthSecret Secret `mapstructure:"oauth_secret"`
	// OAuthSecretFile is a file (0600) that holds it, or "credential:NAME".
	OAuthSecretFile string `mapstructure:"oauth_secret_file"`

	// Tags are what the node is tagged with, such as tag:tailpty, so that grants
	// can name it and its key does not expire. Default: none, the node is yours.
	Tags []string `mapstructure:"tags"`

	// StateDir holds the node's key, its certificates and the audit log. Mode
	// 0700, ours. Default: tailpty below $XDG_STATE_HOME or ~/.local/state.
	StateDir string `mapstructure:"state_dir"`

	// RuntimeDir holds one Unix socket for each session. Mode 0700, ours; a
	// path of 68 bytes at most, so that the sockets' addresses fit. Default: run
	// in StateDir; where that is too long, /run/tailpty for root and
	// /tmp/tailpty-UID for all others.
	RuntimeDir string `mapstructure:"runtime_dir"`

	// AllowRoot lets `tailpty serve` run as root. Default: false, because then
	// everyone who may drive a session is root on this machine. Better give
	// tailpty a user of its own.
	AllowRoot bool `mapstructure:"allow_root"`

	// JoinTimeout is how long joining the tailnet may take, a login by link
	// included. Default: 2m.
	JoinTimeout time.Duration `mapstructure:"join_timeout"`

	// Listen is where the app is: "tailnet" (default), on the node's own
	// addresses on the tailnet; or "unix:PATH", a 0600 Unix socket for
	// `tailscale serve`. Nothing else: tailpty listens on no network interface
	// of the host.
	Listen string `mapstructure:"listen"`

	// AllowHTTP serves plain HTTP (inside WireGuard) where the tailnet has no
	// HTTPS certificates. Default: false; the start then says how to turn HTTPS
	// on. Browsers give a plain HTTP page less: no clipboard, no installation.
	AllowHTTP bool `mapstructure:"allow_http"`

	// Token is one token in clear, valid for any login. Better keep hashes: see
	// TokensFile. At least one token must be configured; tailpty never makes one
	// by itself.
	Token Secret `mapstructure:"token"`
	// TokenFile is a file (0600) that holds one such token, or "credential:NAME".
	TokenFile string `mapstructure:"token_file"`
	// TokensFile holds the hashes of the tokens that `tailpty token new` made.
	// Mode 0600. Default: tokens.json in StateDir.
	TokensFile string `mapstructure:"tokens_file"`

	// Capability is the name under which the tailnet's policy file grants
	// access. Default: tailpty.internal/cap/access.
	Capability string `mapstructure:"capability"`
	// GrantsFrom is where rights come from: "tailnet" (default), the policy file
	// of the tailnet; "config", the key grants; or "both", where either allows.
	GrantsFrom string `mapstructure:"grants_from"`
	// Grants are rules as in the policy file, each with a src, for control
	// servers without app capabilities. Used only as GrantsFrom says.
	Grants []Grant `mapstructure:"grants"`

	// Workspaces are the folders in which sessions may run. At least one.
	Workspaces []Workspace `mapstructure:"workspaces"`
	// Profiles are the commands that may be run. Default: none; at least one.
	Profiles []Profile `mapstructure:"profiles"`

	// Isolation is what stands between a session's program and tailpty's own
	// files: "workspace", the host as it is, but tailpty's state, configuration,
	// tokens and sockets are masked; or "none". It is for `tailpty run` and for
	// every profile that says nothing else. "workspace" needs bubblewrap, which
	// is on Linux alone. Default: workspace on Linux, none elsewhere.
	Isolation string `mapstructure:"isolation"`
	// LocalLogin is the login that owns the sessions which `tailpty run` starts
	// on this machine, such as you@example.com: that person then sees and drives
	// them as their own. Default: none, so only people with sessions: all do.
	LocalLogin string `mapstructure:"local_login"`

	// MaxSessions is how many sessions may run at once. Default: 100.
	MaxSessions int `mapstructure:"max_sessions"`
	// MaxSessionsPerLogin is how many of them one login, or one tagged node, may
	// have. Default: 20.
	MaxSessionsPerLogin int `mapstructure:"max_sessions_per_login"`
	// Limits are how often a login, or a tagged node, may do a thing.
	Limits Limits `mapstructure:"limits"`

	// LogLevel is debug, info (default), warn or error. No level logs a secret.
	LogLevel string `mapstructure:"log_level"`
	// LogFormat is text (default) or json, on stderr.
	LogFormat string `mapstructure:"log_format"`
}

// Workspace is one folder and what it is called.
type Workspace struct {
	// Name is what grants and people call it: letters, digits, ".", "_", "-".
	Name string `mapstructure:"name" json:"name"`
	// Path is the folder, absolute or beginning with "~/".
	Path string `mapstructure:"path" json:"path"`
}

// Profile is one command that may be run.
type Profile struct {
	// Name is what grants call it: letters, digits, ".", "_", "-".
	Name string `mapstructure:"name" json:"name"`
	// Title is what people see. Default: the name.
	Title string `mapstructure:"title" json:"title,omitempty"`
	// Command is the program and its arguments, run as they are, without a
	// shell. Clients of the network choose a profile and never a command.
	Command []string `mapstructure:"command" json:"command"`
	// Env is added to the few variables that a session is given, each as
	// NAME=VALUE.
	Env []string `mapstructure:"env" json:"env,omitempty"`
	// Isolation is workspace or none, as the setting of that name. Default: what
	// that says.
	Isolation string `mapstructure:"isolation" json:"isolation,omitempty"`
}

// Grant is one rule of the configuration: whom it is for, and the rule as it
// would stand in the policy file.
type Grant struct {
	// Src are logins (alice@example.com), tags (tag:ci) or "*".
	Src []string `mapstructure:"src" json:"src"`
	// Rule is the rule: actions, sessions, workspaces, profiles, max_sessions.
	Rule map[string]any `mapstructure:",remain" json:"-"`
}

// MarshalJSON is the rule with its src, as it stands in the file.
func (g Grant) MarshalJSON() ([]byte, error) {
	all := map[string]any{"src": g.Src}
	maps.Copy(all, g.Rule)
	return json.Marshal(all)
}

// Limits are requests a minute for each login, or for each tagged node.
type Limits struct {
	// SessionOps: sessions created, ended or changed. Default: 10.
	SessionOps int `mapstructure:"session_ops" json:"session_ops"`
	// SessionReads: lists and details of sessions. Default: 60.
	SessionReads int `mapstructure:"session_reads" json:"session_reads"`
	// Lookups: who one is, and lists of workspaces and profiles. Default: 120.
	Lookups int `mapstructure:"lookups" json:"lookups"`
	// Attaches: terminals and event streams opened. Default: 60.
	Attaches int `mapstructure:"attaches" json:"attaches"`
	// Open: terminals and event streams open at once. Default: 200.
	Open int `mapstructure:"open" json:"open"`
	// FailedTokens: wrong tokens, for each node; then even the right one waits.
	// Default: 10.
	FailedTokens int `mapstructure:"failed_tokens" json:"failed_tokens"`
}

// The values of Listen, GrantsFrom and Isolation.
const (
	ListenTailnet = "tailnet"
	ListenUnix    = "unix:"

	FromTailnet = "tailnet"
	FromConfig  = "config"
	FromBoth    = "both"

	IsolationWorkspace = "workspace"
	IsolationNone      = "none"
)
