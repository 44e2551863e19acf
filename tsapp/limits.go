package tsapp

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tailpty/tsapp/route"
)

// maxBuckets bounds the table of one limiter: more principals than a tailnet
// has. Past it, the buckets that are full again are forgotten, which changes
// nothing for anybody.
const maxBuckets = 10_000

// limiter counts one thing for each key, a minute's worth at once and then as
// the minute passes.
type limiter struct {
	perMinute int
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: perMinute, now: time.Now, buckets: map[string]*rate.Limiter{}}
}

// bucket is the bucket of a key.
func (l *limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[key]
	if ok {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		l.forgetFull()
	}
	b = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
	l.buckets[key] = b
	return b
}

// forgetFull drops the buckets that are full, and all of them if none is: an
// attacker with as many identities has other means.
func (l *limiter) forgetFull() {
	for key, b := range l.buckets {
		if b.TokensAt(l.now()) >= float64(l.perMinute) {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}

// take counts one, and says how long to wait where that is one too many.
func (l *limiter) take(key string) (wait time.Duration, ok bool) {
	now := l.now()
	r := l.bucket(key).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// spent says how long until one may be counted again, 0 if it may be now.
func (l *limiter) spent(key string) time.Duration {
	missing := 1 - l.bucket(key).TokensAt(l.now())
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / float64(l.perMinute) * float64(time.Minute))
}

// counter counts what is open for each key.
type counter struct {
	most int

	mu   sync.Mutex
	open map[string]int
}

// add counts one more, unless that is one too many.
func (c *counter) add(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[key] >= c.most {
		return false
	}
	if c.open == nil {
		c.open = map[string]int{}
	}
	c.open[key]++
	return true
}

// done counts one less.
func (c *counter) done(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[key]--; c.open[key] == 0 {
		delete(c.open, key)
	}
}

// Limits are requests a minute; see package config.
type Limits struct {
	PerMinute map[route.Limit]int
	// Open is terminals and event streams open at once, for each principal.
	Open int
	// FailedTokens is wrong tokens a minute, for each node.
	FailedTokens int
}
