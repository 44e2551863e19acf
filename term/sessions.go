package term

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tailpty/term/session"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
)

// Profile is one command that may be run.
type Profile struct {
	// Name is what grants call it, Title what people see.
	Name, Title string
	// Command is the program and its arguments; Env is added to the session's
	// environment, as NAME=VALUE.
	Command, Env []string
}

// Workspace is one folder in which sessions run.
type Workspace struct {
	Name, Path string
}

// Options is what Sessions needs.
type Options struct {
	Profiles   []Profile
	Workspaces []Workspace
	// Max is how many sessions may run at once, MaxPerLogin how many of one
	// principal.
	Max, MaxPerLogin int
	Audit            *audit.Log
	Logger           *slog.Logger
}

// maxListed is how many ended sessions stay listed; the oldest go first.
const maxListed = 100

// Sessions is the sessions of this node. It is safe for concurrent use.
type Sessions struct {
	o      Options
	events hub

	mu    sync.Mutex
	rooms map[string]*room
	// starting counts the sessions of each principal that are being started, so
	// that two at once do not pass a limit together.
	starting map[string]int
	closed   bool
	// busy is what Close waits for: sessions that are watched, and connections.
	busy sync.WaitGroup
}

// New makes an empty set.
func New(o Options) *Sessions {
	s := &Sessions{o: o, rooms: map[string]*room{}, starting: map[string]int{}}
	s.events.visible = s.visible
	return s
}

// newID is a random name of 130 bits that cannot be guessed.
func newID() string { return strings.ToLower(rand.Text()) }

// request is what a new session is made from.
type request struct {
	Profile   string `json:"profile"`
	Workspace string `json:"workspace"`
	Name      string `json:"name"`
	Cols      int    `json:"cols"`
	Rows      int    `json:"rows"`
}

// create starts a session for a caller who may.
func (s *Sessions) create(c *identity.Caller, q request) (*room, error) {
	p, w, err := s.choose(c, q)
	if err != nil {
		return nil, err
	}
	owner := c.Principal()
	if err := s.reserve(c, owner, identity.Object{Workspace: w.Name, Profile: p.Name}); err != nil {
		return nil, err
	}
	r := &room{sessions: s, id: newID(), name: q.Name, profile: p.Name, workspace: w.Name, owner: owner, created: time.Now(), people: map[string]*attachment{}}
	r.process, err = session.Start(session.Spec{
		Command: p.Command, Dir: w.Path, Env: environment(w.Path, p.Env), Cols: q.Cols, Rows: q.Rows,
		Changed: r.changed, Logger: s.o.Logger.With("session", r.id),
	})
	s.mu.Lock()
	if s.starting[owner]--; s.starting[owner] == 0 {
		delete(s.starting, owner)
	}
	if err == nil {
		s.rooms[r.id] = r
		s.forgetOldest()
		s.busy.Go(func() { s.watch(r) })
		if s.closed {
			r.process.End()
		}
	}
	s.mu.Unlock()
	if err != nil {
		return nil, problem.New(problem.Unavailable, "The command of profile %q could not be started. The server's log says why.", p.Name).Because(err)
	}
	s.events.changed(r.id)
	s.o.Logger.Info("session started", "session", r.id, "login", c.Login, "node", c.Node, "profile", p.Name, "workspace", w.Name)
	return r, nil
}

// watch writes down how a session ended.
func (s *Sessions) watch(r *room) {
	<-r.process.Done()
	st := r.process.State()
	s.o.Audit.Write(audit.Line{Verdict: audit.Done, Object: r.id, Workspace: r.workspace, Reason: fmt.Sprintf("session ended with status %d", st.Exit)})
	s.o.Logger.Info("session ended", "session", r.id, "exit", st.Exit)
}

// choose finds the profile and the workspace that a caller asks for and may use.
// What they may not know of is not found.
func (s *Sessions) choose(c *identity.Caller, q request) (Profile, Workspace, error) {
	w, wok := find(s.o.Workspaces, func(w Workspace) bool { return w.Name == q.Workspace })
	p, pok := find(s.o.Profiles, func(p Profile) bool { return p.Name == q.Profile })
	switch {
	case !wok || !c.Sees(identity.Object{Workspace: w.Name}):
		return p, w, problem.New(problem.NotFound, "There is no workspace %q.", q.Workspace)
	case !pok || !c.Sees(identity.Object{Profile: p.Name}):
		return p, w, problem.New(problem.NotFound, "There is no profile %q.", q.Profile)
	}
	if _, ok := c.Allows(identity.Create, identity.Object{Workspace: w.Name, Profile: p.Name}); !ok {
		return p, w, problem.New(problem.NotAllowed, "Your grants do not let you start %s in %s. Ask whoever edits the tailnet policy.", p.Name, w.Name)
	}
	return p, w, nil
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

// reserve counts a session that is about to start against every limit.
func (s *Sessions) reserve(c *identity.Caller, owner string, o identity.Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return problem.New(problem.Unavailable, "The server is stopping.")
	}
	all, own := 0, s.starting[owner]
	for _, n := range s.starting {
		all += n
	}
	for _, r := range s.rooms {
		if r.process.State().Ended {
			continue
		}
		all++
		if r.owner == owner {
			own++
		}
	}
	if all >= s.o.Max {
		return problem.New(problem.Limit, "%d sessions run on this node, as many as max_sessions allows. End one first.", all).After(time.Minute)
	}
	if own >= s.o.MaxPerLogin {
		return problem.New(problem.Limit, "You have %d sessions running, as many as max_sessions_per_login allows. End one first.", own).After(time.Minute)
	}
	if most, limited := mostByGrant(c, o); limited && own >= most {
		return problem.New(problem.Limit, "You have %d sessions running, as many as your grant's max_sessions allows. End one first.", own).After(time.Minute)
	}
	s.starting[owner]++
	return nil
}

// mostByGrant is the largest max_sessions of the grants that allow creating o;
// limited is false where one of them has none.
func mostByGrant(c *identity.Caller, o identity.Object) (most int, limited bool) {
	for _, g := range c.Granting(identity.Create, o) {
		if g.MaxSessions == 0 {
			return 0, false
		}
		most = max(most, g.MaxSessions)
	}
	return most, true
}

// forgetOldest keeps the list of ended sessions short. mu is held.
func (s *Sessions) forgetOldest() {
	var ended []*room
	for _, r := range s.rooms {
		if r.process.State().Ended {
			ended = append(ended, r)
		}
	}
	if len(ended) <= maxListed {
		return
	}
	slices.SortFunc(ended, func(a, b *room) int { return a.process.State().EndedAt.Compare(b.process.State().EndedAt) })
	for _, r := range ended[:len(ended)-maxListed] {
		delete(s.rooms, r.id)
		s.events.changed(r.id)
	}
}

// get is the session of an id.
func (s *Sessions) get(id string) (*room, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rooms[id]
	return r, ok
}

// remove takes an ended session off the list.
func (s *Sessions) remove(r *room) {
	s.mu.Lock()
	delete(s.rooms, r.id)
	s.mu.Unlock()
	s.events.changed(r.id)
}

// list is every session that a caller may know of, oldest first.
func (s *Sessions) list(c *identity.Caller) []Session {
	s.mu.Lock()
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	out := []Session{}
	for _, r := range rooms {
		if c.Sees(r.object()) {
			out = append(out, r.describe(c))
		}
	}
	slices.SortFunc(out, func(a, b Session) int { return a.Created.Compare(b.Created) })
	return out
}

// visible is a session as a caller may see it, if they may.
func (s *Sessions) visible(c *identity.Caller, id string) (Session, bool) {
	r, ok := s.get(id)
	if !ok || !c.Sees(r.object()) {
		return Session{}, false
	}
	return r.describe(c), true
}

// ErrClosed is why attachments end when the server stops.
var ErrClosed = errors.New("term: the server stops")

// enter counts a connection that Close waits for, unless it is too late.
func (s *Sessions) enter() (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, problem.New(problem.Unavailable, "The server is stopping.")
	}
	s.busy.Add(1)
	return s.busy.Done, nil
}

// Close ends every session and waits until all have ended, since they live in
// this process, and until every connection has: the caller has told those to
// end.
func (s *Sessions) Close() {
	s.mu.Lock()
	s.closed = true
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	for _, r := range rooms {
		r.process.End()
	}
	s.busy.Wait()
}
