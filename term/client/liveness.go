package client

import "time"

const (
	// quietFor is how much silence makes us ask whether the server is there, and
	// answerWithin the same after something was sent that gets an answer.
	quietFor     = 5 * time.Second
	answerWithin = 2 * time.Second
	// goneAfter is how long one who was asked may be silent.
	goneAfter = 3 * time.Second
	// askEvery is how often the protocol lets a client ask.
	askEvery = time.Second
)

// liveness tells whether the other side is still there. Whatever comes in counts
// as an answer. The line that writes uses it alone.
type liveness struct {
	asked     time.Time // since when there is a question without an answer; zero for none
	expecting time.Time // since when something else is without one
	lastAsked time.Time
}

// expect takes note that what is sent now gets an answer.
func (v *liveness) expect(now, heard time.Time) {
	if v.expecting.Before(heard) {
		v.expecting = now
	}
}

// look is what to do now, when something was heard last at heard: ask, give up,
// or look again at next. want asks for a question soon, whatever was heard.
func (v *liveness) look(now, heard time.Time, want bool) (ask, gone bool, next time.Time) {
	if !v.asked.IsZero() && heard.After(v.asked) {
		v.asked = time.Time{}
	}
	if !v.asked.IsZero() && !want {
		due := v.asked.Add(goneAfter)
		return false, !now.Before(due), due
	}
	due := heard.Add(quietFor)
	if v.expecting.After(heard) {
		due = earlier(due, v.expecting.Add(answerWithin))
	}
	if want {
		due = now
	}
	if soonest := v.lastAsked.Add(askEvery); due.Before(soonest) {
		due = soonest
	}
	if now.Before(due) {
		return false, false, due
	}
	if v.asked.IsZero() {
		v.asked = now
	}
	v.lastAsked = now
	return true, false, v.asked.Add(goneAfter)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
