package main

import (
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// report is what a run found.
type report struct {
	machine  machine
	date     time.Time
	o        options
	measured []measurement
	rows     []string
	found    map[string]map[string]*findings // by measurement and row
}

// findings is what was found of one row in one measurement.
type findings struct {
	rounds  []map[string]float64 // values, a map for each round that was good
	samples map[string][]float64 // of all rounds
	out     string               // why it is left out, if it is
	errs    []string             // what went wrong
}

func newReport(o options, what []measurement, all []peer) *report {
	r := &report{machine: thisMachine(), date: time.Now(), o: o, measured: what, found: map[string]map[string]*findings{}}
	for _, p := range all {
		r.rows = append(r.rows, p.name())
	}
	for _, m := range what {
		r.found[m.name] = map[string]*findings{}
	}
	return r
}

// add takes the figures of a round, or why there are none.
func (r *report) add(measured, row string, f figures, err error) {
	d := r.found[measured][row]
	if d == nil {
		d = &findings{samples: map[string][]float64{}}
		r.found[measured][row] = d
	}
	switch {
	case errors.Is(err, errMissing), errors.Is(err, errNo), errors.Is(err, errLate):
		d.out = err.Error()
		return
	case err != nil:
		d.errs = append(d.errs, err.Error())
	}
	// The place in rounds is the round: ratios are made within one.
	d.rounds = append(d.rounds, f.values)
	for _, key := range slices.Sorted(maps.Keys(f.samples)) {
		d.samples[key] = append(d.samples[key], f.samples[key]...)
	}
}

// isOut reports whether a row is left out.
func (r *report) isOut(measured, row string) bool {
	d := r.found[measured][row]
	return d != nil && d.out != ""
}

// valuesOf is the value of a column in each round, NaN where there was none; or
// the one value of all rounds.
func (d *findings) valuesOf(c column) []float64 {
	if d == nil {
		return nil
	}
	if c.of != "" {
		return []float64{quantile(d.samples[c.of], c.quantile)}
	}
	values := make([]float64, len(d.rounds))
	for i, round := range d.rounds {
		v, ok := round[c.key]
		if !ok {
			v = math.NaN()
		}
		values[i] = v
	}
	return values
}

// ratio is a column's ratio to that of a base row, round by round.
func (r *report) ratio(m measurement, row, base string, c column) (summary, bool) {
	ours, theirs := r.found[m.name][row].valuesOf(c), r.found[m.name][base].valuesOf(c)
	ratios := make([]float64, 0, len(ours))
	for i := range min(len(ours), len(theirs)) {
		ratios = append(ratios, ours[i]/theirs[i])
	}
	return summarise(ratios)
}

// comparisons are the rows that a row is compared with.
func (r *report) comparisons(m measurement, row string) []string {
	return slices.DeleteFunc(slices.Clone(m.bases), func(base string) bool { return base == row || r.found[m.name][base] == nil })
}
