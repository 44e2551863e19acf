package term

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tailpty/term/session"
	"tailpty/term/wire"
	"tailpty/tsapp/identity"
)

// room is one session and the people in it.
type room struct {
	sessions *Sessions
	record   session.Record // but for its name, which may change
	id       string

	mu     sync.Mutex // held over nothing that waits
	proc   process
	name   string
	people map[string]*attachment // by the person's id
	lastID int
	empty  chan struct{} // told without waiting when the last has left
}

// newRoom makes a room that has nobody in it.
func newRoom(s *Sessions, record session.Record, proc process) *room {
	return &room{sessions: s, record: record, id: record.ID, name: record.Name, proc: proc, people: map[string]*attachment{}, empty: make(chan struct{}, 1)}
}

// process is the session, as it is now.
func (r *room) process() process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.proc
}

// become puts another in the session's place: what is left of it, or a new
// connection to it.
func (r *room) become(proc process) {
	r.mu.Lock()
	r.proc = proc
	r.mu.Unlock()
	r.changed()
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
	// Isolation is what separates it from the host: workspace or none.
	Isolation string `json:"isolation"`
	// Lost: its process went with the machine. Ended is then when it was last known
	// to run, and Exit null.
	Lost bool `json:"lost,omitempty"`
	// May is what the reader may do with it.
	May []identity.Action `json:"may"`
}

// object is what the session is to the policy.
func (r *room) object() identity.Object {
	return identity.Object{ID: r.id, Workspace: r.record.Workspace, Profile: r.record.Profile, Owner: r.record.Owner}
}

// describe is the session as a caller sees it.
func (r *room) describe(c *identity.Caller) Session {
	st := r.process().State()
	people, driver := r.attached()
	name := r.title()
	out := Session{ID: r.id, Name: name, Profile: r.record.Profile, Workspace: r.record.Workspace, Owner: r.record.Owner, State: st.Program, Since: st.Since.UTC(),
		Title: st.Title, Cols: st.Cols, Rows: st.Rows, Created: r.record.Created.UTC(), People: people, Driver: driver, Isolation: r.record.Isolation, Lost: st.Lost, May: []identity.Action{}}
	if st.Ended {
		at := st.EndedAt.UTC()
		out.Ended = &at
		if !st.Lost {
			out.Exit = &st.Exit
		}
	}
	for _, a := range identity.Actions {
		if _, ok := c.Allows(a, r.object()); ok {
			out.May = append(out.May, a)
		}
	}
	return out
}

// attached is who is attached, here and through other connections to the session,
// and the id of the one who drives.
func (r *room) attached() (people []wire.Person, driver string) {
	proc := r.process()
	all := proc.Others()
	r.mu.Lock()
	for _, a := range r.people {
		all = append(all[:len(all):len(all)], a.listed())
	}
	r.mu.Unlock()
	drives := proc.Driver()
	people = []wire.Person{}
	for _, p := range all {
		people = append(people, wire.Person{ID: p.ID, Login: p.Login, Name: p.Name, Device: p.Device})
		if p.Client == drives {
			driver = p.ID
		}
	}
	slices.SortFunc(people, func(a, b wire.Person) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
	if driver == "" && drives != "" {
		driver = wire.Away // its connection was lost with a server before this one
	}
	return people, driver
}

// title is the session's name, which a command on the host may have changed.
func (r *room) title() string {
	if remote, ok := r.process().(*session.Remote); ok {
		return remote.Record().Name
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.name
}

// rename gives the session another name.
func (r *room) rename(name string) {
	r.mu.Lock()
	r.name = name
	r.mu.Unlock()
	r.process().Rename(name)
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

// enter lists an attachment. Another of the same client, which must have lost its
// connection, is told to go.
func (r *room) enter(a *attachment) {
	r.mu.Lock()
	r.lastID++
	a.person.ID = fmt.Sprintf("a%d.%d", a.process.Conn(), r.lastID)
	for old, other := range r.people {
		if other.client == a.client {
			delete(r.people, old)
			other.stop(errReplaced)
		}
	}
	r.people[a.person.ID] = a
	r.mu.Unlock()
	r.tellPeople(a.process)
}

// leave takes an attachment off the list, and the wheel out of its hands, unless
// its client is attached again.
func (r *room) leave(a *attachment) {
	r.mu.Lock()
	delete(r.people, a.person.ID)
	last := len(r.people) == 0
	r.mu.Unlock()
	if errors.Is(a.why(), ErrClosed) {
		return // the client will be back, at the next server: the wheel waits for it
	}
	if !r.has(a.client) {
		if !errors.Is(a.why(), errGone) {
			a.process.Unhold(a.client) // one whose connection was cut has until it ends by itself
		}
		r.release(a)
	}
	r.tellPeople(a.process)
	if last {
		r.left()
	}
}

// left says that nobody is attached, or need be waited for, without waiting.
func (r *room) left() {
	select {
	case r.empty <- struct{}{}:
	default:
	}
}

// find is somebody by their id: their client, and their attachment if it is here.
func (r *room) find(person string) (a *attachment, client string) {
	others := r.process().Others()
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.people[person]; ok {
		return a, a.client
	}
	for _, p := range others {
		if p.ID == person {
			return nil, p.Client
		}
	}
	return nil, ""
}

// has reports whether a client is attached.
func (r *room) has(client string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.people {
		if a.client == client {
			return true
		}
	}
	return false
}

// tellPeople tells the session, and everybody, who is attached.
func (r *room) tellPeople(proc process) {
	r.mu.Lock()
	people := make([]session.Person, 0, len(r.people))
	for _, a := range r.people {
		people = append(people, a.listed())
	}
	r.mu.Unlock()
	proc.People(people)
	r.changed()
}

// release takes the wheel out of an attachment's hands, if it has it.
func (r *room) release(a *attachment) {
	if a.drives() && a.process.Drive(a.client, "") {
		r.changed()
	}
}

// driverName is who drives, for a sentence.
func (r *room) driverName() string {
	people, driver := r.attached()
	for _, p := range people {
		if p.ID == driver {
			return p.Name
		}
	}
	return "Somebody else"
}
