package identity

import (
	"slices"
	"sync"
)

// Object is what an action is about. An empty field is one that the object does
// not have: a workspace has no profile and no owner, the node has none of them.
type Object struct {
	// ID names the object in the audit log: a session's id, a workspace's name.
	ID string
	// Workspace and Profile are names of the configuration.
	Workspace, Profile string
	// Owner is the principal whose session it is.
	Owner string
	// Any asks whether the action is granted on anything at all, for lists,
	// which then show only what each item's own check allows.
	Any bool
}

// sessionActions are those that make a session known to whoever has one.
var sessionActions = []Action{View, Drive, Prompt, Approve, End}

// Caller is an identity with its rights, for as long as a request or a
// connection lasts.
type Caller struct {
	Identity
	// Token is the name of the token that the request carried; empty where it
	// carried none, which only routes that need no more than an identity see.
	Token string

	mu      sync.Mutex
	grants  []Grant
	changed chan struct{}
}

// NewCaller makes a caller of an identity and what it is granted.
func NewCaller(who Identity, grants []Grant) *Caller {
	return &Caller{Identity: who, grants: grants, changed: make(chan struct{})}
}

// Grants is what the caller is granted now.
func (c *Caller) Grants() []Grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.grants)
}

// Allows reports the grant that allows the action on the object. One grant has
// to allow all of it.
func (c *Caller) Allows(a Action, o Object) (by Grant, ok bool) {
	principal := c.Principal()
	for _, g := range c.Grants() {
		if g.allows(principal, a, o) {
			return g, true
		}
	}
	return Grant{}, false
}

// Sees reports whether the caller may know of the object: of a session by any
// action on sessions, of a workspace by any action at all.
func (c *Caller) Sees(o Object) bool {
	actions := sessionActions
	if o.Owner == "" {
		actions = Actions
	}
	return slices.ContainsFunc(actions, func(a Action) bool { _, ok := c.Allows(a, o); return ok })
}

// SetGrants replaces what the caller is granted, and tells those who watch
// Changed if it differs.
func (c *Caller) SetGrants(grants []Grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.EqualFunc(c.grants, grants, equal) {
		return
	}
	c.grants = grants
	close(c.changed)
	c.changed = make(chan struct{})
}

// Changed is closed when the rights differ from those at the time of the call.
// Take the channel first and ask Allows after, so that no change is missed.
func (c *Caller) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

func equal(a, b Grant) bool {
	return slices.Equal(a.Actions, b.Actions) && a.Sessions == b.Sessions && slices.Equal(a.Workspaces, b.Workspaces) &&
		slices.Equal(a.Profiles, b.Profiles) && a.MaxSessions == b.MaxSessions && a.Source == b.Source
}

// Granting is every grant that allows the action on the object.
func (c *Caller) Granting(a Action, o Object) []Grant {
	principal := c.Principal()
	return slices.DeleteFunc(c.Grants(), func(g Grant) bool { return !g.allows(principal, a, o) })
}
