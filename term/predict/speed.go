package predict

import "time"

const (
	// slowFrom is the time from a key to its being applied from which a line is
	// slow, and fastBelow that below which it is fast again: between the two it
	// stays what it was.
	slowFrom  = 60 * time.Millisecond
	fastBelow = 30 * time.Millisecond
	// maxSent bounds how many keys are timed at once.
	maxSent = 256
)

// speed measures how long the session takes to apply what is typed.
type speed struct {
	sent   []sent // oldest first
	smooth time.Duration
	known  bool
	slow   bool
}

// sent is input up to a number of bytes, and when it was typed.
type sent struct {
	total uint64
	at    time.Time
}

func (v *speed) typed(total uint64, now time.Time) {
	if len(v.sent) < maxSent {
		v.sent = append(v.sent, sent{total, now})
	}
}

// applied takes note of an answer. The newest input it is for tells the time:
// what is older may have waited for nothing but company.
func (v *speed) applied(total uint64, now time.Time) {
	n := 0
	for n < len(v.sent) && v.sent[n].total <= total {
		n++
	}
	if n == 0 {
		return
	}
	took := now.Sub(v.sent[n-1].at)
	v.sent = v.sent[n:]
	if !v.known {
		v.smooth, v.known = took, true
	} else {
		v.smooth += (took - v.smooth) / 8
	}
	switch {
	case v.smooth > slowFrom:
		v.slow = true
	case v.smooth < fastBelow:
		v.slow = false
	}
}

// forget drops what has no answer yet and will not get one over this connection.
func (v *speed) forget() { v.sent = nil }
