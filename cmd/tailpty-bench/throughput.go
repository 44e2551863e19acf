package main

import (
	"context"
	"time"
)

// throughput is how fast all that a program writes comes to a client who wants all
// of it.
func throughput(k kind) measurement {
	return measurement{
		name:  "throughput-" + string(k),
		title: "Throughput, every byte wanted: " + string(k),
		method: "A program writes as fast as it can; from the first byte to the last at the client, who checks all of them. " +
			"CPU is that of the server and of what holds the PTY; in the row limit that of the reader.",
		columns: []column{
			{key: "speed", title: "speed", unit: "MB/s", digits: 1, compared: true},
			{key: "cpu", title: "CPU", unit: "ms/MB", digits: 1, compared: true},
		},
		bases: []string{limitRow, hopsRow},
		slow:  2 * time.Minute,
		run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
			t, err := openReady(ctx, s, openOptions{command: b.flood(k), mode: every})
			if err != nil {
				return figures{}, err
			}
			defer t.Close()
			defer closeOnEnd(ctx, t)()
			want := k.expected(b.o.size)
			check := &want
			if b.redraws(row) {
				check = nil
			}
			pids := s.pids()
			before, err := cpuOf(pids)
			if err != nil {
				return figures{}, err
			}
			f, err := readFlood(t, 1, check)
			if err != nil {
				return figures{}, err
			}
			after, err := cpuOf(pids)
			if err != nil {
				return figures{}, err
			}
			return figures{values: map[string]float64{
				"speed": megabytes(want.bytes, f.took),
				"cpu":   millis(after-before) / (float64(want.bytes) / 1e6),
			}}, nil
		},
	}
}

// flood is a program that writes as much as the options say.
func (b *bench) flood(k kind) []string { return b.floodOf(k, b.o.size) }
