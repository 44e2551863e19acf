package term

import (
	"runtime/debug"
	"sync"
	"time"
)

const (
	// settleEvery is how much output, in bytes, makes it worth looking for memory that
	// can be given back; settleAfter is how long after the last of it.
	settleEvery = 32 << 20
	settleAfter = 2 * time.Second
)

// settling gives memory back to the system some time after a flood. The runtime
// would do so by itself, over minutes: what a flood leaves behind, mostly in the
// network stack of the tailnet, would be there for as long.
type settling struct {
	mu    sync.Mutex
	bytes int
	later *time.Timer
}

// sent counts output.
func (s *settling) sent(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes += n; s.bytes < settleEvery {
		return
	}
	s.bytes = 0
	if s.later == nil {
		s.later = time.AfterFunc(settleAfter, debug.FreeOSMemory)
		return
	}
	s.later.Reset(settleAfter)
}
