package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"
)

// lastKills is how many kills come while the sessions end.
const lastKills = 8

// killServer kills the server as often as asked and has it start again each time.
// With the last kills the sessions end.
func (b *battle) killServer(ctx context.Context, last []chan struct{}) error {
	random := b.random("server")
	ending := 0
	endUpTo := func(n int) {
		for ; ending < min(n, len(last)); ending++ {
			close(last[ending])
		}
	}
	for n := 0; n < b.o.kills; n = b.tally.count(serverKilled) {
		if !b.settle(ctx) || !pause(ctx, between(random, 0, 2*b.o.pace)) {
			return context.Cause(ctx)
		}
		switch random.IntN(20) {
		case 0, 1:
			b.stopServer(ctx, random)
		case 2:
			b.starveServer(ctx, random)
		}
		if left := b.o.kills - n; left <= lastKills {
			endUpTo(len(last) * (lastKills - left + 1) / lastKills)
		}
		if err := b.killOnce(ctx, random); err != nil {
			return err
		}
	}
	endUpTo(len(last))
	return nil
}

const (
	// settled is how recent the output of every driver is before the server is
	// killed.
	settled = 2 * time.Second
	// settleWithin is how long that may take.
	settleWithin = 60 * time.Second
)

// settle waits until all drivers have output again and keep up: one that has been
// away for more output than a session keeps is promised nothing.
func (b *battle) settle(ctx context.Context) bool {
	begun, told := time.Now(), false
	for {
		var behind *driver
		for _, d := range b.drivers {
			if !d.ended.Load() && (d.silence() > settled || !d.keepsUp()) {
				behind = d
				break
			}
		}
		if behind == nil {
			return true
		}
		if !told && time.Since(begun) > settleWithin {
			told = true
			b.problem(fmt.Sprintf("session %s: its driver does not catch up, and has had no output for %v", behind.id, behind.silence().Round(time.Second)))
		}
		if told && time.Since(begun) > 2*settleWithin {
			return true
		}
		if !pause(ctx, lookEvery) {
			return false
		}
	}
}

// killOnce kills the server, and waits until another is ready.
func (b *battle) killOnce(ctx context.Context, random *rand.Rand) error {
	killed := time.Now()
	b.server.kill()
	b.tally.killed(b.drivers)
	for failed := 0; ; {
		if err := b.server.begin(); err != nil {
			return err
		}
		if failed == 0 && random.IntN(10) == 0 { // some do not live to be ready
			if !pause(ctx, between(random, 0, 400*time.Millisecond)) {
				return context.Cause(ctx)
			}
			b.server.kill()
			b.tally.did(killedEarly)
			b.tally.killed(b.drivers)
			continue
		}
		err := b.server.await(ctx)
		if err == nil {
			break
		}
		if failed++; !errors.Is(err, errNotReady) || failed > 100 {
			return fmt.Errorf("%w: %s", err, b.server.lastWords())
		}
		b.tally.did(startFailed)
		if !pause(ctx, tryEvery) {
			return context.Cause(ctx)
		}
	}
	b.tally.ready(time.Since(killed))
	// Most clients come back at once. Some have to find out that the server they
	// knew is gone.
	for _, d := range b.drivers {
		if random.IntN(8) != 0 {
			d.reconnect()
		}
	}
	return nil
}

// stopServer stops the server for a while.
func (b *battle) stopServer(ctx context.Context, random *rand.Rand) {
	b.server.signal(syscall.SIGSTOP)
	pause(ctx, between(random, 50*time.Millisecond, 2*time.Second))
	b.server.signal(syscall.SIGCONT)
	b.tally.did(serverStopped)
}

// starveServer takes the server's descriptors away for a while.
func (b *battle) starveServer(ctx context.Context, random *rand.Rand) {
	pid := b.server.cmd.Process.Pid
	was, err := limitDescriptors(pid, 3)
	if err != nil {
		b.scene.logger.Warn("taking descriptors away", "err", err)
		return
	}
	for range b.drivers {
		if d := b.some(random); d != nil {
			d.reconnect()
		}
	}
	pause(ctx, between(random, 200*time.Millisecond, time.Second))
	if _, err := limitDescriptors(pid, was); err != nil {
		b.problem("giving descriptors back: " + err.Error())
	}
	b.tally.did(descriptorsGone)
}
