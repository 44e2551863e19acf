package term

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"tailpty/term/session"
	"tailpty/tsapp/audit"
)

// Open finds the sessions that there are, of this server's and of those before
// it, and looks after them. It returns when each has been found out about.
func (s *Sessions) Open(ctx context.Context) error {
	if err := s.o.Places.Make(); err != nil {
		return err
	}
	if !s.o.Local { // a command on the host is gone before anything could happen
		if err := s.o.Places.Sweep(); err != nil {
			return err
		}
		if err := s.watch(); err != nil {
			s.o.Logger.Warn("sessions that are started on the host will be seen at the next start only", "err", err)
		}
		s.keepAwake()
	}
	return s.findAll(ctx)
}

// findAll adds every session that is written down and not known yet.
func (s *Sessions) findAll(ctx context.Context) error {
	ids, err := s.o.Places.IDs()
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, findAtOnce)
	for _, id := range ids {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			s.find(ctx, id)
		})
	}
	wg.Wait()
	return nil
}

// findAtOnce is how many sessions are asked at the same time.
const findAtOnce = 16

// find adds a session that is written down, if it is not known yet.
func (s *Sessions) find(ctx context.Context, id string) {
	if _, known := s.get(id); known {
		return
	}
	r := newRoom(s, session.Record{ID: id}, nil)
	remote, err := session.Dial(ctx, s.o.Places, id, s.dialOptions(r))
	if err == nil {
		r.record = remote.Record()
		r.name = r.record.Name
		s.add(r, remote)
		return
	}
	past, lookErr := s.o.Places.Look(id)
	switch {
	case lookErr == nil:
		r.record, r.name, r.proc = past.Record, past.Name, ended(past)
		s.enlist(r)
	case errors.Is(lookErr, session.ErrLives):
		if past, err = s.o.Places.Away(id); err == nil {
			r.record, r.name, r.proc = past.Record, past.Name, silent(past)
			if s.enlist(r) {
				s.busy.Go(func() { s.keep(r, nil) })
			}
		}
	case errors.Is(lookErr, fs.ErrNotExist):
		// It is only just being made, or was never finished.
	default:
		s.o.Logger.Warn("a session cannot be read; the server looks again later", "session", id, "err", lookErr)
		time.AfterFunc(findAgain, func() {
			if !s.o.Local {
				s.arrive(id)
			}
		})
	}
}

// findAgain is how long after a session that could not be read is looked at again,
// such as when there were too many open files.
const findAgain = 10 * time.Second

// add lists a session that runs, and looks after it.
func (s *Sessions) add(r *room, remote *session.Remote) *room {
	r.proc = remote
	s.mu.Lock()
	known, ok := s.rooms[r.id]
	if !ok && !s.closed {
		s.rooms[r.id] = r
		s.forgetOldest()
		s.busy.Go(func() { s.keep(r, remote) })
	}
	closed := s.closed
	s.mu.Unlock()
	if ok || closed {
		remote.Close()
		if ok {
			return known
		}
		return r
	}
	s.events.changed(r.id)
	return r
}

// enlist lists a session that has ended or does not answer, and reports whether it
// was not known yet.
func (s *Sessions) enlist(r *room) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.rooms[r.id]; known || s.closed {
		return false
	}
	s.rooms[r.id] = r
	s.forgetOldest()
	s.events.changed(r.id)
	return true
}

// redialEvery is how often a session that does not answer is asked again.
const redialEvery = time.Second

// keep looks after a session until it has ended or the server stops. remote is nil
// where it does not answer at the moment.
func (s *Sessions) keep(r *room, remote *session.Remote) {
	for {
		if remote == nil {
			select {
			case <-s.stop:
				return
			case <-time.After(redialEvery):
			}
			var over bool
			if remote, over = s.redial(r); over {
				return
			} else if remote == nil {
				continue
			}
		}
		if s.attend(r, remote) {
			return
		}
		remote = nil
	}
}

// attend waits for a session's end, or for that of the connection to it, and
// reports whether there is nothing more to look after.
func (s *Sessions) attend(r *room, remote *session.Remote) (over bool) {
	defer remote.Close()
	select {
	case <-s.stop:
		return true
	case <-remote.Gone():
		if !remote.State().Ended {
			return s.buried(r)
		}
	case <-remote.Done():
	}
	s.recordEnd(r, remote.State())
	if !s.see(r, remote) {
		return true
	}
	remote.Seen()
	r.become(ended(remote.Past()))
	if _, listed := s.get(r.id); !listed {
		s.forget(r)
	}
	return true
}

// comeBack is how long an ended session keeps its output for somebody whose
// connection was lost, with the server before this one or by itself. WireGuard
// takes 5 s to try again where its first handshake with a server is lost.
const comeBack = 15 * time.Second

// see waits until everybody has left who sees a session's end, and those have had
// time to come back who are to. It reports false when the server stops.
func (s *Sessions) see(r *room, remote *session.Remote) bool {
	alone := time.NewTimer(comeBack)
	defer alone.Stop()
	for {
		select {
		case <-alone.C:
			if !r.crowded() {
				return true
			}
		case <-r.empty:
			if _, listed := s.get(r.id); !listed && !r.crowded() {
				return true
			}
			alone.Reset(comeBack)
		case <-remote.Gone():
			return true
		case <-s.stop:
			return false
		}
	}
}

// redial connects to a session again, or finds out that it is over.
func (s *Sessions) redial(r *room) (remote *session.Remote, over bool) {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	remote, err := session.Dial(ctx, s.o.Places, r.id, s.dialOptions(r))
	if err != nil {
		return nil, s.buried(r)
	}
	r.become(remote)
	return remote, false
}

// buried reports whether a session's process is gone, and takes over what is left
// of it.
func (s *Sessions) buried(r *room) bool {
	past, err := s.o.Places.Look(r.id)
	if errors.Is(err, fs.ErrNotExist) { // somebody has removed it
		s.mu.Lock()
		delete(s.rooms, r.id)
		s.mu.Unlock()
		s.events.changed(r.id)
		return true
	}
	if err != nil {
		if !errors.Is(err, session.ErrLives) {
			s.o.Logger.Warn("a session cannot be read", "session", r.id, "err", err)
		}
		return false
	}
	r.become(ended(past))
	s.recordEnd(r, past.State())
	return true
}

// recordEnd writes to the audit log how a session ended.
func (s *Sessions) recordEnd(r *room, st session.State) {
	reason := fmt.Sprintf("session ended with status %d", st.Exit)
	if st.Lost {
		reason = "session lost with the machine"
	}
	s.o.Audit.Write(audit.Line{Verdict: audit.Done, Object: r.id, Workspace: r.record.Workspace, Reason: reason})
	s.o.Logger.Info("session ended", "session", r.id, "exit", st.Exit, "lost", st.Lost)
}

// crowded reports whether somebody is attached.
func (r *room) crowded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.people) > 0
}
