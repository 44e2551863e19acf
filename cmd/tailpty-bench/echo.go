package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// keyEcho is the time from a key to its echo.
var keyEcho = measurement{
	name:  "echo",
	title: "Echo of a key",
	method: "One key at a time, 1 to 3 ms after the echo of the one before; the program writes what it reads. Idle, and while another session " +
		"of the same server floods a client of its own.",
	columns: []column{
		{key: "idle50", title: "idle p50", unit: "µs", compared: true},
		{key: "idle99", title: "idle p99", unit: "µs", compared: true},
		{key: "flood50", title: "flooded p50", unit: "µs", compared: true},
		{key: "flood99", title: "flooded p99", unit: "µs", compared: true},
	},
	bases: []string{limitRow, hopsRow, relayTailnetRow},
	slow:  2 * time.Minute,
	run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
		t, err := openReady(ctx, s, openOptions{command: b.child(echoer), mode: every})
		if err != nil {
			return figures{}, err
		}
		defer t.Close()
		defer closeOnEnd(ctx, t)()
		if _, err := typeKeys(t, min(20, b.o.keys)); err != nil { // the first are slower
			return figures{}, err
		}
		idle, err := typeKeys(t, b.o.keys)
		if err != nil {
			return figures{}, err
		}
		f := figures{values: map[string]float64{"idle50": quantile(idle, 0.5), "idle99": quantile(idle, 0.99)}}
		stop, err := floodBeside(ctx, b, s)
		if err != nil {
			return f, err
		}
		flooded, err := typeKeys(t, b.o.keys)
		stop()
		if err != nil {
			return f, err
		}
		f.values["flood50"], f.values["flood99"] = quantile(flooded, 0.5), quantile(flooded, 0.99)
		return f, nil
	},
}

// keys are letters that no control sequence of a redraw ends with.
const keys = "vwxyz"

// echoWithin is how long one echo may take.
const echoWithin = 20 * time.Second

// typeKeys types n keys and returns how long each echo took, in µs.
func typeKeys(t terminal, n int) ([]float64, error) {
	late := time.AfterFunc(echoWithin, func() { t.Close() })
	defer late.Stop()
	took, b := make([]float64, 0, n), make([]byte, 64<<10)
	for i := range n {
		time.Sleep(time.Millisecond + rand.N(2*time.Millisecond))
		late.Reset(echoWithin)
		key := keys[i%len(keys)]
		begin := time.Now()
		if _, err := t.Write([]byte{key}); err != nil {
			return nil, err
		}
		for echoed := false; !echoed; {
			m, err := t.Read(b)
			echoed = bytes.IndexByte(b[:m], key) >= 0
			if echoed {
				took = append(took, micros(time.Since(begin)))
			}
			t.consumed(m)
			if err != nil {
				return nil, fmt.Errorf("after %d keys: %w", i, err)
			}
		}
	}
	return took, nil
}

// floodBeside opens one more session, which writes without end to a client that
// takes it as fast as it comes. It returns when it flows; stop ends it.
func floodBeside(ctx context.Context, b *bench, s server) (stop func(), err error) {
	t, err := openReady(ctx, s, openOptions{command: b.child(yesser), mode: every})
	if err != nil {
		return nil, err
	}
	flows, over := make(chan struct{}), make(chan struct{})
	if _, err := t.Write([]byte("g")); err != nil {
		t.Close()
		return nil, err
	}
	go func() {
		defer close(over)
		buf := make([]byte, 64<<10)
		for read, began := 0, false; ; {
			n, err := t.Read(buf)
			t.consumed(n)
			if read += n; !began && (read > 1<<20 || err != nil) {
				began = true
				close(flows)
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case <-flows:
	case <-over:
	case <-ctx.Done():
	}
	return func() {
		t.Close()
		<-over
	}, context.Cause(ctx)
}
