package term

import (
	"context"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
)

// Routes is the routes of sessions and of what they are made from.
func (s *Sessions) Routes() []route.Route {
	return []route.Route{
		route.Guarded("GET", "/api/v1/profiles", identity.View, route.Anything, route.Lookups, s.getProfiles),
		route.Guarded("GET", "/api/v1/workspaces", identity.View, route.Anything, route.Lookups, s.getWorkspaces),
		route.Guarded("GET", "/api/v1/sessions", identity.View, route.Anything, route.SessionReads, s.getSessions),
		route.Guarded("POST", "/api/v1/sessions", identity.Create, route.Anything, route.SessionOps, s.postSession),
		route.Guarded("GET", "/api/v1/sessions/{id}", identity.View, s.object, route.SessionReads, s.getSession),
		route.Guarded("PATCH", "/api/v1/sessions/{id}", identity.Drive, s.object, route.SessionOps, s.patchSession),
		route.Guarded("DELETE", "/api/v1/sessions/{id}", identity.End, s.object, route.SessionOps, s.deleteSession),
		route.WebSocket("/api/v1/sessions/{id}/attach", identity.View, s.object, route.Attaches, s.getAttach),
		route.WebSocket("/api/v1/events", identity.View, route.Anything, route.Attaches, s.getEvents),
	}
}

// noSession is what a caller is told of a session that is not there, and of one
// they may not know of.
var noSession = problem.New(problem.NotFound, "There is nothing here.")

// object is the session that a request is about.
func (s *Sessions) object(r *http.Request) (identity.Object, error) {
	one, ok := s.get(r.PathValue("id"))
	if !ok {
		return identity.Object{}, noSession
	}
	return one.object(), nil
}

func (s *Sessions) getProfiles(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	type profile struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	all := []profile{}
	for _, p := range s.o.Profiles {
		if c.Sees(identity.Object{Profile: p.Name}) {
			all = append(all, profile{p.Name, p.Title})
		}
	}
	return route.WriteJSON(w, http.StatusOK, map[string]any{"profiles": all})
}

func (s *Sessions) getWorkspaces(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	type workspace struct {
		Name string `json:"name"`
		// Profiles are those that the caller may start there.
		Profiles []string `json:"profiles"`
	}
	all := []workspace{}
	for _, ws := range s.o.Workspaces {
		if !c.Sees(identity.Object{Workspace: ws.Name}) {
			continue
		}
		one := workspace{ws.Name, []string{}}
		for _, p := range s.o.Profiles {
			if _, ok := c.Allows(identity.Create, identity.Object{Workspace: ws.Name, Profile: p.Name}); ok {
				one.Profiles = append(one.Profiles, p.Name)
			}
		}
		all = append(all, one)
	}
	return route.WriteJSON(w, http.StatusOK, map[string]any{"workspaces": all})
}

func (s *Sessions) getSessions(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	return route.WriteJSON(w, http.StatusOK, map[string]any{"sessions": s.list(c)})
}

func (s *Sessions) postSession(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	q := request{Cols: 80, Rows: 24}
	if err := route.ReadJSON(r, &q); err != nil {
		return err
	}
	if !sizeOK(q.Cols, q.Rows) {
		return problem.New(problem.BadRequest, "The size is %d x %d; it is from %d x 1 to %d x %d.", q.Cols, q.Rows, wire.MinCols, wire.MaxCols, wire.MaxRows)
	}
	if q.Profile == "" || q.Workspace == "" {
		return problem.New(problem.BadRequest, "Say which profile and which workspace: {\"profile\":...,\"workspace\":...}. GET /api/v1/workspaces lists them.")
	}
	if q.Name == "" {
		q.Name = q.Profile
	}
	if err := checkName(q.Name); err != nil {
		return err
	}
	one, err := s.create(c, q)
	line := audit.Line{Verdict: audit.Done, Action: identity.Create, Workspace: q.Workspace, Token: c.Token, Reason: "session of profile " + q.Profile}.By(c.Identity)
	if err != nil {
		line.Verdict, line.Reason = audit.Denied, problem.From(err).Type.Name()
		s.o.Audit.Write(line)
		return err
	}
	line.Object = one.id
	s.o.Audit.Write(line)
	w.Header().Set("Location", "/api/v1/sessions/"+one.id)
	return route.WriteJSON(w, http.StatusCreated, one.describe(c))
}

// maxName is the longest name of a session, in characters.
const maxName = 80

// checkName reports a name that could not be shown.
func checkName(name string) error {
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) == "" {
		return problem.New(problem.BadRequest, "A name has 1 to %d characters, none of them a control character.", maxName)
	}
	return nil
}

func (s *Sessions) getSession(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	one, ok := s.visible(c, r.PathValue("id"))
	if !ok {
		return noSession
	}
	return route.WriteJSON(w, http.StatusOK, one)
}

func (s *Sessions) patchSession(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	var q struct {
		Name string `json:"name"`
	}
	if err := route.ReadJSON(r, &q); err != nil {
		return err
	}
	if err := checkName(q.Name); err != nil {
		return err
	}
	one, ok := s.get(r.PathValue("id"))
	if !ok {
		return noSession
	}
	one.rename(q.Name)
	return route.WriteJSON(w, http.StatusOK, one.describe(c))
}

// deleteSession ends a session that runs; one that has ended leaves the list.
func (s *Sessions) deleteSession(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	one, ok := s.get(r.PathValue("id"))
	if !ok {
		return noSession
	}
	if proc := one.process(); proc.State().Ended {
		s.remove(one)
	} else {
		proc.End()
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Sessions) getAttach(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	one, ok := s.get(r.PathValue("id"))
	if !ok {
		return noSession
	}
	return s.upgrade(w, r, func(ctx context.Context, conn *websocket.Conn) {
		why := one.attach(ctx, conn, c)
		s.o.Audit.Write(audit.Line{Verdict: audit.Done, Action: identity.View, Object: one.id, Workspace: one.record.Workspace, Token: c.Token, Reason: "detached: " + reason(why)}.By(c.Identity))
	})
}

func (s *Sessions) getEvents(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
	return s.upgrade(w, r, func(ctx context.Context, conn *websocket.Conn) { s.follow(ctx, conn, c) })
}

// reason is why an attachment ended, for the audit log: a problem's name, or
// what it was.
func reason(err error) string {
	if err == nil {
		return "done"
	}
	if p := problem.From(err); p.Type != problem.Internal {
		return p.Type.Name()
	}
	first, _, _ := strings.Cut(err.Error(), ":")
	return first
}
