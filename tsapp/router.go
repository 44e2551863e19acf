package tsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
	"tailpty/tsapp/token"
)

// MaxBody is the largest body of a request, in bytes; uploads have a limit of
// their own.
const MaxBody = 1 << 20

// RouterOptions is what a Router needs. Every field is required.
type RouterOptions struct {
	// Hosts and Origins are what a request's Host and Origin may be, exactly.
	Hosts, Origins []string
	// HTTPS reports whether browsers reach us by HTTPS.
	HTTPS   bool
	Callers *Callers
	Tokens  *token.Set
	Audit   *audit.Log
	Limits  Limits
	Logger  *slog.Logger
}

// Router answers every request: it checks what the route needs, in one order,
// and only then calls its handler.
type Router struct {
	RouterOptions
	mux    *http.ServeMux
	limits map[route.Limit]*limiter
	failed *limiter
	routes []route.Route
}

// NewRouter makes a router of all routes. A route that does not say what it
// needs is an error.
func NewRouter(o RouterOptions, routes ...route.Route) (*Router, error) {
	rt := &Router{RouterOptions: o, mux: http.NewServeMux(), limits: map[route.Limit]*limiter{}, failed: newLimiter(o.Limits.FailedTokens)}
	for name, n := range o.Limits.PerMinute {
		rt.limits[name] = newLimiter(n)
	}
	rt.routes = append(slices.Clone(routes), rt.me())
	byPattern := map[string]map[string]route.Route{}
	for _, r := range rt.routes {
		if err := rt.check(r); err != nil {
			return nil, err
		}
		methods := byPattern[r.Pattern()]
		if methods == nil {
			methods = map[string]route.Route{}
			byPattern[r.Pattern()] = methods
		}
		if _, ok := methods[r.Method()]; ok {
			return nil, fmt.Errorf("tsapp: two routes for %s %s", r.Method(), r.Pattern())
		}
		methods[r.Method()] = r
	}
	for pattern, methods := range byPattern {
		rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { rt.dispatch(w, r, methods) })
	}
	rt.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { rt.dispatch(w, r, nil) })
	return rt, nil
}

// check reports a route that says too little.
func (rt *Router) check(r route.Route) error {
	name := r.Method() + " " + r.Pattern()
	if r.Need() == 0 || r.Handler() == nil {
		return fmt.Errorf("tsapp: route %s has no need or no handler", name)
	}
	if r.Need() == route.Token {
		if _, err := identity.ParseAction(string(r.Action())); err != nil || r.Object() == nil {
			return fmt.Errorf("tsapp: route %s has no action or no object", name)
		}
	}
	if _, ok := rt.limits[r.Limit()]; !ok && r.Limit() != route.Unlimited {
		return fmt.Errorf("tsapp: route %s has the unknown limit %q", name, r.Limit())
	}
	return nil
}

// Routes is every route that is answered.
func (rt *Router) Routes() []route.Route { return rt.routes }

// ServeHTTP answers a request.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	nonce := setHeaders(w.Header(), rt.HTTPS)
	r = r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce))
	if p := checkHost(r, rt.Hosts); p != nil {
		rt.deny(w, r, audit.Line{Addr: r.RemoteAddr, Route: "host"}, p)
		return
	}
	rt.mux.ServeHTTP(w, r)
}

// dispatch picks the route of the method. What is no route needs the token
// before it is told so, where it is below /api/.
func (rt *Router) dispatch(w http.ResponseWriter, r *http.Request, methods map[string]route.Route) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if found, ok := methods[method]; ok {
		rt.serve(w, r, found)
		return
	}
	missing := func(http.ResponseWriter, *http.Request, *identity.Caller) error {
		if len(methods) == 0 {
			return problem.New(problem.NotFound, "There is nothing here.")
		}
		return problem.New(problem.Method, "This address does not take %s.", r.Method)
	}
	none := route.Identified(r.Method, r.URL.Path, route.Unlimited, func(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
		if c.Token == "" {
			return missingToken
		}
		if len(c.Grants()) == 0 {
			return rt.noGrant(c.Identity)
		}
		return missing(w, r, c)
	})
	for _, one := range methods {
		if one.Need() == route.Public {
			none = route.Open(r.Method, r.URL.Path, missing)
		}
	}
	rt.serve(w, r, none)
}

// serve is the order of answers, from the origin on: each check in turn, and the
// handler when all have passed.
func (rt *Router) serve(w http.ResponseWriter, r *http.Request, to route.Route) {
	line := audit.Line{Action: to.Action(), Route: to.Method() + " " + to.Pattern(), Addr: r.RemoteAddr}
	if p := checkOrigin(r, rt.Origins, to.Need() == route.Public); p != nil {
		rt.deny(w, r, line, p)
		return
	}
	who, grants, err := rt.Callers.Lookup(r.Context(), r.RemoteAddr)
	if err != nil {
		rt.deny(w, r, line, problem.New(problem.UnknownPeer, "Your tailnet does not know this device, or its key has expired. Log in to Tailscale again.").Because(err))
		return
	}
	line = line.By(who)
	c := identity.NewCaller(who, grants)
	if p := rt.admit(r, to, c, &line); p != nil {
		rt.deny(w, r, line, p)
		return
	}
	if to.Need() != route.Public {
		line.Verdict = audit.Allowed
		rt.Audit.Write(line)
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	}
	if to.IsWebSocket() {
		ctx, stop := rt.guard(r, c)
		defer stop()
		r = r.WithContext(ctx)
	}
	if err := to.Handler()(w, r, c); err != nil {
		rt.fail(w, r, c, err)
	}
}

var missingToken = problem.New(problem.Token, "This needs a token: send it as Authorization: Bearer. `tailpty token new` on the host makes one.")

// admit is the checks that need a caller. It completes the audit line.
func (rt *Router) admit(r *http.Request, to route.Route, c *identity.Caller, line *audit.Line) *problem.Problem {
	if to.Need() == route.Public {
		return nil
	}
	if p := rt.checkToken(r, to, c, line); p != nil {
		return p
	}
	if to.Need() == route.Token {
		if p := rt.checkGrant(r, to, c, line); p != nil {
			return p
		}
		if to.IsWebSocket() && !isUpgrade(r) {
			return problem.New(problem.Upgrade, "This address speaks WebSocket only.")
		}
	}
	if l := rt.limits[to.Limit()]; l != nil {
		if wait, ok := l.take(c.Principal()); !ok {
			return problem.New(problem.Limit, "That is more than %d a minute for you. Try again in %v.", l.perMinute, wait.Round(time.Second)+time.Second).After(wait)
		}
	}
	if r.ContentLength > MaxBody {
		return problem.New(problem.TooLarge, "The request's body is larger than %d bytes.", MaxBody)
	}
	return nil
}

// checkToken is the token, and before it how many wrong ones the node has sent.
func (rt *Router) checkToken(r *http.Request, to route.Route, c *identity.Caller, line *audit.Line) *problem.Problem {
	if wait := rt.failed.spent(c.NodeID); wait > 0 {
		return problem.New(problem.TooManyTokens, "This device has sent too many wrong tokens. Try again in %v.", wait.Round(time.Second)+time.Second).After(wait)
	}
	if rt.Tokens.InURL(r) {
		line.Token = "in the URL"
		rt.failed.take(c.NodeID)
		return problem.New(problem.Token, "A token must never be part of an address: it has been written to logs now. Remove it with `tailpty token remove` and make a new one.")
	}
	sent := token.FromRequest(r)
	if sent == "" {
		if to.Need() == route.Identity && !token.Sent(r) {
			return nil
		}
		return missingToken
	}
	entry, ok, err := rt.Tokens.Valid(sent, c.Principal(), c.NodeID)
	if err != nil {
		return problem.New(problem.Token, "The server cannot read its tokens now. Whoever runs it finds the reason in its log.").Because(err)
	}
	if !ok {
		rt.failed.take(c.NodeID)
		return problem.New(problem.Token, "This token is not valid for you on this device. `tailpty token list` on the host shows which are.")
	}
	c.Token, line.Token = entry.Name, entry.Name
	return nil
}

// checkGrant is the policy: any grant at all, the object, the action.
func (rt *Router) checkGrant(r *http.Request, to route.Route, c *identity.Caller, line *audit.Line) *problem.Problem {
	if len(c.Grants()) == 0 {
		return rt.noGrant(c.Identity)
	}
	object, err := to.Object()(r)
	if err != nil {
		return problem.From(err)
	}
	line.Object, line.Workspace = object.ID, object.Workspace
	if !object.Any && !c.Sees(object) {
		return problem.New(problem.NotFound, "There is nothing here.")
	}
	by, ok := c.Allows(to.Action(), object)
	if !ok {
		return problem.New(problem.NotAllowed, "Your grants do not include %s here. Ask whoever edits the tailnet policy.", to.Action())
	}
	line.Grant = by.Source
	return nil
}

func (rt *Router) noGrant(who identity.Identity) *problem.Problem {
	return problem.New(problem.NoGrant, "The tailnet's policy grants %s nothing here. Ask whoever edits it for a grant of %s.", who.Principal(), rt.Callers.Capability)
}

// deny answers with the problem and writes the audit line. A peer that the
// tailnet knows is named in it; any other by its address.
func (rt *Router) deny(w http.ResponseWriter, r *http.Request, line audit.Line, p *problem.Problem) {
	line.Verdict, line.Reason = audit.Denied, p.Type.Name()
	rt.Audit.Write(line)
	rt.Logger.Debug("refused", "route", line.Route, "login", line.Login, "node", line.Node, "reason", p.Type.Name(), "err", p.Cause)
	p.Write(w)
}

// fail answers for a handler that could not.
func (rt *Router) fail(w http.ResponseWriter, r *http.Request, c *identity.Caller, err error) {
	p := problem.From(err)
	if p.Type == problem.Internal && !errors.Is(err, context.Canceled) {
		rt.Logger.Error("answering", "method", r.Method, "path", r.URL.Path, "login", c.Login, "node", c.Node, "err", err)
	}
	p.Write(w)
}

// isUpgrade reports a request for a WebSocket.
func isUpgrade(r *http.Request) bool {
	return hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket")
}

func hasToken(values []string, want string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), want) {
				return true
			}
		}
	}
	return false
}
