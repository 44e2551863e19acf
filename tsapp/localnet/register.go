package localnet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// pendingLogin is a node that shows a login link and waits.
type pendingLogin struct {
	login string
	done  chan struct{} // closed when login is set
}

// maxPendingLogins bounds how many links wait at once; the server forgets them
// all beyond that, and nodes ask for new ones.
const maxPendingLogins = 1000

// register answers a node that wants in, or that wants to know whether it still
// is. It blocks while a node waits for its login link to be visited. What the
// node should read is in the response; an error is one of the protocol.
func (t *tailnet) register(ctx context.Context, baseURL string, m key.MachinePublic, req *tailcfg.RegisterRequest) (*tailcfg.RegisterResponse, error) {
	if req.NodeKey.IsZero() {
		return nil, errors.New("no node key")
	}
	if !req.Expiry.IsZero() && req.Expiry.Before(time.Now()) {
		t.logout(req.NodeKey, m)
		return &tailcfg.RegisterResponse{NodeKeyExpired: true}, nil
	}
	if req.Hostinfo == nil {
		return nil, errors.New("no host information")
	}
	if res := t.known(req.NodeKey, m); res != nil {
		return res, nil
	}
	if req.Auth != nil && req.Auth.AuthKey != "" {
		o, err := t.authorize(req)
		if err != nil {
			return &tailcfg.RegisterResponse{Error: err.Error()}, nil
		}
		return t.admit(m, req, o)
	}
	if req.Followup == "" {
		return &tailcfg.RegisterResponse{MachineAuthorized: true, AuthURL: baseURL + t.newLogin()}, nil
	}
	login, err := t.awaitLogin(ctx, req.Followup)
	if err != nil {
		return nil, err
	}
	o, err := t.tagged(owner{login: login}, req.Hostinfo.RequestTags)
	if err != nil {
		return &tailcfg.RegisterResponse{Error: err.Error()}, nil
	}
	return t.admit(m, req, o)
}

// known answers for a node that is on the tailnet, and returns nil for others.
func (t *tailnet) known(k key.NodePublic, m key.MachinePublic) *tailcfg.RegisterResponse {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byKeyLocked(k, m)
	switch {
	case n == nil:
		return nil
	case n.Expired:
		return &tailcfg.RegisterResponse{NodeKeyExpired: true}
	}
	return t.welcomeLocked(n)
}

func (t *tailnet) welcomeLocked(n *node) *tailcfg.RegisterResponse {
	u := t.profileLocked(n.login)
	return &tailcfg.RegisterResponse{
		User:              tailcfg.User{ID: u.ID, DisplayName: u.DisplayName},
		Login:             tailcfg.Login{ID: tailcfg.LoginID(u.ID), Provider: "localnet", LoginName: u.LoginName, DisplayName: u.DisplayName},
		MachineAuthorized: true,
	}
}

// logout ends a node's key, and forgets the node if it was ephemeral.
func (t *tailnet) logout(k key.NodePublic, m key.MachinePublic) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byKeyLocked(k, m)
	if n == nil {
		return
	}
	if n.ephemeral {
		t.removeLocked(n)
		return
	}
	expireLocked(n)
	t.wakeLocked()
}

// authorize says whose a node with this auth key is. Its errors are for the
// person who started the node.
func (t *tailnet) authorize(req *tailcfg.RegisterRequest) (owner, error) {
	t.mu.Lock()
	o, ok := t.keys[req.Auth.AuthKey]
	t.mu.Unlock()
	if !ok {
		return owner{}, errors.New("invalid key: no such auth key on this tailnet")
	}
	return t.tagged(o, req.Hostinfo.RequestTags)
}

// tagged applies the tags that a node asks for: those of its key, or those that
// its person owns.
func (t *tailnet) tagged(o owner, want []string) (owner, error) {
	if len(want) == 0 {
		return o, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tag := range want {
		if o.login == "" && slices.Contains(o.tags, tag) {
			continue
		}
		if !t.ownsTagLocked(o, tag) {
			return owner{}, fmt.Errorf("requested tags [%s] are invalid or not permitted", strings.Join(want, " "))
		}
	}
	return owner{tags: slices.Clone(want)}, nil
}

func (t *tailnet) ownsTagLocked(o owner, tag string) bool {
	as := &node{login: o.login, Node: tailcfg.Node{Tags: o.tags}}
	return slices.ContainsFunc(t.policy.TagOwners[tag], func(s string) bool { return t.policy.includes(s, as, nil) })
}

// admit puts a node on the tailnet: the one it was before, when it comes with a
// new key from the same machine, or a new one.
func (t *tailnet) admit(m key.MachinePublic, req *tailcfg.RegisterRequest, o owner) (*tailcfg.RegisterResponse, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.byKeyLocked(req.OldNodeKey, m)
	if n == nil {
		n = t.sameLocked(m, o)
	}
	if n == nil {
		var err error
		if n, err = t.placeLocked(m); err != nil {
			return nil, err
		}
	}
	n.Key = req.NodeKey
	n.ephemeral = req.Ephemeral
	n.Cap = req.Version
	n.Hostinfo = req.Hostinfo.View()
	t.ownLocked(n, o)
	t.nameLocked(n, req.Hostinfo.Hostname)
	t.wakeLocked()
	return t.welcomeLocked(n), nil
}

// sameLocked returns the node that a machine already is for this owner.
func (t *tailnet) sameLocked(m key.MachinePublic, o owner) *node {
	for _, n := range t.nodes {
		if n.Machine == m && n.login == o.login && slices.Equal(n.Tags, o.tags) {
			return n
		}
	}
	return nil
}

// newLogin returns the path of a new login link.
func (t *tailnet) newLogin() string {
	path := "/login/" + rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.logins) >= maxPendingLogins {
		clear(t.logins)
	}
	t.logins[path] = &pendingLogin{done: make(chan struct{})}
	return path
}

func (t *tailnet) pending(link string) (*pendingLogin, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("localnet: reading the login link: %w", err)
	}
	p, ok := t.logins[u.Path]
	if !ok {
		return nil, errors.New("localnet: no such login link")
	}
	return p, nil
}

// awaitLogin waits until the link is visited and says by whom.
func (t *tailnet) awaitLogin(ctx context.Context, link string) (string, error) {
	t.mu.Lock()
	p, err := t.pending(link)
	t.mu.Unlock()
	if err != nil {
		return "", err
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-p.done:
		return p.login, nil
	}
}

func (t *tailnet) completeLogin(link, login string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, err := t.pending(link)
	if err != nil {
		return err
	}
	if p.login != "" {
		return errors.New("localnet: this login link has been used")
	}
	p.login = login
	close(p.done)
	return nil
}
