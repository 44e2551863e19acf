// Package tsapp puts an application on the tailnet: it joins as a node of its
// own, turns a connection into a caller, and is the only router and guard. It
// is the only package that knows Tailscale, beside the demo's private tailnet.
//
// [Join] gives a [Node]; a [Router], made of the features' routes, answers what
// reaches it. Each request goes through the same checks in the same order,
// which is written in router.go and nowhere else: Host, Origin and Fetch
// Metadata, peer, failed tokens, token, grant, object, action, limit, body.
package tsapp
