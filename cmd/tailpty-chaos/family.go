package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"
)

// familyWithin is how long each step with a session that is killed may take: the
// server is killed meanwhile, too.
const familyWithin = time.Minute

// endFamily starts a session with children, kills its process, and checks that
// exactly that one has ended, with its status known and none of its children
// left.
func (b *battle) endFamily(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, familyWithin, errors.New("it takes too long"))
	defer cancel()
	id, err := b.api.create(ctx, "family", name)
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	pid, err := b.scene.pid(id)
	if err != nil {
		return err
	}
	err = eventually(ctx, func() (bool, error) { return len(processesOf(id)) >= familySize, nil })
	if err != nil {
		return fmt.Errorf("session %s: its program has not started: %w", id, err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	b.tally.did(familyKilled)
	killed := time.Now()
	var s shown
	err = eventually(ctx, func() (bool, error) {
		status, err := b.api.ask(ctx, "GET", "sessions/"+id, nil, &s)
		if err == nil && status == http.StatusNotFound {
			return false, errors.New("the server does not know it any more")
		}
		return err == nil && status == http.StatusOK && s.Ended != nil, nil
	})
	if err != nil {
		return fmt.Errorf("session %s: waiting for its end: %w", id, err)
	}
	b.scene.logger.Info("a session that was killed is known to have ended", "session", id, "after", time.Since(killed))
	if s.Exit == nil || *s.Exit != 128+int(syscall.SIGKILL) || s.State != "ended" {
		return fmt.Errorf("session %s: it was killed and is %q", id, s.State)
	}
	if left := processesOf(id); len(left) > 0 {
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL) // nobody else will
		}
		return fmt.Errorf("session %s: what it had started runs on: %v", id, left)
	}
	for _, d := range b.drivers {
		if !d.ended.Load() && !b.scene.alive(d.id) {
			return fmt.Errorf("session %s: session %s has ended with it", id, d.id)
		}
	}
	return eventually(ctx, func() (bool, error) {
		status, err := b.api.ask(ctx, "DELETE", "sessions/"+id, nil, nil)
		return err == nil && (status == http.StatusNoContent || status == http.StatusNotFound), nil
	})
}

// endFamilies does so again and again, in step with the kills of the server.
func (b *battle) endFamilies(ctx context.Context) {
	for i := range b.o.sessionKills {
		err := eventually(ctx, func() (bool, error) {
			return b.tally.count(serverKilled)*b.o.sessionKills >= i*b.o.kills, nil
		})
		if err == nil {
			err = b.endFamily(ctx, fmt.Sprintf("family %d", i+1))
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.problem(err.Error())
		}
	}
}
