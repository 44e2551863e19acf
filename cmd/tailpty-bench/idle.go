package main

import (
	"context"
	"fmt"
	"time"
)

// idleSessions is what sessions cost that do nothing, and how soon one is open.
func idleSessions(o options) measurement {
	m := measurement{
		name:  "memory",
		title: "Idle sessions",
		method: "Each session is a shell that has become cat. Private memory and the proportional share (PSS) of the server and of what holds the PTYs, without the programs, for each " +
			"session beyond a first: what the server and the first session have is not counted. Open is from asking for a session to the first byte of its program, one after the other.",
		applies: func(row string) bool { return row != limitRow },
		slow:    4 * time.Minute,
	}
	for _, n := range o.memory {
		of := fmt.Sprintf("%d: ", n)
		m.columns = append(m.columns,
			column{key: fmt.Sprint("private", n), title: of + "private", unit: "KB"},
			column{key: fmt.Sprint("pss", n), title: of + "PSS", unit: "KB"},
			column{key: fmt.Sprint("open", n), title: of + "open p50", unit: "ms", digits: 1})
	}
	m.run = func(ctx context.Context, b *bench, row string, s server) (figures, error) {
		f := figures{values: map[string]float64{}}
		// The first one has the server get ready, and the program into memory.
		first, err := openReady(ctx, s, openOptions{command: idler, mode: latest})
		if err != nil {
			return f, err
		}
		defer first.Close()
		time.Sleep(b.o.settled)
		one, err := memoryOf(s.pids())
		if err != nil {
			return f, err
		}
		var took []float64
		for _, n := range b.o.memory {
			for len(took) < n {
				begin := time.Now()
				t, err := openReady(ctx, s, openOptions{command: idler, mode: latest})
				if err != nil {
					return f, fmt.Errorf("session %d: %w", len(took)+1, err)
				}
				took = append(took, millis(time.Since(begin)))
				defer t.Close()
			}
			time.Sleep(b.o.settled)
			m, err := memoryOf(s.pids())
			if err != nil {
				return f, err
			}
			f.values[fmt.Sprint("private", n)] = float64(m.private-one.private) / float64(n) / 1e3
			f.values[fmt.Sprint("pss", n)] = float64(m.pss-one.pss) / float64(n) / 1e3
			f.values[fmt.Sprint("open", n)] = quantile(took, 0.5)
		}
		return f, nil
	}
	return m
}
