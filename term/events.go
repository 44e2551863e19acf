package term

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
)

// event is one message of the event stream. A client that gets an unknown "t"
// ignores it.
type event struct {
	T string `json:"t"`
	// Session is with "session": one that is new or has changed.
	Session *Session `json:"session,omitempty"`
	// ID is with "gone": a session that is no longer there, or no longer seen.
	ID string `json:"id,omitempty"`
}

// hub tells event streams which sessions have changed. A stream that is slow
// hears of each session once, however often it changed.
type hub struct {
	visible func(c *identity.Caller, id string) (Session, bool)

	mu      sync.Mutex
	streams map[*stream]struct{}
}

// stream is one subscriber.
type stream struct {
	wake  chan struct{}
	dirty map[string]struct{} // guarded by hub.mu
}

func (h *hub) subscribe() *stream {
	s := &stream{wake: make(chan struct{}, 1), dirty: map[string]struct{}{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams == nil {
		h.streams = map[*stream]struct{}{}
	}
	h.streams[s] = struct{}{}
	return s
}

func (h *hub) unsubscribe(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
}

// changed marks a session for every stream.
func (h *hub) changed(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		s.dirty[id] = struct{}{}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// taken is the sessions that have changed since the last call.
func (h *hub) taken(s *stream) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := slices.Sorted(maps.Keys(s.dirty))
	clear(s.dirty)
	return ids
}

// follow serves one event stream until it ends.
func (s *Sessions) follow(ctx context.Context, conn *websocket.Conn, c *identity.Caller) {
	sub := s.events.subscribe()
	defer s.events.unsubscribe(sub)
	f := &follower{sessions: s, line: newLine(ctx, conn), caller: c, sub: sub}
	defer f.hangUp()
	done := make(chan struct{}, 3)
	run := func(g func() error) {
		go func() {
			defer func() { done <- struct{}{} }()
			if err := g(); err != nil {
				f.stop(err)
			}
		}()
	}
	run(f.read)
	run(f.ping)
	run(f.watchRights)
	for f.ctx.Err() == nil {
		rights := c.Changed() // before the list is made
		err := f.list()
		if err == nil {
			err = f.changes(rights)
		}
		if err != nil {
			f.stop(err)
		}
	}
	sayGoodbye(conn, f.why())
	f.hangUp()
	for range cap(done) {
		<-done
	}
}

// follower is one event stream at work.
type follower struct {
	line
	sessions *Sessions
	caller   *identity.Caller
	sub      *stream
	known    map[string]bool // the sessions that the client has been told of
}

// read sees the connection's end, and answers pings, all that a client says
// here.
func (f *follower) read() error {
	f.conn.SetReadLimit(maxPing)
	for {
		kind, b, err := f.conn.Read(f.io)
		if err != nil {
			return fmt.Errorf("%w: %w", errGone, err)
		}
		f.hear()
		if c, err := wire.ParseControl(b); kind != websocket.MessageText || err != nil || c.T != wire.Ping {
			return protocolError("an event stream takes no messages but ping")
		}
		if err := f.write(websocket.MessageText, wire.Control{T: wire.Pong}.Encode(), false); err != nil {
			return err
		}
	}
}

// maxPing is the largest message that an event stream takes, in bytes.
const maxPing = 256

// watchRights ends the stream when the caller may see no session any more,
// whatever the writer waits for.
func (f *follower) watchRights() error {
	for {
		changed := f.caller.Changed() // before the rights are asked
		if _, ok := f.caller.Allows(identity.View, identity.Object{Any: true}); !ok {
			return problem.New(problem.NotAllowed, "Your right to see sessions was removed.")
		}
		select {
		case <-f.ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// list sends everything.
func (f *follower) list() error {
	f.sessions.events.taken(f.sub)
	all := f.sessions.list(f.caller)
	f.known = map[string]bool{}
	for _, one := range all {
		f.known[one.ID] = true
	}
	// An empty list is still a list: omitempty is for the other messages.
	return f.send(struct {
		T        string    `json:"t"`
		Sessions []Session `json:"sessions"`
	}{"sessions", all})
}

// changes sends what changes until the caller's rights do, which returns nil.
func (f *follower) changes(rights <-chan struct{}) error {
	for {
		select {
		case <-f.ctx.Done():
			return f.why()
		case <-rights:
			return nil
		case <-f.sub.wake:
			for _, id := range f.sessions.events.taken(f.sub) {
				if err := f.one(id); err != nil {
					return err
				}
			}
		}
	}
}

// one sends a session that has changed, or that it is gone.
func (f *follower) one(id string) error {
	if one, ok := f.sessions.visible(f.caller, id); ok {
		f.known[id] = true
		return f.send(event{T: "session", Session: &one})
	}
	if !f.known[id] {
		return nil
	}
	delete(f.known, id)
	return f.send(event{T: "gone", ID: id})
}

func (f *follower) send(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.write(websocket.MessageText, b, false)
}
