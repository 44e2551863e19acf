package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What is done. The names are those of the report.
const (
	serverKilled    = "server killed"
	killedEarly     = "of these, before it was ready"
	startFailed     = "server ended by itself at its start"
	serverStopped   = "server stopped for a while"
	descriptorsGone = "server without descriptors for a while"
	diskFull        = "disk full for a while"
	sessionStopped  = "session process stopped for a while"
	connectionCut   = "driver's connection cut"
	connectionHeld  = "driver's connection held up"
	viewerKilled    = "viewer killed"
	familyKilled    = "session process killed"
)

// deeds is the order in which they are reported.
var deeds = []string{serverKilled, killedEarly, startFailed, serverStopped, descriptorsGone, diskFull, sessionStopped, connectionCut, connectionHeld, viewerKilled, familyKilled}

// tally counts what is done and how long coming back takes.
type tally struct {
	begun   time.Time
	out, in atomic.Int64 // bytes received and typed by drivers

	mu     sync.Mutex // guards what follows
	counts map[string]int
	starts []time.Duration      // from a kill until the server is ready
	backs  []time.Duration      // from a kill until a driver is attached again
	away   map[string]time.Time // since when a driver is
}

func newTally() *tally {
	return &tally{begun: time.Now(), counts: map[string]int{}, away: map[string]time.Time{}}
}

func (t *tally) did(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what]++
}

func (t *tally) count(what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[what]
}

// ready takes note that the server came back.
func (t *tally) ready(after time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.starts = append(t.starts, after)
}

// killed takes note that these drivers have lost their server now.
func (t *tally) killed(drivers []*driver) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[serverKilled]++
	for _, d := range drivers {
		if _, is := t.away[d.id]; !is && !d.ended.Load() {
			t.away[d.id] = time.Now()
		}
	}
}

// back takes note that a driver is attached.
func (t *tally) back(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if since, is := t.away[id]; is {
		t.backs = append(t.backs, time.Since(since))
		delete(t.away, id)
	}
}

// spread is the middle and the end of durations, in seconds.
type spread struct {
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	all = slices.Sorted(slices.Values(all))
	at := func(share float64) float64 { return all[int(share*float64(len(all)-1))].Seconds() }
	return spread{at(0.5), at(0.99), at(1)}
}

func (s spread) String() string {
	return fmt.Sprintf("median %.2f s, 99 %% %.2f s, longest %.2f s", s.Median, s.P99, s.Max)
}
