package localnet

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tailscale.com/net/tsaddr"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/util/dnsname"
)

// ErrUnknownNode says that no node has the name that was asked for.
var ErrUnknownNode = errors.New("localnet: no such node")

// maxNodes bounds how many nodes a tailnet ever had: their addresses are
// 100.64.X.Y and are not given out twice.
const maxNodes = 1 << 14

// tailnet is what the control server knows: who is on it, and what they may.
type tailnet struct {
	domain  string
	derpMap *tailcfg.DERPMap

	mu      sync.Mutex
	policy  Policy
	nodes   []*node // by rising ID
	lastID  tailcfg.NodeID
	users   map[string]tailcfg.UserProfile // by login
	keys    map[string]owner               // by auth key
	clients map[string]owner               // by OAuth client secret
	bearers map[string]owner               // by OAuth access token
	logins  map[string]*pendingLogin       // by path of the login link
	streams map[*stream]struct{}
}

// node is one machine on the tailnet. Its embedded Node is replaced and never
// changed in place, apart from what only the tailnet's own methods read.
type node struct {
	tailcfg.Node
	login     string // of the person, empty for a tagged node
	ephemeral bool
}

// owner is what an auth key makes of a node: a person's, or a tagged one.
type owner struct {
	login string
	tags  []string
}

// taggedLogin is what the client shows as the login of tagged nodes.
const taggedLogin = "tagged-devices"

func newTailnet(domain string, m *tailcfg.DERPMap, p Policy) *tailnet {
	return &tailnet{
		domain:  domain,
		derpMap: m,
		policy:  p.clone(),
		users:   make(map[string]tailcfg.UserProfile),
		keys:    make(map[string]owner),
		clients: make(map[string]owner),
		bearers: make(map[string]owner),
		logins:  make(map[string]*pendingLogin),
		streams: make(map[*stream]struct{}),
	}
}

func (t *tailnet) currentPolicy() Policy {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.policy.clone()
}

func (t *tailnet) setPolicy(p Policy) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.policy = p.clone()
	t.wakeLocked()
}

func (t *tailnet) newAuthKey(o owner) string {
	k := "tskey-auth-" + rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keys[k] = o
	return k
}

// tagOwner checks tags and returns the owner they make.
func tagOwner(tags []string) (owner, error) {
	if len(tags) == 0 {
		return owner{}, errors.New("localnet: a key for no tags")
	}
	for _, tag := range tags {
		if !validTag(tag) {
			return owner{}, fmt.Errorf("localnet: %q is no tag", tag)
		}
	}
	return owner{tags: slices.Clone(tags)}, nil
}

// profileLocked returns the profile of a login, which is made at first use.
func (t *tailnet) profileLocked(login string) tailcfg.UserProfile {
	if login == "" {
		login = taggedLogin
	}
	if u, ok := t.users[login]; ok {
		return u
	}
	name, _, _ := strings.Cut(login, "@")
	u := tailcfg.UserProfile{ID: tailcfg.UserID(len(t.users) + 1), LoginName: login, DisplayName: name}
	t.users[login] = u
	return u
}

// byKeyLocked returns the node with this key, if it is that machine's.
func (t *tailnet) byKeyLocked(k key.NodePublic, m key.MachinePublic) *node {
	if k.IsZero() {
		return nil
	}
	for _, n := range t.nodes {
		if n.Key == k && n.Machine == m {
			return n
		}
	}
	return nil
}

func (t *tailnet) byIDLocked(id tailcfg.NodeID) *node {
	i := slices.IndexFunc(t.nodes, func(n *node) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return t.nodes[i]
}

// byNameLocked returns the node whose name begins with this label.
func (t *tailnet) byNameLocked(label string) *node {
	i := slices.IndexFunc(t.nodes, func(n *node) bool { return n.Name == t.fullName(label) })
	if i < 0 {
		return nil
	}
	return t.nodes[i]
}

// fullName is a label with the tailnet's domain and a final dot.
func (t *tailnet) fullName(label string) string { return label + "." + t.domain + "." }

// placeLocked adds a node of a machine, with a new ID and new addresses.
func (t *tailnet) placeLocked(m key.MachinePublic) (*node, error) {
	if t.lastID >= maxNodes {
		return nil, fmt.Errorf("localnet: more than %d nodes", maxNodes)
	}
	t.lastID++
	v4 := netip.AddrFrom4([4]byte{100, 64, byte(t.lastID >> 8), byte(t.lastID)})
	v6 := tsaddr.Tailscale4To6(v4)
	addresses := []netip.Prefix{netip.PrefixFrom(v4, 32), netip.PrefixFrom(v6, 128)}
	n := &node{Node: tailcfg.Node{
		ID:                t.lastID,
		StableID:          tailcfg.StableNodeID(fmt.Sprintf("n%dLOCALNET", t.lastID)),
		Machine:           m,
		MachineAuthorized: true,
		Addresses:         addresses,
		AllowedIPs:        slices.Clone(addresses),
		Created:           time.Now().UTC(),
		CapMap: tailcfg.NodeCapMap{
			tailcfg.CapabilityHTTPS:                       nil,
			tailcfg.NodeAttrDisableCaptivePortalDetection: nil,
		},
	}}
	t.nodes = append(t.nodes, n)
	return n, nil
}

// nameLocked gives n the name that its host asks for, or that with a number
// when another node has it.
func (t *tailnet) nameLocked(n *node, hostname string) {
	label := dnsname.SanitizeHostname(hostname)
	if label == "" {
		label = "node"
	}
	if rest, ok := strings.CutPrefix(n.Name, label); ok && numbered(rest, t.domain) {
		return // it has one of these already
	}
	name := t.fullName(label)
	for i := 1; slices.ContainsFunc(t.nodes, func(o *node) bool { return o != n && o.Name == name }); i++ {
		name = t.fullName(fmt.Sprintf("%s-%d", label, i))
	}
	n.Name = name
}

// numbered reports whether the rest of a name behind its label is a number, or
// nothing, and the domain.
func numbered(rest, domain string) bool {
	mid, ok := strings.CutSuffix(rest, "."+domain+".")
	return ok && (mid == "" || mid[0] == '-' && strings.Trim(mid[1:], "0123456789") == "")
}

// changeNode finds a node by its name, lets change alter it, and tells the
// others.
func (t *tailnet) changeNode(label string, change func(*node)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byNameLocked(label)
	if n == nil {
		return fmt.Errorf("%w: %q", ErrUnknownNode, label)
	}
	change(n)
	t.wakeLocked()
	return nil
}

// removeLocked forgets a node.
func (t *tailnet) removeLocked(n *node) {
	t.nodes = slices.DeleteFunc(t.nodes, func(o *node) bool { return o == n })
	t.wakeLocked()
}

// expireLocked ends a node's key: it keeps its name and addresses, and nobody
// talks to it until it logs in again.
func expireLocked(n *node) {
	n.KeyExpiry = time.Now().Add(-time.Minute).UTC()
	n.Expired = true
}

// ownLocked makes n a person's node, or a tagged one.
func (t *tailnet) ownLocked(n *node, o owner) {
	n.login = o.login
	n.Tags = slices.Clone(o.tags)
	n.User = t.profileLocked(o.login).ID
	n.Expired = false
	n.KeyExpiry = time.Time{}
}

// wakeLocked has every connected node looked at again.
func (t *tailnet) wakeLocked() {
	for s := range t.streams {
		select {
		case s.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}
