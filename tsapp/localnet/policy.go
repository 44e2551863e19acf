package localnet

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Policy is the part of a tailnet policy file that decides who reaches whom and
// as what. Its JSON form is that of the policy file.
type Policy struct {
	// Groups maps names such as "group:dev" to logins.
	Groups map[string][]string `json:"groups,omitempty"`

	// TagOwners maps tags to the logins, groups and tags that may put them on a
	// node. A key made for tags needs no owner.
	TagOwners map[string][]string `json:"tagOwners,omitempty"`

	// Grants add up; what none allows is refused.
	Grants []Grant `json:"grants"`
}

// Grant lets the nodes of Src reach those of Dst.
type Grant struct {
	// Src and Dst hold logins, groups, tags, "*", "autogroup:member" (every
	// person's device), "autogroup:tagged" (every tagged node), an address or a
	// range of addresses; Dst also "autogroup:self" (the same person's devices).
	Src []string `json:"src"`
	Dst []string `json:"dst"`

	// IP holds the ports: "*", "443", "tcp:80,443", "udp:1000-2000". Empty
	// grants no port.
	IP []string `json:"ip,omitempty"`

	// App maps capability names to the values that a destination learns about a
	// source.
	App map[string][]json.RawMessage `json:"app,omitempty"`
}

// Validate says what is wrong with the policy first, in the order of its fields.
func (p Policy) Validate() error {
	for _, name := range slices.Sorted(maps.Keys(p.Groups)) {
		if !strings.HasPrefix(name, "group:") || name == "group:" {
			return fmt.Errorf("localnet: groups: %q lacks the prefix \"group:\" or a name after it", name)
		}
		for _, login := range p.Groups[name] {
			if !validLogin(login) {
				return fmt.Errorf("localnet: groups: %s: %q is no login: want name@domain", name, login)
			}
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(p.TagOwners)) {
		if !validTag(tag) {
			return fmt.Errorf("localnet: tagOwners: %q is no tag", tag)
		}
		for _, s := range p.TagOwners[tag] {
			if err := p.checkSelector(s); err != nil {
				return fmt.Errorf("localnet: tagOwners: %s: %w", tag, err)
			}
		}
	}
	for i, g := range p.Grants {
		if err := p.checkGrant(g); err != nil {
			return fmt.Errorf("localnet: grants[%d]: %w", i, err)
		}
	}
	return nil
}

func (p Policy) checkGrant(g Grant) error {
	if len(g.Src) == 0 || len(g.Dst) == 0 {
		return fmt.Errorf("src and dst must not be empty")
	}
	if len(g.IP) == 0 && len(g.App) == 0 {
		return fmt.Errorf("one of ip and app is needed")
	}
	for _, s := range g.Src {
		if s == "autogroup:self" {
			return fmt.Errorf("src: autogroup:self stands in dst only")
		}
		if err := p.checkSelector(s); err != nil {
			return fmt.Errorf("src: %w", err)
		}
	}
	for _, s := range g.Dst {
		if err := p.checkSelector(s); err != nil {
			return fmt.Errorf("dst: %w", err)
		}
	}
	for _, s := range g.IP {
		if _, err := parsePorts(s); err != nil {
			return err
		}
	}
	for name, values := range g.App {
		if domain, rest, ok := strings.Cut(name, "/"); !ok || domain == "" || rest == "" {
			return fmt.Errorf("app: %q is no capability: want domain/name", name)
		}
		for _, v := range values {
			if !json.Valid(v) {
				return fmt.Errorf("app: %s: a value is not JSON", name)
			}
		}
	}
	return nil
}

func (p Policy) checkSelector(s string) error {
	switch {
	case s == "*", s == "autogroup:member", s == "autogroup:tagged", s == "autogroup:self":
		return nil
	case strings.HasPrefix(s, "group:"):
		if _, ok := p.Groups[s]; !ok {
			return fmt.Errorf("%q is not among the groups", s)
		}
		return nil
	case validTag(s), validLogin(s):
		return nil
	}
	if _, err := parsePrefix(s); err != nil {
		return fmt.Errorf("%q is no login, group, tag, autogroup or address", s)
	}
	return nil
}

// validLogin reports whether s looks like a person's login.
func validLogin(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n:/*") && !strings.Contains(domain, "@")
}

// validTag reports whether s is "tag:" and a name of letters, digits and dashes
// that begins with a letter.
func validTag(s string) bool {
	name, ok := strings.CutPrefix(s, "tag:")
	if !ok || name == "" {
		return false
	}
	for i, c := range []byte(strings.ToLower(name)) {
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

// parsePrefix reads an address or a range of addresses.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

// clone returns a copy that shares nothing a caller could change.
func (p Policy) clone() Policy {
	c := Policy{Groups: cloneLists(p.Groups), TagOwners: cloneLists(p.TagOwners)}
	c.Grants = make([]Grant, len(p.Grants))
	for i, g := range p.Grants {
		c.Grants[i] = Grant{Src: slices.Clone(g.Src), Dst: slices.Clone(g.Dst), IP: slices.Clone(g.IP), App: maps.Clone(g.App)}
		for name, values := range g.App {
			copied := make([]json.RawMessage, len(values))
			for j, v := range values {
				copied[j] = slices.Clone(v)
			}
			c.Grants[i].App[name] = copied
		}
	}
	return c
}

func cloneLists(m map[string][]string) map[string][]string {
	c := maps.Clone(m)
	for k, v := range c {
		c[k] = slices.Clone(v)
	}
	return c
}
