package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"
)

// write writes the tables and the JSON to where the options say.
func (r *report) write(o options, stdout io.Writer) error {
	var errs []error
	if o.json != "" {
		b, err := json.MarshalIndent(r.asJSON(), "", "\t")
		if err == nil {
			err = os.WriteFile(o.json, append(b, '\n'), 0o644)
		}
		errs = append(errs, err)
	}
	if o.md != "" {
		errs = append(errs, os.WriteFile(o.md, []byte(r.markdown()), 0o644))
	} else {
		_, err := io.WriteString(stdout, r.markdown())
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// markdown is the report for people.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nMade by `just bench` on %s: %s.\n\n", r.date.UTC().Format(time.DateOnly), r.machine)
	fmt.Fprintf(&b, "%s, all rows interleaved, each time on a server of its own, over loopback. A program in a terminal of 80 x 24 writes %d MB where it floods. "+
		"A figure is the median of the rounds, with the least and the most in brackets; a ratio is the median of the rounds' ratios. "+
		"Figures of two runs are not to be compared: ratios to the row `%s` are.\n\n", rounds(r.o.rounds), r.o.size/1e6, limitRow)
	b.WriteString(legend)
	for _, m := range r.measured {
		r.table(&b, m)
	}
	return b.String()
}

func rounds(n int) string {
	if n == 1 {
		return "One round"
	}
	return fmt.Sprintf("%d rounds", n)
}

const legend = "| row | what it is |\n|---|---|\n" +
	"| limit | a PTY read by the client itself |\n" +
	"| relay | a minimal WebSocket relay in a process of its own, over loopback TCP |\n" +
	"| hops | an empty relay and an empty holder of the PTY, two processes, WebSocket and Unix sockets: tailpty's hops with nothing in them |\n" +
	"| tailpty | tailpty's server and session processes, by a Unix socket |\n" +
	"| tailpty-tailnet | the whole program over a tailnet, with HTTPS |\n" +
	"| relay-tailnet | the minimal relay over a tailnet, with HTTPS |\n" +
	"| others | the programs of these names, in their own protocols |\n"

// table writes one measurement.
func (r *report) table(b *strings.Builder, m measurement) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", m.title, m.method)
	b.WriteString("| |")
	var rule strings.Builder
	rule.WriteString("|---|")
	for _, c := range m.columns {
		fmt.Fprintf(b, " %s, %s |", c.title, c.unit)
		rule.WriteString("---|")
		if c.compared {
			for _, base := range m.bases {
				fmt.Fprintf(b, " to %s |", base)
				rule.WriteString("---|")
			}
		}
	}
	b.WriteString("\n" + rule.String() + "\n")
	var notes []string
	for _, row := range r.rows {
		d := r.found[m.name][row]
		if d == nil {
			continue
		}
		if d.out != "" {
			notes = append(notes, fmt.Sprintf("%s is left out: %s.", row, d.out))
			continue
		}
		for _, err := range d.errs {
			notes = append(notes, fmt.Sprintf("%s failed in a round: %s.", row, strings.ReplaceAll(err, "\n", " ")))
		}
		fmt.Fprintf(b, "| %s |", row)
		for _, c := range m.columns {
			b.WriteString(" " + cell(d.valuesOf(c), c.digits) + " |")
			if !c.compared {
				continue
			}
			for _, base := range m.bases {
				text := "-"
				if s, ok := r.ratio(m, row, base, c); ok && base != row {
					text = fmt.Sprintf("%.2f", s.Median)
				}
				b.WriteString(" " + text + " |")
			}
		}
		b.WriteString("\n")
	}
	for _, note := range notes {
		fmt.Fprintf(b, "\n%s\n", note)
	}
}

// cell is a figure with its spread.
func cell(values []float64, digits int) string {
	s, ok := summarise(values)
	switch {
	case !ok:
		return "-"
	case len(s.Values) == 1:
		return fmt.Sprintf("%.*f", digits, s.Median)
	}
	return fmt.Sprintf("%.*f (%.*f-%.*f)", digits, s.Median, digits, s.Min, digits, s.Max)
}

// The report as JSON.
type (
	jsonReport struct {
		Date         time.Time         `json:"date"`
		Machine      machine           `json:"machine"`
		Rounds       int               `json:"rounds"`
		Bytes        int               `json:"bytes"`
		Measurements []jsonMeasurement `json:"measurements"`
	}
	jsonMeasurement struct {
		Name    string       `json:"name"`
		Title   string       `json:"title"`
		Columns []jsonColumn `json:"columns"`
		Rows    []jsonRow    `json:"rows"`
	}
	jsonColumn struct {
		Key   string `json:"key"`
		Title string `json:"title"`
		Unit  string `json:"unit"`
	}
	jsonRow struct {
		Name    string                        `json:"name"`
		Out     string                        `json:"left_out,omitempty"`
		Errors  []string                      `json:"errors,omitempty"`
		Figures map[string]summary            `json:"figures,omitempty"` // by column
		Ratios  map[string]map[string]summary `json:"ratios,omitempty"`  // by column and base
		Samples map[string][]float64          `json:"samples,omitempty"`
	}
)

func (r *report) asJSON() jsonReport {
	j := jsonReport{Date: r.date.UTC(), Machine: r.machine, Rounds: r.o.rounds, Bytes: r.o.size}
	for _, m := range r.measured {
		one := jsonMeasurement{Name: m.name, Title: m.title}
		for _, c := range m.columns {
			one.Columns = append(one.Columns, jsonColumn{c.key, c.title, c.unit})
		}
		for _, row := range r.rows {
			if d := r.found[m.name][row]; d != nil {
				one.Rows = append(one.Rows, r.jsonRow(m, row, d))
			}
		}
		j.Measurements = append(j.Measurements, one)
	}
	return j
}

func (r *report) jsonRow(m measurement, row string, d *findings) jsonRow {
	one := jsonRow{Name: row, Out: d.out, Errors: d.errs, Figures: map[string]summary{}, Ratios: map[string]map[string]summary{}, Samples: d.samples}
	for _, c := range m.columns {
		if s, ok := summarise(d.valuesOf(c)); ok {
			one.Figures[c.key] = s
		}
		if !c.compared {
			continue
		}
		for _, base := range r.comparisons(m, row) {
			if s, ok := r.ratio(m, row, base, c); ok && !math.IsInf(s.Median, 0) {
				if one.Ratios[c.key] == nil {
					one.Ratios[c.key] = map[string]summary{}
				}
				one.Ratios[c.key][base] = s
			}
		}
	}
	return one
}
