package main

import (
	"context"
	"fmt"
	"io"
	"math"
)

// bound is what a ratio may be at the worst, before something must have become much
// slower. It is about a factor of two from the usual, for machines are busy; the
// best of three rounds counts.
type bound struct {
	measured, column, row, base string
	least, most                 float64 // 0 for none
}

// bounds are all of them. Behind each is what is usual on two cores, and beside four
// processes that do nothing but count: those change ratios too.
var bounds = []bound{
	{measured: "throughput-plain", column: "speed", row: tailptyRow, base: limitRow, least: 0.3},    // 0.85; 0.9
	{measured: "throughput-plain", column: "cpu", row: tailptyRow, base: hopsRow, most: 6},          // 1.5; 3.2
	{measured: "throughput-redraws", column: "speed", row: tailptyRow, base: limitRow, least: 0.25}, // 0.65; 0.9
	{measured: "final-plain", column: "speed", row: tailptyRow, base: limitRow, least: 0.3},         // 0.9; 2
	{measured: "echo", column: "idle50", row: tailptyRow, base: hopsRow, most: 6},                   // 1.35; 3.5
	{measured: "echo", column: "flood50", row: tailptyRow, base: limitRow, most: 24},                // 5; 8
}

// gateRounds is how often it is tried.
const gateRounds = 3

// passGate measures what has a bound, until all are kept in one round or another.
func passGate(ctx context.Context, o options, stdout, stderr io.Writer) error {
	o.rounds, o.size, o.keys = 1, min(o.size, 24_000_000), min(o.keys, 500)
	o.rows, o.only = []string{limitRow, hopsRow, tailptyRow}, nil
	best := make([]float64, len(bounds))
	for i := range best {
		best[i] = math.NaN()
	}
	for range gateRounds {
		o.only = shut(best)
		if len(o.only) == 0 {
			break
		}
		r, err := run(ctx, o, stderr)
		if err != nil {
			return err
		}
		for i, b := range bounds {
			best[i] = b.better(best[i], b.measure(r))
		}
	}
	for i, b := range bounds {
		fmt.Fprintf(stdout, "%s %s: %s to %s %.2f, %s\n", b.measured, b.column, b.row, b.base, best[i], b)
	}
	if names := shut(best); len(names) > 0 {
		return fmt.Errorf("slower than the gate allows: %v", names)
	}
	return nil
}

// shut is the measurements of the bounds that are not kept.
func shut(best []float64) []string {
	var names []string
	for i, b := range bounds {
		if !b.keeps(best[i]) && (len(names) == 0 || names[len(names)-1] != b.measured) {
			names = append(names, b.measured)
		}
	}
	return names
}

// measure is the ratio in a report, or NaN.
func (b bound) measure(r *report) float64 {
	for _, m := range r.measured {
		for _, c := range m.columns {
			if m.name != b.measured || c.key != b.column {
				continue
			}
			if s, ok := r.ratio(m, b.row, b.base, c); ok {
				return s.Median
			}
		}
	}
	return math.NaN()
}

// keeps reports whether a ratio is within the bound; what was not measured is not.
func (b bound) keeps(ratio float64) bool {
	return !math.IsNaN(ratio) && ratio >= b.least && (b.most == 0 || ratio <= b.most)
}

// better is the better of two ratios, either of which may be NaN.
func (b bound) better(x, y float64) float64 {
	switch {
	case math.IsNaN(x):
		return y
	case math.IsNaN(y):
		return x
	case b.most > 0:
		return min(x, y)
	}
	return max(x, y)
}

func (b bound) String() string {
	if b.most > 0 {
		return fmt.Sprintf("at most %.2f", b.most)
	}
	return fmt.Sprintf("at least %.2f", b.least)
}
