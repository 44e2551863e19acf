package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Key is one setting.
type Key struct {
	// Name as in the file.
	Name string
	// Scalar reports whether it can be a flag: it is no object or list of them.
	Scalar bool

	field int
	kind  reflect.Type
}

var durationType = reflect.TypeFor[time.Duration]()

// Keys is every setting, in the order of Config.
func Keys() []Key {
	t := reflect.TypeFor[Config]()
	keys := make([]Key, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		kind := f.Type
		if kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		scalar := kind.Kind() != reflect.Struct || kind == reflect.TypeFor[Secret]()
		keys = append(keys, Key{Name: f.Tag.Get("mapstructure"), Scalar: scalar, field: i, kind: f.Type})
	}
	return keys
}

// Env is the key's environment variable.
func (k Key) Env() string { return EnvPrefix + strings.ToUpper(k.Name) }

// Flag is the key's flag, without the dashes before it.
func (k Key) Flag() string { return strings.ReplaceAll(k.Name, "_", "-") }

// Secret reports whether the value is one that must not stand on a command
// line.
func (k Key) Secret() bool { return k.kind == reflect.TypeFor[Secret]() }

// value is the key's value in c.
func (k Key) value(c Config) any { return reflect.ValueOf(c).Field(k.field).Interface() }

// Defaults is the configuration when nothing is said, with the defaults that
// depend on this machine and this user filled in.
func Defaults() Config {
	return Config{
		Hostname:            defaultHostname(),
		StateDir:            defaultStateDir(),
		JoinTimeout:         2 * time.Minute,
		Listen:              ListenTailnet,
		Capability:          "tailpty.internal/cap/access",
		GrantsFrom:          FromTailnet,
		Isolation:           defaultIsolation(),
		MaxSessions:         100,
		MaxSessionsPerLogin: 20,
		Limits:              Limits{SessionOps: 10, SessionReads: 60, Lookups: 120, Attaches: 60, Open: 200, FailedTokens: 10},
		LogLevel:            "info",
		LogFormat:           "text",
	}
}

var notLabel = regexp.MustCompile(`[^a-z0-9]+`)

// defaultHostname is "tailpty-" and the machine's name, made a DNS label.
func defaultHostname() string {
	name, _ := os.Hostname()
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	name = strings.Trim(notLabel.ReplaceAllString(name, "-"), "-")
	if name == "" {
		return "tailpty"
	}
	return strings.Trim(("tailpty-" + name)[:min(63, len("tailpty-"+name))], "-")
}

// defaultStateDir follows the XDG base directory specification.
func defaultStateDir() string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tailpty")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "state", "tailpty")
}

// defaultRuntimeDir is run in the state folder, where that is short enough: it
// depends on no environment, so that all commands find the same sessions, and
// nothing cleans it up under them.
func defaultRuntimeDir(state string) string {
	if dir := filepath.Join(state, "run"); filepath.IsAbs(dir) && len(dir)+socketName <= maxSocket {
		return dir
	}
	if os.Geteuid() == 0 {
		return "/run/tailpty"
	}
	return fmt.Sprintf("/tmp/tailpty-%d", os.Geteuid())
}

// defaultIsolation is the wall where there can be one.
func defaultIsolation() string {
	if runtime.GOOS == "linux" {
		return IsolationWorkspace
	}
	return IsolationNone
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time: write it as 90s or 2m", s)
	}
	return d, nil
}
