package localnet

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tailscale.com/tailcfg"
)

// includes reports whether a selector of a grant means n. With self set, the
// selector stands in dst and self is the source.
func (p Policy) includes(selector string, n, self *node) bool {
	switch selector {
	case "*":
		return true
	case "autogroup:member":
		return n.login != ""
	case "autogroup:tagged":
		return n.login == ""
	case "autogroup:self":
		return self != nil && n.login != "" && n.login == self.login
	}
	switch {
	case strings.HasPrefix(selector, "group:"):
		return n.login != "" && slices.Contains(p.Groups[selector], n.login)
	case strings.HasPrefix(selector, "tag:"):
		return slices.Contains(n.Tags, selector)
	case strings.Contains(selector, "@"):
		return n.login == selector
	}
	prefix, err := parsePrefix(selector)
	return err == nil && slices.ContainsFunc(n.Addresses, func(a netip.Prefix) bool { return prefix.Contains(a.Addr()) })
}

// applies reports whether a grant leads from src to dst.
func (p Policy) applies(g Grant, src, dst *node) bool {
	return src.ID != dst.ID &&
		slices.ContainsFunc(g.Src, func(s string) bool { return p.includes(s, src, nil) }) &&
		slices.ContainsFunc(g.Dst, func(s string) bool { return p.includes(s, dst, src) })
}

// connects reports whether any grant leads from one of the two to the other,
// which is when they may know of each other.
func (p Policy) connects(a, b *node) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return p.applies(g, a, b) || p.applies(g, b, a) })
}

// rules returns what dst has to know to enforce the policy: which addresses
// reach which of its ports, and which capabilities they have. A rule never does
// both, because a client reads the ports of one that does as for all.
func (p Policy) rules(dst *node, all []*node) []tailcfg.FilterRule {
	rules := []tailcfg.FilterRule{} // not nil: an empty list has to be sent as one
	for _, g := range p.Grants {
		var from []string
		for _, src := range all {
			if !p.applies(g, src, dst) {
				continue
			}
			for _, a := range src.Addresses {
				from = append(from, a.Addr().String())
			}
		}
		if len(from) == 0 {
			continue
		}
		for _, s := range g.IP {
			ports, err := parsePorts(s)
			if err != nil {
				continue // Validate has refused it
			}
			rules = append(rules, ports.rule(from, dst.Addresses))
		}
		if len(g.App) > 0 {
			rules = append(rules, tailcfg.FilterRule{
				SrcIPs:   from,
				CapGrant: []tailcfg.CapGrant{{Dsts: slices.Clone(dst.Addresses), CapMap: capMap(g)}},
			})
		}
	}
	return rules
}

func capMap(g Grant) tailcfg.PeerCapMap {
	m := make(tailcfg.PeerCapMap, len(g.App))
	for name, values := range g.App {
		raw := make([]tailcfg.RawMessage, len(values))
		for i, v := range values {
			raw[i] = tailcfg.RawMessage(v)
		}
		m[tailcfg.PeerCapability(name)] = raw
	}
	return m
}

// ports is one entry of a grant's ip list.
type ports struct {
	protos []int // IP protocol numbers; none means TCP, UDP and ICMP
	ranges []tailcfg.PortRange
}

var protoNumbers = map[string][]int{"tcp": {6}, "udp": {17}, "icmp": {1, 58}}

// parsePorts reads "*", "443", "tcp:80,443" or "udp:1000-2000".
func parsePorts(s string) (ports, error) {
	var p ports
	list := s
	if name, rest, ok := strings.Cut(s, ":"); ok {
		p.protos, list = protoNumbers[name], rest
		if p.protos == nil {
			return ports{}, fmt.Errorf("ip: %q: want one of %s before the colon", s, strings.Join(slices.Sorted(maps.Keys(protoNumbers)), ", "))
		}
	}
	for one := range strings.SplitSeq(list, ",") {
		if one == "*" {
			p.ranges = append(p.ranges, tailcfg.PortRangeAny)
			continue
		}
		first, last, isRange := strings.Cut(one, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err1 != nil || err2 != nil || from > to {
			return ports{}, fmt.Errorf("ip: %q is no port or range of ports", s)
		}
		p.ranges = append(p.ranges, tailcfg.PortRange{First: uint16(from), Last: uint16(to)})
	}
	return p, nil
}

func (p ports) rule(from []string, to []netip.Prefix) tailcfg.FilterRule {
	r := tailcfg.FilterRule{SrcIPs: from, IPProto: p.protos}
	for _, a := range to {
		for _, ports := range p.ranges {
			r.DstPorts = append(r.DstPorts, tailcfg.NetPortRange{IP: a.Addr().String(), Ports: ports})
		}
	}
	return r
}
