package term

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

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

// follow serves one event stream until it ends, and returns why.
func (s *Sessions) follow(ctx context.Context, conn *websocket.Conn, c *identity.Caller) error {
	sub := s.events.subscribe()
	defer s.events.unsubscribe(sub)
	f := &follower{sessions: s, conn: conn, caller: c, sub: sub}
	reading := make(chan error, 1)
	io, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	f.io = io
	go func() { // a client says nothing here; reading answers pings and sees the close
		_, _, err := conn.Read(io)
		if err == nil {
			err = protocolError("an event stream takes no messages")
		}
		reading <- err
	}()
	ping := time.NewTicker(pingViewer)
	defer ping.Stop()
	for {
		rights := c.Changed() // before the list is made
		if err := f.list(); err != nil {
			return err
		}
		if err := f.changes(ctx, rights, reading, ping.C); err != nil {
			return err
		}
	}
}

// follower is one event stream at work.
type follower struct {
	sessions *Sessions
	conn     *websocket.Conn
	caller   *identity.Caller
	sub      *stream
	io       context.Context
	known    map[string]bool // the sessions that the client has been told of
}

// list sends everything.
func (f *follower) list() error {
	if _, ok := f.caller.Allows(identity.View, identity.Object{Any: true}); !ok {
		return problem.New(problem.NotAllowed, "Your right to see sessions was removed.")
	}
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
func (f *follower) changes(ctx context.Context, rights <-chan struct{}, reading <-chan error, ping <-chan time.Time) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case err := <-reading:
			return fmt.Errorf("%w: %w", errGone, err)
		case <-rights:
			return nil
		case <-ping:
			ctx, cancel := context.WithTimeout(f.io, pingViewer)
			err := f.conn.Ping(ctx)
			cancel()
			if err != nil {
				return fmt.Errorf("%w: %w", errGone, err)
			}
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
	ctx, cancel := context.WithTimeout(f.io, writeWithin)
	defer cancel()
	if err := f.conn.Write(ctx, websocket.MessageText, b); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}
