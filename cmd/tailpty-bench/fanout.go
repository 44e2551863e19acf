package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// stalledMany is how many viewers are stalled to find what one of them costs: the
// memory of a process that collects garbage is noise below a megabyte.
const stalledMany = 8

// standstill is when a stalled viewer is let go, who seems to have stopped all the
// others: they are counted as stopped.
const standstill = 20 * time.Second

// fanOut is what a session costs that many watch, one of whom has stopped.
func fanOut(o options) measurement {
	m := measurement{
		name:  "fanout",
		title: "Many viewers, one of them stalled",
		method: fmt.Sprintf("A program writes a third as much plain text as fast as it can, watched by N who take all they can get (whoever is too slow may be spared some); then again "+
			"with one more, who reads nothing; each twice. Kept is the speed with the stalled one as a part of that without: the program's, and that at which the others saw the last line. "+
			"Memory is the private memory of server and session that a stalled viewer adds, measured with %d of them. Kept is 0 where nothing moves for %v.", stalledMany, standstill),
		slow: 3 * time.Minute,
	}
	for _, n := range o.viewers {
		of := fmt.Sprintf("%d: ", n)
		m.columns = append(m.columns,
			column{key: fmt.Sprint("speed", n), title: of + "program", unit: "MB/s", digits: 1},
			column{key: fmt.Sprint("kept", n), title: of + "kept", unit: "%", digits: 1},
			column{key: fmt.Sprint("others", n), title: of + "others kept", unit: "%", digits: 1})
	}
	m.columns = append(m.columns, column{key: "memory", title: "a stalled one's memory", unit: "KB"})
	m.run = func(ctx context.Context, b *bench, row string, s server) (figures, error) {
		f := figures{values: map[string]float64{}}
		for i, n := range b.o.viewers {
			if err := watchTogether(ctx, b, s, n, i == 0, f.values); err != nil {
				return f, fmt.Errorf("%d viewers: %w", n, err)
			}
		}
		return f, nil
	}
	return m
}

// watched is how much the program writes: there are many floods in one round.
func (b *bench) watched() int { return b.o.size / 3 }

// watchTogether measures n viewers, and the memory of stalled ones if it is to.
func watchTogether(ctx context.Context, b *bench, s server, n int, memory bool, into map[string]float64) error {
	t, err := openReady(ctx, s, openOptions{command: b.floodOf(plain, b.watched()), mode: latest})
	if err != nil {
		return err
	}
	defer t.Close()
	defer closeOnEnd(ctx, t)()
	first, ok := t.(joiner)
	if !ok {
		return fmt.Errorf("%w: one client alone", errNo)
	}
	all := []terminal{t}
	join := func() (terminal, error) {
		v, err := first.join(ctx)
		if err == nil {
			context.AfterFunc(ctx, func() { v.Close() })
		}
		return v, err
	}
	for range n - 1 {
		v, err := join()
		if err != nil {
			return err
		}
		defer v.Close()
		all = append(all, v)
	}
	size := plain.expected(b.watched()).bytes
	turn := 0
	flood := func() (program, others float64, err error) {
		turn++
		return floodAll(all, turn, size)
	}
	var programs, others [2]float64 // without and with a stalled one
	for range 2 {
		p, o, err := flood()
		if err != nil {
			return err
		}
		programs[0], others[0] = programs[0]+p/2, others[0]+o/2
		v, err := join()
		if err != nil {
			return err
		}
		// Who holds everybody up is let go, and has stopped them.
		end := time.AfterFunc(standstill, func() { v.Close() })
		p, o, err = flood()
		if !end.Stop() {
			p, o = 0, 0
		}
		v.Close()
		if err != nil {
			return err
		}
		programs[1], others[1] = programs[1]+p/2, others[1]+o/2
	}
	into[fmt.Sprint("speed", n)] = programs[0]
	into[fmt.Sprint("kept", n)] = 100 * programs[1] / programs[0]
	into[fmt.Sprint("others", n)] = 100 * others[1] / others[0]
	if !memory {
		return nil
	}
	before, err := memoryOf(s.pids())
	if err != nil {
		return err
	}
	var stalled []terminal
	release := func() {
		for _, v := range stalled {
			v.Close()
		}
	}
	defer release()
	for range stalledMany {
		v, err := join()
		if err != nil {
			return err
		}
		stalled = append(stalled, v)
	}
	end := time.AfterFunc(standstill, release)
	_, _, err = flood()
	if !end.Stop() || err != nil {
		return err // they held everybody up: there is no saying
	}
	after, err := memoryOf(s.pids())
	into["memory"] = float64(after.private-before.private) / stalledMany / 1e3
	return err
}

// floodAll has the program write once more, with all watching. others is the speed
// at which the one in the middle saw the last line. Both are in MB/s.
func floodAll(all []terminal, turn, size int) (program, others float64, err error) {
	var (
		viewers sync.WaitGroup
		mu      sync.Mutex
		took    []float64
		errs    []error
	)
	begin := time.Now()
	for _, v := range all[1:] {
		viewers.Go(func() {
			_, err := readUntil(v, find(fmt.Sprint("end", turn)), nil)
			mu.Lock()
			defer mu.Unlock()
			took, errs = append(took, time.Since(begin).Seconds()), append(errs, err)
		})
	}
	f, err := readFlood(all[0], turn, nil)
	mine := time.Since(begin).Seconds()
	if err != nil {
		for _, v := range all {
			v.Close()
		}
	}
	viewers.Wait()
	if err := errors.Join(append(errs, err)...); err != nil {
		return 0, 0, err
	}
	return megabytes(size, f.child), float64(size) / 1e6 / median(append(took, mine)), nil
}
