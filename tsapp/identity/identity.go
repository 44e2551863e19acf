// Package identity says who a request comes from and what they may do: the
// identity that WhoIs found, the grants that the tailnet's policy or the
// configuration gives them, and the caller that both make.
//
// It decides nothing by itself about requests; package tsapp asks it. A Caller
// is safe for concurrent use.
package identity

import "strings"

// Identity is whose a connection is, as WhoIs says. Nothing in it comes from
// the request.
type Identity struct {
	// Login is the person's, such as alice@example.com. Empty for a tagged node.
	Login string
	// Name is the person's display name, or the node's for a tagged node.
	Name string
	// Node is the peer's short name on the tailnet, such as alice-phone.
	Node string
	// NodeID is the peer's stable id, which survives renaming.
	NodeID string
	// Tags of a tagged node, such as tag:ci. A tagged node is nobody's.
	Tags []string
}

// Tagged reports whether the peer is a tagged node, which acts for itself and
// not for a person.
func (i Identity) Tagged() bool { return len(i.Tags) > 0 }

// Principal is whom things belong to and limits are counted for: the login of a
// person on whichever device, or "node:" and the stable id of a tagged node.
func (i Identity) Principal() string {
	if i.Tagged() || i.Login == "" {
		return "node:" + i.NodeID
	}
	return i.Login
}

// String is for logs: login or tags, and the node.
func (i Identity) String() string {
	if i.Tagged() {
		return strings.Join(i.Tags, ",") + " on " + i.Node
	}
	return i.Login + " on " + i.Node
}
