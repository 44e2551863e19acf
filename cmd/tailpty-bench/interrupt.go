package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// trickle is a client that cannot follow, in bytes/s.
	trickle = 1e6
	// flowsFor is how long it has watched when Ctrl-C is pressed.
	flowsFor = 2 * time.Second
	// gaveUp is how long the prompt is waited for.
	gaveUp = 25 * time.Second
)

// interrupt is the time from Ctrl-C to the prompt.
var interrupt = measurement{
	name:  "ctrlc",
	title: "Ctrl-C under a flood",
	method: fmt.Sprintf("A program writes as fast as it can to a client that takes 1 MB/s; after %v Ctrl-C is pressed: until the prompt that follows is read or rendered. "+
		"At the socket: the client reads 1 MB/s off it. At the renderer: the socket is drained at once, 1 MB/s are rendered and acknowledged then. "+
		"All rounds' attempts together; %v is given up after.", flowsFor, gaveUp),
	columns: []column{
		{key: "socket50", title: "socket p50", unit: "ms", digits: 1, of: "socket", quantile: 0.5},
		{key: "socket95", title: "socket p95", unit: "ms", digits: 1, of: "socket", quantile: 0.95},
		{key: "renderer50", title: "renderer p50", unit: "ms", digits: 1, of: "renderer", quantile: 0.5},
		{key: "renderer95", title: "renderer p95", unit: "ms", digits: 1, of: "renderer", quantile: 0.95},
	},
	slow: 4 * time.Minute,
	run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
		f := figures{samples: map[string][]float64{}}
		stops := b.o.stops
		if row != tailptyRow && row != tailptyTailnetRow {
			stops = max(1, stops/3)
		}
		for range max(1, stops/b.rounds) {
			for _, at := range []string{"socket", "renderer"} {
				if at == "renderer" && row == limitRow {
					continue // nothing would hold the program back: it is all queued
				}
				took, err := interruptOnce(ctx, b, s, at == "renderer")
				if err != nil {
					return f, fmt.Errorf("limited at the %s: %w", at, err)
				}
				f.samples[at] = append(f.samples[at], millis(took))
			}
		}
		return f, nil
	},
}

func interruptOnce(ctx context.Context, b *bench, s server, renders bool) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t, err := openReady(ctx, s, openOptions{command: b.child(yesser), mode: latest})
	if err != nil {
		return 0, err
	}
	defer t.Close()
	defer closeOnEnd(ctx, t)()
	if _, err := t.Write([]byte("g")); err != nil {
		return 0, err
	}
	type press struct {
		at  time.Time
		err error
	}
	pressed, late := make(chan press, 1), make(chan struct{})
	key := time.AfterFunc(flowsFor, func() {
		p := press{at: time.Now()}
		_, p.err = t.Write([]byte{3})
		pressed <- p
	})
	defer key.Stop()
	end := time.AfterFunc(flowsFor+gaveUp, func() {
		close(late)
		cancel()
	})
	defer end.Stop()
	f := find("prompt1")
	if renders {
		err = render(ctx, t, trickle, f, nil)
	} else {
		err = readSlowly(t, f)
	}
	now := time.Now()
	select {
	case <-late:
		return gaveUp, nil
	default:
	}
	if err != nil {
		return 0, err
	}
	select {
	case p := <-pressed:
		return now.Sub(p.at), p.err
	case <-time.After(gaveUp):
		return 0, errors.New("the prompt came before the key was sent")
	}
}

// readSlowly reads off the socket at trickle.
func readSlowly(t terminal, f *finder) error {
	c, b := clock{trickle, time.Now()}, make([]byte, 8<<10)
	for {
		begin := time.Now()
		n, err := t.Read(b)
		came := c.free // it had been there
		if now := time.Now(); now.Sub(begin) > time.Millisecond {
			came = now
		}
		c.spend(n, came)
		t.consumed(n)
		if found, _ := f.feed(b[:n]); found {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
