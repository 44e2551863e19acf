package session

// maxClients bounds how many clients' numbers are remembered; the client that
// typed least recently is forgotten first.
const maxClients = 1024

// sequences remembers the last input number of each client.
type sequences struct {
	last  map[string]*clientSequence
	clock uint64
}

type clientSequence struct {
	turn chan struct{} // holds one value; whoever has it applies input
	seq  uint64
	used uint64
}

// of is the record of a client.
func (q *sequences) of(client string) *clientSequence {
	q.clock++
	if c, ok := q.last[client]; ok {
		c.used = q.clock
		return c
	}
	if q.last == nil {
		q.last = map[string]*clientSequence{}
	}
	if len(q.last) >= maxClients {
		oldest, at := "", q.clock
		for name, c := range q.last {
			if c.used < at {
				oldest, at = name, c.used
			}
		}
		delete(q.last, oldest)
	}
	c := &clientSequence{turn: make(chan struct{}, 1), used: q.clock}
	c.turn <- struct{}{}
	q.last[client] = c
	return c
}

// Accepted is the last input number of a client that was applied, 0 for none.
func (s *Session) Accepted(client string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.seqs.last[client]; ok {
		return c.seq
	}
	return 0
}
