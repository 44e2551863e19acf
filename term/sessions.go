package term

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"os/exec"
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
	// Isolation is what separates its sessions from the host: Walled or Open.
	Isolation string
}

// What separates a session from the host: the basic wall, which hides what is
// tailpty's own, or nothing.
const (
	Walled = "workspace"
	Open   = "none"
)

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
	// Places is where sessions are written down and where their sockets are.
	Places session.Places
	// Program is the argument vector of a process that calls session.Main.
	Program []string
	// Local says that this is a command on the host and not the server: it lists
	// what is there when it asks, and looks after nothing.
	Local bool
	// Owner owns the sessions that are created, in place of who creates them; empty
	// for the server.
	Owner string
	// Wall is the argument vector that runs a command in dir behind the basic
	// wall.
	Wall   func(dir string, command []string) ([]string, error)
	Audit  *audit.Log
	Logger *slog.Logger
}

// maxListed is how many ended sessions stay listed; the oldest go first.
const maxListed = 100

// Sessions is the sessions of this node. It is safe for concurrent use.
type Sessions struct {
	o      Options
	events hub
	settling

	mu    sync.Mutex
	rooms map[string]*room
	// starting counts the sessions of each principal that are being started, so
	// that two at once do not pass a limit together.
	starting map[string]int
	closed   bool
	stop     chan struct{} // closed with it
	// busy is what Close waits for: sessions that are looked after, and connections.
	busy sync.WaitGroup
}

// New makes an empty set.
func New(o Options) *Sessions {
	s := &Sessions{o: o, rooms: map[string]*room{}, starting: map[string]int{}, stop: make(chan struct{})}
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
	owner := s.ownerOf(c)
	if err := s.reserve(c, owner, identity.Object{Workspace: w.Name, Profile: p.Name}); err != nil {
		return nil, err
	}
	r, err := s.start(session.Record{Name: q.Name, Profile: p.Name, Workspace: w.Name, Owner: owner, Isolation: p.Isolation, Dir: w.Path},
		session.Spec{Command: p.Command, Dir: w.Path, Env: environment(w.Path, p.Env), Cols: q.Cols, Rows: q.Rows})
	s.mu.Lock()
	if s.starting[owner]--; s.starting[owner] == 0 {
		delete(s.starting, owner)
	}
	s.mu.Unlock()
	if err != nil {
		return nil, problem.New(problem.Unavailable, "The command of profile %q could not be started. The server's log says why.", p.Name).Because(err)
	}
	s.o.Logger.Info("session started", "session", r.id, "login", c.Login, "node", c.Node, "profile", p.Name, "workspace", w.Name)
	return r, nil
}

// ownerOf is who owns what a caller creates.
func (s *Sessions) ownerOf(c *identity.Caller) string {
	if s.o.Owner != "" {
		return s.o.Owner
	}
	return c.Principal()
}

// start starts the process of a session, with an id of its own, behind the wall if
// that is its isolation.
func (s *Sessions) start(record session.Record, spec session.Spec) (*room, error) {
	if err := s.o.Places.Make(); err != nil { // what is not there cannot be hidden
		return nil, err
	}
	if record.Isolation == Walled {
		if _, err := exec.LookPath(spec.Command[0]); err != nil {
			return nil, err // behind the wall it would be a status only
		}
		command, err := s.o.Wall(spec.Dir, spec.Command)
		if err != nil {
			return nil, err
		}
		spec.Command = command
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	record.ID, record.Created = newID(), time.Now()
	r := newRoom(s, record, nil)
	remote, err := session.Spawn(ctx, s.o.Program, session.Order{Places: s.o.Places, Record: record, Spec: spec}, s.dialOptions(r))
	if err != nil {
		return nil, err
	}
	return s.add(r, remote), nil
}

// dialOptions is how a room's session is connected to.
func (s *Sessions) dialOptions(r *room) session.DialOptions {
	return session.DialOptions{Local: s.o.Local, Changed: r.changed}
}

// startWithin is how long a session may take to start.
const startWithin = 30 * time.Second

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
		if r.process().State().Ended {
			continue
		}
		all++
		if r.record.Owner == owner {
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
		if r.process().State().Ended {
			ended = append(ended, r)
		}
	}
	if len(ended) <= maxListed {
		return
	}
	slices.SortFunc(ended, func(a, b *room) int { return a.process().State().EndedAt.Compare(b.process().State().EndedAt) })
	for _, r := range ended[:len(ended)-maxListed] {
		delete(s.rooms, r.id)
		s.events.changed(r.id)
		s.forget(r)
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
	r.left()
	s.forget(r)
}

// forget removes what is written down of an ended session.
func (s *Sessions) forget(r *room) {
	past, ok := r.process().(still)
	if !ok {
		return // somebody still looks at it: it goes when they have left
	}
	if err := past.past.Remove(); err != nil {
		s.o.Logger.Warn("removing an ended session", "session", r.id, "err", err)
	}
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

// Close ends every connection, and waits until all have ended. The sessions go on:
// their processes are their own. Whoever calls it has told those who are attached
// to go.
func (s *Sessions) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stop)
	}
	s.mu.Unlock()
	s.busy.Wait()
}
