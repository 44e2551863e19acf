package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
)

// Source is where a grant was written.
type Source string

// The sources.
const (
	// FromTailnet is the tailnet's policy file.
	FromTailnet Source = "tailnet"
	// FromConfig is tailpty's own configuration.
	FromConfig Source = "config"
)

// Scope is whose sessions a grant is about.
type Scope string

// The scopes.
const (
	// Own is sessions the caller created; the default.
	Own Scope = "own"
	// All is everybody's.
	All Scope = "all"
)

// Grant is one rule of the capability: the value that stands in the policy file
// under the capability's name. A missing list grants nothing.
type Grant struct {
	Actions []Action `json:"actions"`
	// Sessions is Own when it is missing.
	Sessions Scope `json:"sessions"`
	// Workspaces and Profiles are names or patterns as in path.Match; "*" is all.
	Workspaces []string `json:"workspaces"`
	Profiles   []string `json:"profiles"`
	// MaxSessions is how many sessions the caller may have running at once by
	// this grant; 0 is no limit of its own.
	MaxSessions int `json:"max_sessions,omitempty"`
	// Source is set by whoever parsed it; it is no field of the policy's.
	Source Source `json:"source"`
}

// maxGrantBytes bounds one rule, and maxPatterns each list in it: policy files
// are small, and the values come from the network.
const (
	maxGrantBytes = 16 << 10
	maxPatterns   = 256
)

// ParseGrant reads one rule. A field or an action it does not know, a value of
// the wrong type and a pattern that is none make the whole rule void: a rule
// that is only half understood might grant too much.
func ParseGrant(raw []byte, source Source) (Grant, error) {
	if len(raw) > maxGrantBytes {
		return Grant{}, fmt.Errorf("identity: a grant of %d bytes; the limit is %d", len(raw), maxGrantBytes)
	}
	var g struct {
		Actions     []Action `json:"actions"`
		Sessions    *Scope   `json:"sessions"`
		Workspaces  []string `json:"workspaces"`
		Profiles    []string `json:"profiles"`
		MaxSessions int      `json:"max_sessions"`
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return Grant{}, fmt.Errorf("identity: reading a grant: %w", err)
	}
	if err := checkFields(raw); err != nil {
		return Grant{}, err
	}
	for _, a := range g.Actions {
		if _, err := ParseAction(string(a)); err != nil {
			return Grant{}, err
		}
	}
	scope := Own
	if g.Sessions != nil {
		scope = *g.Sessions
	}
	if scope != Own && scope != All {
		return Grant{}, fmt.Errorf("identity: sessions is %q; it is own or all", scope)
	}
	if g.MaxSessions < 0 {
		return Grant{}, fmt.Errorf("identity: max_sessions is %d; it is 0 (no limit) or more", g.MaxSessions)
	}
	if len(g.Actions) > maxPatterns || len(g.Workspaces) > maxPatterns || len(g.Profiles) > maxPatterns {
		return Grant{}, fmt.Errorf("identity: a list in a grant is longer than %d", maxPatterns)
	}
	for _, pattern := range slices.Concat(g.Workspaces, g.Profiles) {
		if _, err := path.Match(pattern, ""); err != nil {
			return Grant{}, fmt.Errorf("identity: %q is not a pattern", pattern)
		}
	}
	return Grant{Actions: g.Actions, Sessions: scope, Workspaces: g.Workspaces, Profiles: g.Profiles, MaxSessions: g.MaxSessions, Source: source}, nil
}

// grantFields are the fields of a rule, to the letter: encoding/json by itself
// would take "Actions" for "actions" and the last of two for both.
var grantFields = []string{"actions", "sessions", "workspaces", "profiles", "max_sessions"}

// checkFields reports a field that no rule has, or has twice. raw is an object
// that has been decoded before.
func checkFields(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("identity: a grant is an object, not %.20s", raw)
	}
	seen := make([]string, 0, len(grantFields))
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return fmt.Errorf("identity: reading a grant: %w", err)
		}
		name, _ := t.(string)
		if !slices.Contains(grantFields, name) {
			return fmt.Errorf("identity: unknown field %q in a grant", name)
		}
		if slices.Contains(seen, name) {
			return fmt.Errorf("identity: field %q stands twice in a grant", name)
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("identity: reading a grant: %w", err)
		}
	}
	return nil
}

// ParseGrants reads all rules of a capability. A void rule is left out and
// reported; the others stand.
func ParseGrants[T ~string | ~[]byte](raws []T, source Source) (grants []Grant, void []error) {
	for _, raw := range raws {
		g, err := ParseGrant([]byte(raw), source)
		if err != nil {
			void = append(void, err)
			continue
		}
		grants = append(grants, g)
	}
	return grants, void
}

// allows reports whether this one grant allows all of it.
func (g Grant) allows(principal string, a Action, o Object) bool {
	if !slices.ContainsFunc(g.Actions, func(have Action) bool { return have.includes(a) }) {
		return false
	}
	if o.Any {
		return true
	}
	// A session has an owner; where it has no workspace, only "*" is it.
	if (o.Workspace != "" || o.Owner != "") && !matches(g.Workspaces, o.Workspace) {
		return false
	}
	if (o.Profile != "" || o.Owner != "") && !matches(g.Profiles, o.Profile) {
		return false
	}
	return o.Owner == "" || g.Sessions == All || o.Owner == principal
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := path.Match(p, name)
		return ok
	})
}
