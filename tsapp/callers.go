package tsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"tailscale.com/client/tailscale/apitype"
	"tailscale.com/tailcfg"

	"tailpty/tsapp/identity"
)

// peers is who knows the peers: a Node.
type peers interface {
	WhoIs(ctx context.Context, addr string) (*apitype.WhoIsResponse, error)
}

// ErrUnknownPeer reports a connection from a peer that the tailnet does not
// know, or knows no more.
var ErrUnknownPeer = errors.New("tsapp: unknown peer")

// ConfigGrant is a grant that the configuration gives: to logins, tags or "*".
type ConfigGrant struct {
	Src   []string
	Grant identity.Grant
}

// Callers turns the address of a connection into an identity and its grants. It
// asks each time: nothing is remembered.
type Callers struct {
	// Peers is asked who a peer is.
	Peers peers
	// Capability is the name of the capability in the tailnet's policy.
	Capability string
	// FromTailnet and FromConfig say which grants count.
	FromTailnet, FromConfig bool
	// Config is the grants of the configuration.
	Config []ConfigGrant
	Logger *slog.Logger

	mu     sync.Mutex
	warned map[string]bool
}

// Lookup is who the peer at addr is and what they may do now. The error wraps
// ErrUnknownPeer where the tailnet does not vouch for the peer.
func (c *Callers) Lookup(ctx context.Context, addr string) (identity.Identity, []identity.Grant, error) {
	w, err := c.Peers.WhoIs(ctx, addr)
	if err != nil {
		return identity.Identity{}, nil, fmt.Errorf("%w: %w", ErrUnknownPeer, err)
	}
	who, err := identify(w, time.Now())
	if err != nil {
		return identity.Identity{}, nil, err
	}
	var grants []identity.Grant
	if c.FromTailnet {
		good, void := identity.ParseGrants(w.CapMap[tailcfg.PeerCapability(c.Capability)], identity.FromTailnet)
		grants = append(grants, good...)
		c.warn(who, void)
	}
	if c.FromConfig {
		for _, g := range c.Config {
			if applies(g.Src, who) {
				grants = append(grants, g.Grant)
			}
		}
	}
	return who, grants, nil
}

// identify reads WhoIs's answer. A node whose key has expired is nobody.
func identify(w *apitype.WhoIsResponse, now time.Time) (identity.Identity, error) {
	if w == nil || w.Node == nil || w.UserProfile == nil {
		return identity.Identity{}, ErrUnknownPeer
	}
	n := w.Node
	if n.Expired || (!n.KeyExpiry.IsZero() && n.KeyExpiry.Before(now)) {
		return identity.Identity{}, fmt.Errorf("%w: the key of %s has expired", ErrUnknownPeer, n.Name)
	}
	short, _, _ := strings.Cut(n.Name, ".")
	who := identity.Identity{Node: short, NodeID: string(n.StableID), Tags: n.Tags}
	if n.IsTagged() {
		who.Name = short
		return who, nil
	}
	who.Login, who.Name = w.UserProfile.LoginName, w.UserProfile.DisplayName
	if who.Login == "" {
		return identity.Identity{}, fmt.Errorf("%w: no login", ErrUnknownPeer)
	}
	if who.Name == "" {
		who.Name = who.Login
	}
	return who, nil
}

func applies(src []string, who identity.Identity) bool {
	return slices.ContainsFunc(src, func(s string) bool {
		switch {
		case s == "*":
			return true
		case who.Tagged():
			return slices.Contains(who.Tags, s)
		default:
			return s == who.Login
		}
	})
}

// maxWarned bounds how many void grants are remembered as reported.
const maxWarned = 1000

// warn logs each void grant once.
func (c *Callers) warn(who identity.Identity, void []error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range void {
		key := who.Principal() + "\x00" + err.Error()
		if c.warned[key] || len(c.warned) >= maxWarned {
			continue
		}
		if c.warned == nil {
			c.warned = map[string]bool{}
		}
		c.warned[key] = true
		c.Logger.Warn("a grant in the tailnet's policy is void and gives nothing", "login", who.Login, "node", who.Node, "err", err)
	}
}
