package main

import (
	"context"
	"fmt"
	"time"
)

// browserRate is how fast a browser renders, in bytes/s: xterm.js takes 5 to 35
// MB/s of what terminals show.
const browserRate = 25e6

// finalScreen is how soon a browser shows what a program has left on the screen.
func finalScreen(k kind) measurement {
	return measurement{
		name:  "final-" + string(k),
		title: "Final screen shown: " + string(k),
		method: fmt.Sprintf("The same program, and a client like a browser: the socket is drained at once, what came is rendered at %.0f MB/s and acknowledged then. "+
			"From the first byte until what the program prints last is rendered, as a speed. The limit has no renderer.", browserRate/1e6),
		columns: []column{{key: "speed", title: "speed", unit: "MB/s", digits: 1, compared: true}},
		bases:   []string{limitRow},
		slow:    2 * time.Minute,
		run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
			t, err := openReady(ctx, s, openOptions{command: b.flood(k), mode: latest})
			if err != nil {
				return figures{}, err
			}
			defer t.Close()
			defer closeOnEnd(ctx, t)()
			rate := browserRate
			if row == limitRow {
				rate = 1e15
			}
			if _, err := t.Write([]byte("g")); err != nil {
				return figures{}, err
			}
			begin := make(chan time.Time, 1)
			if err := render(ctx, t, rate, find("end1"), func() { begin <- time.Now() }); err != nil {
				return figures{}, err
			}
			took := time.Since(<-begin)
			return figures{values: map[string]float64{"speed": megabytes(k.expected(b.o.size).bytes, took)}}, nil
		},
	}
}
