package localnet

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// keepAlive is how often a silent stream is told that it is alive. The client
// gives up after two minutes.
const keepAlive = 50 * time.Second

// stream is one node's long poll: it is sent everything once and then what
// changed.
type stream struct {
	tailnet *tailnet
	id      tailcfg.NodeID
	key     key.NodePublic
	wake    chan struct{} // holds one

	last *picture // what the node was sent; nil before the first time
}

// picture is all that one node may know.
type picture struct {
	self     *tailcfg.Node
	peers    map[tailcfg.NodeID]*tailcfg.Node
	profiles map[tailcfg.UserID]tailcfg.UserProfile
	rules    []tailcfg.FilterRule
}

// open starts a stream for the node with this key, or returns nil.
func (t *tailnet) open(k key.NodePublic, m key.MachinePublic) *stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byKeyLocked(k, m)
	if n == nil {
		return nil
	}
	s := &stream{tailnet: t, id: n.ID, key: k, wake: make(chan struct{}, 1)}
	t.streams[s] = struct{}{}
	return s
}

func (s *stream) close() {
	s.tailnet.mu.Lock()
	defer s.tailnet.mu.Unlock()
	delete(s.tailnet.streams, s)
}

// run sends what changes until ctx ends, sending fails, or the node is gone or
// has another key.
func (s *stream) run(ctx context.Context, send func(*tailcfg.MapResponse) error) error {
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		res, ok := s.next()
		if !ok {
			return nil
		}
		if res != nil {
			if err := send(res); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		case <-tick.C:
			if err := send(&tailcfg.MapResponse{KeepAlive: true}); err != nil {
				return err
			}
		}
	}
}

// next returns what the node does not know yet, nil if there is nothing, and
// false when it is no node of the tailnet any more.
func (s *stream) next() (*tailcfg.MapResponse, bool) {
	now, ok := s.tailnet.picture(s.id, s.key)
	if !ok {
		return nil, false
	}
	last := s.last
	s.last = now
	if last == nil {
		return s.tailnet.everything(now), true
	}
	return difference(last, now), true
}

// picture takes the picture of the node with this ID and key.
func (t *tailnet) picture(id tailcfg.NodeID, k key.NodePublic) (*picture, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	self := t.byIDLocked(id)
	if self == nil || self.Key != k {
		return nil, false
	}
	p := &picture{
		self:     self.Node.Clone(),
		peers:    make(map[tailcfg.NodeID]*tailcfg.Node),
		profiles: make(map[tailcfg.UserID]tailcfg.UserProfile),
		rules:    t.policy.rules(self, t.nodes),
	}
	p.profiles[self.User] = t.profileLocked(self.login)
	for _, n := range t.nodes {
		if n != self && t.policy.connects(self, n) {
			p.peers[n.ID] = asPeer(n)
			p.profiles[n.User] = t.profileLocked(n.login)
		}
	}
	return p, true
}

// asPeer is a node as the others see it. All are said to be online: the client
// finds out for itself who answers.
func asPeer(n *node) *tailcfg.Node {
	peer := n.Node.Clone()
	online := true
	peer.Online = &online
	peer.CapMap = nil // what a node may is its own affair
	if peer.Expired {
		peer.Endpoints, peer.HomeDERP = nil, 0
	}
	return peer
}

// everything is the first message of a stream.
func (t *tailnet) everything(p *picture) *tailcfg.MapResponse {
	now := time.Now().UTC()
	res := &tailcfg.MapResponse{
		Node:            p.self,
		DERPMap:         t.derpMap,
		Domain:          t.domain,
		CollectServices: "false",
		ControlTime:     &now,
		DNSConfig:       t.dnsConfig(p.self),
		Debug:           &tailcfg.Debug{DisableLogTail: true},
		PacketFilters:   filters(p.rules),
		UserProfiles:    sorted(p.profiles),
	}
	for _, id := range slices.Sorted(maps.Keys(p.peers)) {
		res.Peers = append(res.Peers, p.peers[id])
	}
	return res
}

// dnsConfig gives a node the tailnet's names, and the right to a certificate
// for its own.
func (t *tailnet) dnsConfig(self *tailcfg.Node) *tailcfg.DNSConfig {
	return &tailcfg.DNSConfig{
		Proxied:     true,
		Domains:     []string{t.domain},
		CertDomains: []string{certName(self)},
	}
}

// certName is a node's name without its final dot.
func certName(n *tailcfg.Node) string { return n.Name[:len(n.Name)-1] }

// difference returns what leads from last to now, or nil. On the wire an empty
// Peers or PacketFilter means that nothing changed, so what went away is named,
// and filters are replaced as a whole.
func difference(last, now *picture) *tailcfg.MapResponse {
	res := &tailcfg.MapResponse{}
	changed := false
	if !now.self.Equal(last.self) {
		res.Node, changed = now.self, true
	}
	for _, id := range slices.Sorted(maps.Keys(last.peers)) {
		if now.peers[id] == nil {
			res.PeersRemoved = append(res.PeersRemoved, id)
			changed = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(now.peers)) {
		if !now.peers[id].Equal(last.peers[id]) {
			res.PeersChanged = append(res.PeersChanged, now.peers[id])
			changed = true
		}
	}
	if !reflect.DeepEqual(now.rules, last.rules) {
		res.PacketFilters, changed = filters(now.rules), true
	}
	if !changed {
		return nil
	}
	res.UserProfiles = sorted(now.profiles)
	return res
}

// filters replaces whatever filter a node has.
func filters(rules []tailcfg.FilterRule) map[string][]tailcfg.FilterRule {
	return map[string][]tailcfg.FilterRule{"*": nil, "grants": rules}
}

func sorted(m map[tailcfg.UserID]tailcfg.UserProfile) []tailcfg.UserProfile {
	var all []tailcfg.UserProfile
	for _, id := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[id])
	}
	return all
}

// update takes in what a node says of itself.
func (t *tailnet) update(m key.MachinePublic, req *tailcfg.MapRequest) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byKeyLocked(req.NodeKey, m)
	if n == nil {
		return false
	}
	n.Endpoints = slices.Clone(req.Endpoints)
	n.DiscoKey = req.DiscoKey
	n.Cap = req.Version
	if hi := req.Hostinfo; hi != nil {
		t.nameLocked(n, hi.Hostname)
		n.Hostinfo = hi.View()
		if hi.NetInfo != nil && hi.NetInfo.PreferredDERP != 0 {
			n.HomeDERP = hi.NetInfo.PreferredDERP
		}
	}
	t.wakeLocked()
	return true
}
