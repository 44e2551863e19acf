package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
)

// memoryLimit is what the garbage collector keeps to: the device would otherwise
// keep what a flood of output once took.
const memoryLimit = 500 << 20

// battle is one run.
type battle struct {
	o       options
	stderr  io.Writer
	scene   *scene
	tally   *tally
	server  *server
	api     *api
	drivers []*driver

	mu       sync.Mutex // guards what follows
	problems []string
}

func (b *battle) problem(text string) {
	b.scene.logger.Error(text)
	fmt.Fprintln(b.stderr, "WRONG:", text)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, text)
}

// random is a source of random numbers of one part of the run: what it does
// depends on the seed, though when it happens depends on the machine.
func (b *battle) random(part string) *rand.Rand { return rand.New(newStream(b.o.seed, part).source) }

// between is a random duration.
func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(random.Int64N(int64(most-least)+1))
}

// pause waits, and reports false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// run does everything. The report is nil where nothing could be tried, or ctx ended
// before it was over.
func run(ctx context.Context, o options, stderr io.Writer) (r *report, err error) {
	debug.SetMemoryLimit(memoryLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("it takes longer than %v", o.timeout))
	defer cancel()
	b := &battle{o: o, stderr: stderr, tally: newTally()}
	fmt.Fprintf(stderr, "Starting a private tailnet and %d sessions on it, seed %d ...\n", o.sessions, o.seed)
	b.scene, err = newScene(ctx, o)
	defer func() {
		keep := o.keep || r != nil && !r.good()
		if keep {
			fmt.Fprintln(stderr, "The logs are in", b.scene.dir)
		}
		err = errors.Join(err, b.scene.close(keep))
	}()
	if err != nil {
		return nil, err
	}
	if b.server, err = newServer(b.scene, o.tailpty); err != nil {
		return nil, err
	}
	defer b.server.close()
	b.api = &api{server: b.server, http: b.scene.httpClient(b.scene.device.Dial)}
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	return b.fight(ctx)
}

// open starts the server and the sessions under load.
func (b *battle) open(ctx context.Context) error {
	if err := b.server.begin(); err != nil {
		return err
	}
	if err := b.server.await(ctx); err != nil {
		return fmt.Errorf("%w: %s", err, b.server.lastWords())
	}
	for i := range b.o.sessions {
		id, err := b.api.create(ctx, "load", fmt.Sprintf("load %d", i+1))
		if err != nil {
			return err
		}
		b.drivers = append(b.drivers, newDriver(id, b.server, b.o, b.tally))
	}
	return nil
}

// fight does what there is to do until the server was killed as often as asked and
// all sessions have ended.
func (b *battle) fight(ctx context.Context) (*report, error) {
	var crew sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.tally.begun = time.Now()
	var finished sync.WaitGroup
	last := make([]chan struct{}, len(b.drivers)) // closed when a driver is to finish
	for i, d := range b.drivers {
		typed := make(chan struct{})
		last[i] = make(chan struct{})
		crew.Go(func() { d.run(ctx) })
		crew.Go(func() { defer close(typed); d.typeAll(ctx, b.random("typing "+d.id)) })
		finished.Go(func() {
			select {
			case <-last[i]:
				d.finish(ctx, typed)
			case <-ctx.Done():
			}
		})
	}
	for _, part := range []func(context.Context){b.cutConnections, b.holdConnections, b.stopSessions, b.fillDisk} {
		crew.Go(func() { part(ctx) })
	}
	for i := range b.o.viewers {
		crew.Go(func() { b.killViewers(ctx, b.random(fmt.Sprint("viewer ", i))) })
	}
	var families sync.WaitGroup
	families.Go(func() { b.endFamilies(ctx) })
	crew.Go(func() { b.tell(ctx) })

	err := b.killServer(ctx, last)
	if err == nil {
		families.Wait()
		if ctx.Err() == nil {
			finished.Wait()
		}
	}
	took := time.Since(b.tally.begun)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	interrupted := errors.Is(ctx.Err(), context.Canceled)
	cancel()
	families.Wait()
	finished.Wait()
	crew.Wait()
	if interrupted { // what is on its way is not lost
		return nil, err
	}
	return b.report(took), err
}

// tellEvery is how often progress is told.
const tellEvery = 5 * time.Second

// tell tells how it goes.
func (b *battle) tell(ctx context.Context) {
	lastOut, last := int64(0), time.Now()
	for pause(ctx, tellEvery) {
		out, kills := b.tally.out.Load(), b.tally.count(serverKilled)
		alive := 0
		for _, d := range b.drivers {
			if b.scene.alive(d.id) {
				alive++
			}
		}
		b.tally.mu.Lock()
		starts, backs := spreadOf(b.tally.starts), spreadOf(b.tally.backs)
		b.tally.mu.Unlock()
		fmt.Fprintf(b.stderr, "%4.0f s  %d/%d kills (%.2f/s)  %d/%d session kills  %d/%d sessions  out %.1f MB/s, %d MB  in %d KB  ready after %.2f s, attached after %.2f s\n",
			time.Since(b.tally.begun).Seconds(), kills, b.o.kills, float64(kills)/time.Since(b.tally.begun).Seconds(), b.tally.count(familyKilled), b.o.sessionKills,
			alive, len(b.drivers), float64(out-lastOut)/1e6/time.Since(last).Seconds(), out/1e6, b.tally.in.Load()/1e3, starts.Median, backs.Median)
		lastOut, last = out, time.Now()
	}
}
