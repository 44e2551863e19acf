package term

import (
	"slices"
	"sync"
	"time"

	"tailpty/term/session"
	"tailpty/term/wire"
	"tailpty/tsapp/identity"
)

// room is one session and the people in it.
type room struct {
	sessions                      *Sessions
	id, profile, workspace, owner string
	created                       time.Time
	process                       *session.Session

	mu     sync.Mutex
	name   string
	people map[string]*attachment
	lastID int
}

// Session is a session as the API shows it.
type Session struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Profile   string `json:"profile"`
	Workspace string `json:"workspace"`
	// Owner is the principal that created it.
	Owner   string    `json:"owner"`
	State   string    `json:"state"`
	Since   time.Time `json:"since"`
	Title   string    `json:"title"`
	Cols    int       `json:"cols"`
	Rows    int       `json:"rows"`
	Created time.Time `json:"created"`
	// Ended and Exit are null while the program runs.
	Ended  *time.Time    `json:"ended"`
	Exit   *int          `json:"exit"`
	People []wire.Person `json:"people"`
	// Driver is the id of one of People, or empty.
	Driver string `json:"driver"`
	// May is what the reader may do with it.
	May []identity.Action `json:"may"`
}

// object is what the session is to the policy.
func (r *room) object() identity.Object {
	return identity.Object{ID: r.id, Workspace: r.workspace, Profile: r.profile, Owner: r.owner}
}

// describe is the session as a caller sees it.
func (r *room) describe(c *identity.Caller) Session {
	st := r.process.State()
	people, driver := r.attached()
	r.mu.Lock()
	name := r.name
	r.mu.Unlock()
	out := Session{ID: r.id, Name: name, Profile: r.profile, Workspace: r.workspace, Owner: r.owner, State: st.Program, Since: st.Since.UTC(),
		Title: st.Title, Cols: st.Cols, Rows: st.Rows, Created: r.created.UTC(), People: people, Driver: driver, May: []identity.Action{}}
	if st.Ended {
		at := st.EndedAt.UTC()
		out.Ended, out.Exit = &at, &st.Exit
	}
	for _, a := range identity.Actions {
		if _, ok := c.Allows(a, r.object()); ok {
			out.May = append(out.May, a)
		}
	}
	return out
}

// attached is who is attached, and the id of the one who drives.
func (r *room) attached() (people []wire.Person, driver string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	people = []wire.Person{}
	for _, a := range r.people {
		people = append(people, a.person)
	}
	slices.SortFunc(people, func(a, b wire.Person) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return people, r.process.Driver()
}

// rename gives the session another name.
func (r *room) rename(name string) {
	r.mu.Lock()
	r.name = name
	r.mu.Unlock()
	r.changed()
}

// changed tells everybody attached, and every event stream, that something
// about the session is new.
func (r *room) changed() {
	r.mu.Lock()
	for _, a := range r.people {
		a.stale.Store(true)
		a.poke()
	}
	r.mu.Unlock()
	r.sessions.events.changed(r.id)
}

// enter lists an attachment. Another of the same client, which must have lost
// its connection, is told to go, and hands over the wheel if it has it.
func (r *room) enter(a *attachment, id func(n int) string) {
	r.mu.Lock()
	r.lastID++
	a.person.ID = id(r.lastID)
	for old, other := range r.people {
		if other.client == a.client {
			delete(r.people, old)
			r.process.Drive(old, a.person.ID)
			other.stop(errReplaced)
		}
	}
	r.people[a.person.ID] = a
	r.mu.Unlock()
	r.changed()
}

// leave takes an attachment off the list, and the wheel out of its hands.
func (r *room) leave(a *attachment) {
	r.mu.Lock()
	delete(r.people, a.person.ID)
	r.process.Drive(a.person.ID, "")
	r.mu.Unlock()
	r.changed()
}

// drive gives an attachment the wheel in place of was, if was has it. One that
// has left gets it no more: what it had sent before may still be on its way.
func (r *room) drive(was string, a *attachment) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.people[a.person.ID] == a && r.process.Drive(was, a.person.ID)
}

// release takes the wheel out of an attachment's hands, if it has it.
func (r *room) release(a *attachment) {
	if r.process.Drive(a.person.ID, "") {
		r.changed()
	}
}

// driverName is who drives, for a sentence.
func (r *room) driverName() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.people[r.process.Driver()]; ok {
		return a.person.Name
	}
	return "Somebody else"
}
