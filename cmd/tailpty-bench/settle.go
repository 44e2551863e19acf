package main

import (
	"context"
	"slices"
	"time"
)

// settlesAfter is when the server's memory is looked at again.
const settlesAfter = 5 * time.Second

// settle is what a flood leaves behind in the server.
var settle = measurement{
	name:   "settle",
	title:  "The server's memory after a flood",
	method: "Private memory of the server alone, before the throughput run (plain) and 5 s after its last byte, with the client still there.",
	columns: []column{
		{key: "before", title: "before", unit: "MB", digits: 1},
		{key: "after", title: "5 s after", unit: "MB", digits: 1},
		{key: "more", title: "more", unit: "MB", digits: 1},
	},
	applies: func(row string) bool { return slices.Contains([]string{tailptyRow, tailptyTailnetRow}, row) },
	slow:    2 * time.Minute,
	run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
		t, err := openReady(ctx, s, openOptions{command: b.flood(plain), mode: every})
		if err != nil {
			return figures{}, err
		}
		defer t.Close()
		defer closeOnEnd(ctx, t)()
		server := s.pids()[:1]
		before, err := memoryOf(server)
		if err != nil {
			return figures{}, err
		}
		want := plain.expected(b.o.size)
		if _, err := readFlood(t, 1, &want); err != nil {
			return figures{}, err
		}
		select {
		case <-time.After(settlesAfter):
		case <-ctx.Done():
			return figures{}, context.Cause(ctx)
		}
		after, err := memoryOf(server)
		return figures{values: map[string]float64{
			"before": float64(before.private) / 1e6, "after": float64(after.private) / 1e6, "more": float64(after.private-before.private) / 1e6,
		}}, err
	},
}
