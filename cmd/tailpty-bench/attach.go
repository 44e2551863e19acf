package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// reattach is how soon the screen is back.
var reattach = measurement{
	name:   "attach",
	title:  "Attach anew",
	method: "A program has written 50 MB of plain text; its client left and comes back with nothing: until the whole picture is there, and how many bytes it is.",
	columns: []column{
		{key: "screen", title: "the screen alone", unit: "ms", digits: 2},
		{key: "screenbytes", title: "of", unit: "KB", digits: 1},
		{key: "lines", title: "with 1,000 lines", unit: "ms", digits: 2},
		{key: "linesbytes", title: "of", unit: "KB", digits: 1},
	},
	slow: 2 * time.Minute,
	run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
		t, err := openReady(ctx, s, openOptions{command: b.floodOf(plain, b.o.history), mode: latest})
		if err != nil {
			return figures{}, err
		}
		defer func() { t.Close() }()
		one, ok := t.(rejoiner)
		if !ok {
			return figures{}, fmt.Errorf("%w: it forgets", errNo)
		}
		if _, err := readFlood(t, 1, nil); err != nil {
			return figures{}, err
		}
		f := figures{values: map[string]float64{}}
		for _, how := range []struct {
			key   string
			lines int
		}{{"screen", 0}, {"lines", 1000}} {
			var took, size []float64
			for range 5 {
				if err := one.leave(); err != nil {
					return f, err
				}
				begin := time.Now()
				again, n, err := one.rejoin(ctx, how.lines)
				if errors.Is(err, errNo) && how.lines > 0 {
					return f, nil // the screen is all it has
				}
				if err != nil {
					return f, err
				}
				took, size = append(took, millis(time.Since(begin))), append(size, float64(n)/1e3)
				t = again
				if one, ok = again.(rejoiner); !ok {
					return f, fmt.Errorf("%w: once only", errNo)
				}
			}
			f.values[how.key], f.values[how.key+"bytes"] = median(took), median(size)
		}
		return f, nil
	},
}
