package session

import "time"

const (
	// holdBehind is how far, in bytes, a client that wants every byte may be behind
	// before the program waits for it.
	holdBehind = 256 << 10
	// holdFor is how long the program waits for a client that says nothing.
	holdFor = 2 * time.Second
)

// holds is the clients that want every byte.
type holds struct {
	clients map[string]*held
	changed chan struct{} // told without waiting
}

// held is where such a client is, and since when the program has waited for it to
// be further.
type held struct {
	offset uint64
	since  time.Time
}

// Hold says that a client wants every byte and has all below offset: the program
// waits for it when it is far behind, as long as it says so often enough.
func (s *Session) Hold(client string, offset uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holds.clients == nil {
		s.holds.clients, s.holds.changed = map[string]*held{}, make(chan struct{}, 1)
	}
	if was, ok := s.holds.clients[client]; ok && was.offset >= offset {
		return // nothing new was said
	}
	s.holds.clients[client] = &held{offset: offset}
	s.holdChanged()
}

// Unhold says that a client does not want every byte any more.
func (s *Session) Unhold(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.holds.clients, client)
	s.holdChanged()
}

// holdChanged tells a drain that waits. mu is held.
func (s *Session) holdChanged() {
	select {
	case s.holds.changed <- struct{}{}:
	default:
	}
}

// awaitHolds waits until no client that wants every byte is far behind, or has
// said nothing for too long.
func (s *Session) awaitHolds() {
	for {
		s.mu.Lock()
		var wait time.Duration
		now := time.Now()
		for _, h := range s.holds.clients {
			if s.log.end <= h.offset+holdBehind {
				continue
			}
			if h.since.IsZero() {
				h.since = now
			}
			wait = max(wait, h.since.Add(holdFor).Sub(now))
		}
		changed := s.holds.changed
		s.mu.Unlock()
		if wait <= 0 {
			return
		}
		select {
		case <-changed:
		case <-s.exited:
			return // nothing waits for the program any more, and the log has room
		case <-time.After(wait):
		}
	}
}
