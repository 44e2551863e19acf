package tsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
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
	// Destination is how the tailnet's policy names this node: see
	// [Node.Destination].
	Destination string
	// Version is what the app says it talks to.
	Version string
}

// Router answers every request: it checks what the route needs, in one order,
// and only then calls its handler.
type Router struct {
	RouterOptions
	mux    *http.ServeMux
	limits map[route.Limit]*limiter
	failed *limiter
	open   counter
	denied denials
	routes []route.Route
}

// NewRouter makes a router of all routes. A route that does not say what it
// needs is an error.
func NewRouter(o RouterOptions, routes ...route.Route) (*Router, error) {
	rt := &Router{RouterOptions: o, mux: http.NewServeMux(), limits: map[route.Limit]*limiter{},
		failed: newLimiter(o.Limits.FailedTokens), open: counter{most: o.Limits.Open}, denied: denials{lines: newLimiter(deniedLines)}}
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
	for _, nothing := range []string{"/api", "/api/"} {
		rt.mux.HandleFunc(nothing, func(w http.ResponseWriter, r *http.Request) { rt.dispatch(w, r, nil) })
	}
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
	// A client that trickles its body or its reading holds nothing for long. An
	// upgrade takes the deadlines off again.
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(bodyWithin)) // not every writer of a test can
	_ = c.SetWriteDeadline(time.Now().Add(answerWithin))
	if p := checkHost(r, rt.Hosts); p != nil {
		rt.deny(w, r, audit.Line{Addr: r.RemoteAddr, Route: noRoute}, p)
		return
	}
	if !isClean(r.URL.Path) { // http.ServeMux would redirect, before any check
		rt.dispatch(w, r, nil)
		return
	}
	rt.mux.ServeHTTP(w, r)
}

const (
	// bodyWithin is how long a body of MaxBody may take to come.
	bodyWithin = 30 * time.Second
	// answerWithin is how long an answer may take, the body's time included.
	answerWithin = time.Minute
	// noRoute stands in the log for an address that is no route's: what a
	// stranger puts into an address does not go there.
	noRoute = "no route"
)

// isClean reports whether a path is as path.Clean would have it, but for a slash
// at its end.
func isClean(p string) bool {
	return p == path.Clean(p) || p == path.Clean(p)+"/"
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
	none := route.Identified("", noRoute, route.Unlimited, func(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
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
			none = route.Open("", noRoute, missing)
		}
	}
	rt.serve(w, r, none)
}

// serve is the order of answers, from the origin on: each check in turn, and the
// handler when all have passed.
func (rt *Router) serve(w http.ResponseWriter, r *http.Request, to route.Route) {
	line := audit.Line{Action: to.Action(), Route: strings.TrimSpace(to.Method() + " " + to.Pattern()), Addr: r.RemoteAddr}
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
	if to.IsWebSocket() {
		if !rt.open.add(c.Principal()) {
			rt.deny(w, r, line, problem.New(problem.Limit, "You have %d terminals and event streams open, as many as limits.open allows. Close one first.", rt.open.most).After(time.Minute))
			return
		}
		defer rt.open.done(c.Principal())
		ctx, stop := rt.guard(r, c)
		defer stop()
		r = r.WithContext(ctx)
	}
	if to.Need() != route.Public && to.Pattern() != noRoute {
		line.Verdict = audit.Allowed
		rt.Audit.Write(line)
	}
	err = to.Handler()(w, r, c)
	switch {
	case err == nil:
	case to.Pattern() == noRoute:
		rt.deny(w, r, line, problem.From(err))
	default:
		rt.fail(w, r, c, err)
	}
}

const unreadableTokens = "The server cannot read its tokens now. Whoever runs it finds the reason in its log."

func tooManyTokens(wait time.Duration) *problem.Problem {
	return problem.New(problem.TooManyTokens, "This device has sent too many wrong tokens. Try again in %v.", wait.Round(time.Second)+time.Second).After(wait)
}

var missingToken = problem.New(problem.Token, "This needs a token: send it as Authorization: Bearer. `tailpty token new` on the host makes one.")

// admit is the checks that need a caller. It completes the audit line.
func (rt *Router) admit(r *http.Request, to route.Route, c *identity.Caller, line *audit.Line) *problem.Problem {
	if rt.Tokens.InURL(r) {
		line.Token = "in the URL"
		rt.failed.take(c.NodeID)
		return problem.New(problem.Token, "A token must never be part of an address: it has been written to logs now. Remove it with `tailpty token remove` and make a new one.")
	}
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
	return limitBody(r)
}

// limitBody bounds the body. What has none by its method is read now, so that
// nothing happens for a request that is too large.
func limitBody(r *http.Request) *problem.Problem {
	tooLarge := problem.New(problem.TooLarge, "The request's body is larger than %d bytes.", MaxBody)
	if r.ContentLength > MaxBody {
		return tooLarge
	}
	r.Body = http.MaxBytesReader(nil, r.Body, MaxBody)
	if r.Method == http.MethodPost || r.Method == http.MethodPatch || r.Method == http.MethodPut || r.ContentLength == 0 {
		return nil
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return tooLarge
		}
		return problem.New(problem.BadRequest, "The request's body broke off.").Because(err)
	}
	return nil
}

// checkToken is the token, and before it how many wrong ones the node has sent.
func (rt *Router) checkToken(r *http.Request, to route.Route, c *identity.Caller, line *audit.Line) *problem.Problem {
	if wait := rt.failed.spent(c.NodeID); wait > 0 {
		return tooManyTokens(wait)
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
		return problem.New(problem.Token, unreadableTokens).Because(err)
	}
	if !ok {
		if wait, ok := rt.failed.take(c.NodeID); !ok {
			return tooManyTokens(wait)
		}
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
	rt.denied.write(rt.Audit, line)
	if r.ContentLength != 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // rather than read a body that nobody wants
	}
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
