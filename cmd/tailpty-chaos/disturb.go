package main

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// some is a driver whose session is under load and who keeps up, or nil.
func (b *battle) some(random *rand.Rand) *driver {
	if d := b.drivers[random.IntN(len(b.drivers))]; !d.ended.Load() && d.keepsUp() {
		return d
	}
	return nil
}

// cutConnections cuts drivers' connections.
func (b *battle) cutConnections(ctx context.Context) {
	random := b.random("cutting")
	for pause(ctx, between(random, 0, time.Second)) {
		if d := b.some(random); d != nil {
			d.line.cut()
			b.tally.did(connectionCut)
		}
	}
}

// holdConnections has drivers read nothing for a while.
func (b *battle) holdConnections(ctx context.Context) {
	random := b.random("holding")
	for pause(ctx, between(random, 0, 2*time.Second)) {
		if d := b.some(random); d != nil {
			d.line.hold(between(random, 50*time.Millisecond, 2*time.Second))
			b.tally.did(connectionHeld)
		}
	}
}

// stopSessions stops sessions' processes for a while.
func (b *battle) stopSessions(ctx context.Context) {
	random := b.random("stopping")
	for pause(ctx, between(random, 0, 2*time.Second)) {
		d := b.drivers[random.IntN(len(b.drivers))]
		pid, err := b.scene.pid(d.id)
		if err != nil || !b.scene.alive(d.id) || syscall.Kill(pid, syscall.SIGSTOP) != nil {
			continue
		}
		pause(ctx, between(random, 50*time.Millisecond, time.Second))
		_ = syscall.Kill(pid, syscall.SIGCONT)
		b.tally.did(sessionStopped)
	}
}

// fillDisk fills the disk for a while.
func (b *battle) fillDisk(ctx context.Context) {
	if !b.scene.disk {
		return
	}
	random := b.random("filling")
	for pause(ctx, between(random, time.Second, 20*time.Second)) {
		free, err := fillDisk(b.scene.state)
		if err != nil {
			b.scene.logger.Warn("filling the disk", "err", err)
			continue
		}
		pause(ctx, between(random, 100*time.Millisecond, 1500*time.Millisecond))
		if err := free(); err != nil {
			b.problem("freeing the disk: " + err.Error())
		}
		b.tally.did(diskFull)
	}
}

// killViewers attaches viewers, one after the other, and kills each.
func (b *battle) killViewers(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		d := b.some(random)
		life, cancel := context.WithTimeout(ctx, between(random, 100*time.Millisecond, 5*time.Second))
		if d != nil {
			_ = watch(life, b.server, d.id) // it is killed
			b.tally.did(viewerKilled)
		}
		cancel()
		if !pause(ctx, between(random, 0, 500*time.Millisecond)) {
			return
		}
	}
}
