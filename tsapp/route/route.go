// Package route is what a feature says of each of its HTTP routes, as data:
// method and pattern, what the caller needs, the action that is checked and on
// what, the limit that counts it, and the handler. Package tsapp enforces it.
//
// A Route has no exported field and is made by one of four functions whose
// parameters are all required: a route that does not say what it needs does not
// compile.
package route

import (
	"net/http"

	"tailpty/tsapp/identity"
)

// Need is what a route asks of the caller before anything else.
type Need int

// The needs, from the least to the most.
const (
	// Public is for files that are the same for everybody: still only to peers
	// that WhoIs knows.
	Public Need = iota + 1
	// Identity needs nothing but who the peer is.
	Identity
	// Token needs the explicit token and at least one grant.
	Token
)

// String is the need's name in logs and tables.
func (n Need) String() string {
	switch n {
	case Public:
		return "public"
	case Identity:
		return "identity"
	case Token:
		return "token"
	}
	return "none"
}

// Limit names the bucket that a request is counted in, for each principal.
type Limit string

// The limits; the configuration gives their sizes.
const (
	// Unlimited is for public files and for what is bounded elsewhere.
	Unlimited Limit = ""
	// SessionOps: creating, ending and changing sessions.
	SessionOps Limit = "session_ops"
	// SessionReads: lists and details.
	SessionReads Limit = "session_reads"
	// Lookups: who one is, and what there is to choose from.
	Lookups Limit = "lookups"
	// Attaches: opening an attachment or the event stream.
	Attaches Limit = "attaches"
)

// Handler answers a request of a caller who was let in. An error becomes a
// problem; a handler that has begun to answer returns nil.
type Handler func(w http.ResponseWriter, r *http.Request, c *identity.Caller) error

// Object finds what a request is about. It returns a not-found problem where
// there is no such thing; the caller is told the same where they may not know.
type Object func(r *http.Request) (identity.Object, error)

// Route is one route of a feature.
type Route struct {
	method, pattern string
	need            Need
	action          identity.Action
	object          Object
	limit           Limit
	webSocket       bool
	handler         Handler
}

// Open is a route to a file that is the same for everybody.
func Open(method, pattern string, h Handler) Route {
	return Route{method: method, pattern: pattern, need: Public, handler: h}
}

// Identified is a route that needs nothing but who the peer is.
func Identified(method, pattern string, l Limit, h Handler) Route {
	return Route{method: method, pattern: pattern, need: Identity, limit: l, handler: h}
}

// Guarded is a route that needs the token, and a grant of the action on the
// object.
func Guarded(method, pattern string, a identity.Action, o Object, l Limit, h Handler) Route {
	return Route{method: method, pattern: pattern, need: Token, action: a, object: o, limit: l, handler: h}
}

// WebSocket is a guarded route that is upgraded to a WebSocket. Its handler's
// context ends, with a problem as the cause, when the caller loses the token,
// the peer or the last grant.
func WebSocket(pattern string, a identity.Action, o Object, l Limit, h Handler) Route {
	return Route{method: http.MethodGet, pattern: pattern, need: Token, action: a, object: o, limit: l, webSocket: true, handler: h}
}

// Anything is the object of a list: the action has to be granted on something,
// and the list then shows what each item's own check allows.
func Anything(*http.Request) (identity.Object, error) { return identity.Object{Any: true}, nil }

// Method is the HTTP method.
func (r Route) Method() string { return r.method }

// Pattern is the path, in the form of http.ServeMux.
func (r Route) Pattern() string { return r.pattern }

// Need is what the caller needs.
func (r Route) Need() Need { return r.need }

// Action is what is checked; empty where nothing is.
func (r Route) Action() identity.Action { return r.action }

// Object finds what the action is about.
func (r Route) Object() Object { return r.object }

// Limit is the bucket the request counts in.
func (r Route) Limit() Limit { return r.limit }

// IsWebSocket reports whether only an upgrade is answered.
func (r Route) IsWebSocket() bool { return r.webSocket }

// Handler answers.
func (r Route) Handler() Handler { return r.handler }
