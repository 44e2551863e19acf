package term

import (
	"context"
	"log/slog"
	"os/exec"
	"time"
)

const (
	// awakeAfter is how long the machine is kept awake after the last session has
	// stopped working: turns follow one another.
	awakeAfter = 30 * time.Second
	// inhibitorFails is how soon an inhibitor ends that the host refuses.
	inhibitorFails = 2 * time.Second
)

// working is what a program says of itself while it works.
const working = "working"

// keepAwake keeps the machine from falling asleep while a session works, until the
// server stops, where the host has a command for that.
func (s *Sessions) keepAwake() {
	argv := inhibitor()
	if _, err := exec.LookPath(argv[0]); err != nil {
		return
	}
	sub := s.events.subscribe()
	s.busy.Go(func() {
		defer s.events.unsubscribe(sub)
		a := awake{argv: argv, after: awakeAfter, logger: s.o.Logger}
		defer a.release()
		for {
			select {
			case <-s.stop:
				return
			case <-sub.wake:
				s.events.taken(sub)
				a.set(s.anyWorks())
			case <-a.due():
				a.release()
			case <-a.ended():
				if a.refused() {
					s.o.Logger.Debug("the host takes no sleep inhibitor", "command", argv[0])
					return
				}
			}
		}
	})
}

// anyWorks reports whether a session works.
func (s *Sessions) anyWorks() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		if st := r.process().State(); !st.Ended && st.Program == working {
			return true
		}
	}
	return false
}

// awake is a process that keeps the machine from sleeping for as long as it runs.
// It is used by one goroutine.
type awake struct {
	argv   []string
	after  time.Duration
	logger *slog.Logger

	cancel context.CancelFunc // nil while it does not run
	begun  time.Time
	over   chan struct{}
	timer  *time.Timer // to its end, when nothing works any more
}

// set starts it when something works, and has it end some time after nothing does.
func (a *awake) set(works bool) {
	switch {
	case works && a.timer != nil:
		a.timer.Stop()
		a.timer = nil
	case works && a.cancel == nil:
		a.hold()
	case !works && a.cancel != nil && a.timer == nil:
		a.timer = time.NewTimer(a.after)
	}
}

func (a *awake) hold() {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, a.argv[0], a.argv[1:]...)
	cmd.Env = inherit()
	held, err := cmd.StdinPipe() // its end, in whatever way this program ends, ends it
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		a.logger.Warn("keeping the machine awake", "err", err)
		return
	}
	over := make(chan struct{})
	a.cancel, a.begun, a.over = cancel, time.Now(), over
	go func() {
		_ = cmd.Wait() // it is killed, or refused
		held.Close()
		close(over)
	}()
}

// due is when to end it; nil while it is needed.
func (a *awake) due() <-chan time.Time {
	if a.timer == nil {
		return nil
	}
	return a.timer.C
}

// ended is closed when it has ended by itself; nil while it does not run.
func (a *awake) ended() <-chan struct{} {
	if a.cancel == nil {
		return nil
	}
	return a.over
}

// refused reports, of one that has ended by itself, whether the host did not take
// it at all.
func (a *awake) refused() bool {
	refused := time.Since(a.begun) < inhibitorFails
	a.release()
	return refused
}

// release ends it.
func (a *awake) release() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	if a.cancel != nil {
		a.cancel()
		<-a.over
		a.cancel = nil
	}
}
