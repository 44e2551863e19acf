package tsapp

import (
	"context"
	"net/http"
	"time"

	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/token"
)

// recheck is how often the rights behind an open connection are looked up
// again. Tailscale closes no connection when a grant goes, and says nothing of a
// change of filters alone, so only asking helps; one WhoIs takes less than 0.1
// ms. The promise is 2 s.
const recheck = time.Second

// guard keeps c's rights as they are now while a WebSocket is open. The context
// it returns ends, with the problem as its cause, when the peer, its login, the
// token or the last grant is gone. stop ends the guard.
func (rt *Router) guard(r *http.Request, c *identity.Caller) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(r.Context())
	hash := token.HashOf(token.FromRequest(r))
	addr := r.RemoteAddr
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(recheck)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if p := rt.look(ctx, addr, hash, c); p != nil {
				cancel(p)
				return
			}
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

// look looks the caller up again. It returns why nothing is left of their
// rights, or nil with the rights brought up to date.
func (rt *Router) look(ctx context.Context, addr string, hash token.Hash, c *identity.Caller) *problem.Problem {
	who, grants, err := rt.Callers.Lookup(ctx, addr)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return problem.New(problem.UnknownPeer, "This device was removed from the tailnet, or its key has expired.").Because(err)
	}
	if who.Principal() != c.Principal() || who.NodeID != c.NodeID {
		return problem.New(problem.UnknownPeer, "This device is now logged in as somebody else.")
	}
	if _, ok, err := rt.Tokens.Holds(hash, who.Principal(), who.NodeID); err != nil {
		return problem.New(problem.Unavailable, unreadableTokens).Because(err)
	} else if !ok {
		return problem.New(problem.Token, "The token of this device was removed.")
	}
	if len(grants) == 0 {
		return rt.noGrant(who)
	}
	c.SetGrants(grants)
	return nil
}
