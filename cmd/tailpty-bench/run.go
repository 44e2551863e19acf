package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"
)

// errLate is why a row is left out of a measurement from then on.
var errLate = errors.New("it took longer")

// memoryLimit is where this process collects more garbage: the client is not what
// is measured, but it has the same machine.
const memoryLimit = 1 << 30

// run measures everything, round by round. The report has what was measured also
// where it ends early; it is nil where nothing could be.
func run(ctx context.Context, o options, progress io.Writer) (_ *report, err error) {
	debug.SetMemoryLimit(memoryLimit)
	var net tailnet
	defer func() { err = errors.Join(err, net.close()) }()
	all, err := rows(o, &net)
	if err != nil {
		return nil, err
	}
	what, err := measurements(o)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{o: o, self: self, rounds: o.rounds, redrawers: map[string]bool{}}
	for _, p := range all {
		if r, ok := p.(redrawer); ok {
			b.redrawers[p.name()] = r.redraws()
		}
	}
	r := newReport(o, what, all)
	for round := range o.rounds {
		for _, m := range what {
			for _, p := range inTurn(all, round) {
				if ctx.Err() != nil {
					return r, context.Cause(ctx)
				}
				if m.applies != nil && !m.applies(p.name()) || r.isOut(m.name, p.name()) {
					continue
				}
				begin := time.Now()
				f, err := b.once(ctx, m, p)
				r.add(m.name, p.name(), f, err)
				said := ""
				if err != nil {
					said = ": " + err.Error()
				}
				fmt.Fprintf(progress, "%d/%d %s %s %.1fs%s\n", round+1, o.rounds, m.name, p.name(), time.Since(begin).Seconds(), said)
			}
		}
	}
	return r, nil
}

// inTurn is the rows in the order of a round: every other round goes backwards, so
// that none is always the one after another.
func inTurn(all []peer, round int) []peer {
	if round%2 == 0 {
		return all
	}
	back := slices.Clone(all)
	slices.Reverse(back)
	return back
}

// once measures one row once, on a server of its own.
func (b *bench) once(ctx context.Context, m measurement, p peer) (f figures, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, m.slow, fmt.Errorf("%w than %v", errLate, m.slow))
	defer cancel()
	dir, err := os.MkdirTemp("", "tpb-") // a short path, for sockets
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := p.start(ctx, dir)
	if err != nil {
		return f, err
	}
	defer func() {
		if closeErr := s.close(); closeErr != nil {
			err = errors.Join(err, fmt.Errorf("closing: %w", closeErr))
		}
	}()
	if f, err = m.run(ctx, b, p.name(), s); err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return f, err
}
