package main

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// measurement is one table: something that is measured of every row. A fresh
// server is started for each row in each round.
type measurement struct {
	// name is what --only takes; title and method are for the report.
	name, title, method string
	columns             []column
	// bases are the rows that the others are compared with: columns of ratios.
	bases []string
	// applies reports whether a row is measured at all; nil is all of them.
	applies func(row string) bool
	// slow is roughly how long one row may take at most, in a round.
	slow time.Duration
	// run measures once. errNo leaves the row out.
	run func(ctx context.Context, b *bench, row string, s server) (figures, error)
}

// column is one number of a row.
type column struct {
	key, title, unit string
	// digits are how many are shown behind the point.
	digits int
	// of is the samples that it is a quantile of, pooled over all rounds; empty
	// where the rounds have the value itself under key.
	of       string
	quantile float64
	// compared has a column with the ratio to each base beside it.
	compared bool
}

// figures is what one round found.
type figures struct {
	values  map[string]float64
	samples map[string][]float64
}

// bench is what measurements have in common.
type bench struct {
	o options
	// self is this program, which is also all children.
	self string
	// rounds is how many there are.
	rounds int
	// redrawers are the rows that do not send every byte.
	redrawers map[string]bool
}

// redraws reports whether a row keeps a screen and sends redraws of it.
func (b *bench) redraws(row string) bool { return b.redrawers[row] }

// floodOf is a program that writes size bytes of a kind for each g.
func (b *bench) floodOf(k kind, size int) []string {
	return b.child(flooder, strconv.Itoa(size), string(k))
}

// child is the argument vector of one of this program's own children.
func (b *bench) child(args ...string) []string {
	return append([]string{b.self, childCommand}, args...)
}

// lost says that output did not come as it should.
func lost(format string, args ...any) error {
	return fmt.Errorf("output: "+format, args...)
}
