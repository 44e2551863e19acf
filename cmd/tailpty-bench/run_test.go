package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A whole run, as small as can be: every figure of every row is there.
func TestRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := options{rounds: 1, rows: []string{limitRow, hopsRow, tailptyRow}, only: []string{"throughput-plain", "final-redraws", "echo", "attach", "fanout", "memory"},
		size: 1 << 20, keys: 10, stops: 1, memory: []int{1, 2}, viewers: []int{1, 2}, history: 1 << 20, settled: 10 * time.Millisecond,
		json: filepath.Join(dir, "json"), md: filepath.Join(dir, "md"), tailpty: self, sessionBinary: []string{self, sessionCommand}}
	var told bytes.Buffer
	if err := measure(t.Context(), o, &told, &told); err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	b, err := os.ReadFile(o.json)
	if err != nil {
		t.Fatal(err)
	}
	var r jsonReport
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Measurements) != len(o.only) {
		t.Fatalf("%d measurements", len(r.Measurements))
	}
	free := map[string]bool{"private1": true, "private2": true, "pss1": true, "pss2": true, "memory": true, "cpu": true} // may be 0 or less, small as they are
	for _, m := range r.Measurements {
		for _, row := range m.Rows {
			if row.Out != "" {
				if row.Name == tailptyRow {
					t.Errorf("%s: tailpty is left out: %s", m.Name, row.Out)
				}
				continue
			}
			if len(row.Errors) > 0 {
				t.Errorf("%s, %s: %v", m.Name, row.Name, row.Errors)
			}
			for _, c := range m.Columns {
				f, ok := row.Figures[c.Key]
				if !ok || len(f.Values) != o.rounds || f.Median <= 0 && !free[c.Key] || f.Min > f.Median || f.Max < f.Median {
					t.Errorf("%s, %s, %s: %+v", m.Name, row.Name, c.Key, f)
				}
			}
			if ratio := row.Ratios["speed"][limitRow]; m.Name == "throughput-plain" && row.Name != limitRow && ratio.Median <= 0 {
				t.Errorf("%s, %s: no ratio to the limit: %v", m.Name, row.Name, row.Ratios)
			}
		}
	}
	if text, err := os.ReadFile(o.md); err != nil || strings.Count(string(text), "\n## ") != len(o.only) || !strings.Contains(string(text), "| tailpty |") {
		t.Errorf("%v\n%s", err, text)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "tpb-*")); err == nil && len(left) > 0 {
		t.Logf("folders of other runs, or left behind: %v", left)
	}
}

// table is a report of two rows and two rounds with one column.
func tableOf(t *testing.T) (*report, measurement) {
	t.Helper()
	m := measurement{name: "m", title: "M", method: "How.", columns: []column{
		{key: "x", title: "x", unit: "u", digits: 1, compared: true}, {key: "p95", title: "p95", unit: "ms", of: "s", quantile: 0.95}}, bases: []string{limitRow}}
	r := newReport(options{rounds: 2}, []measurement{m}, []peer{limit{}, relay{}, hops{}})
	add := func(row string, x float64, samples ...float64) {
		r.add("m", row, figures{map[string]float64{"x": x}, map[string][]float64{"s": samples}}, nil)
	}
	add(limitRow, 10, 1, 2)
	add(limitRow, 40, 3)
	add(relayRow, 5, 7)
	add(relayRow, 10, 9, 8)
	r.add("m", hopsRow, figures{}, errors.Join(errNo, errors.New("why")))
	return r, m
}

// A ratio is that of the rounds, not of the medians; samples are pooled; who is
// left out is named.
func TestReport(t *testing.T) {
	r, m := tableOf(t)
	if s, ok := r.ratio(m, relayRow, limitRow, m.columns[0]); !ok || s.Median != 0.375 || s.Min != 0.25 || s.Max != 0.5 {
		t.Errorf("%+v, %t", s, ok)
	}
	text := r.markdown()
	for _, want := range []string{"| limit | 25.0 (10.0-40.0) | - | 3 |", "| relay | 7.5 (5.0-10.0) | 0.38 | 9 |", "hops is left out: does not do this", "why."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if !r.isOut("m", hopsRow) || r.isOut("m", relayRow) {
		t.Error("who is out?")
	}
	r.add("m", relayRow, figures{}, errors.New("broken"))
	if text := r.markdown(); !strings.Contains(text, "relay failed in a round: broken.") || !strings.Contains(text, "| relay | 7.5") {
		t.Errorf("after a round that failed:\n%s", text)
	}
	if _, err := json.Marshal(r.asJSON()); err != nil {
		t.Error(err)
	}
}

// A renderer takes its time, and makes up for what a sleep took too long.
func TestClock(t *testing.T) {
	c, begin := clock{rate: 1e6}, time.Now()
	const pieces, size = 500, 1000
	for range pieces {
		c.spend(size, begin)
	}
	if took, want := time.Since(begin), pieces*size*time.Microsecond; took < want || took > want+want/2 {
		t.Errorf("it took %v and not %v", took, want)
	}
}

// The gate is shut by what is too slow and by what was not measured.
func TestGate(t *testing.T) {
	least, most := bound{least: 0.5}, bound{most: 2}
	for _, tt := range []struct {
		b     bound
		ratio float64
		keeps bool
	}{{least, 0.5, true}, {least, 0.49, false}, {most, 2, true}, {most, 2.01, false}, {least, math.NaN(), false}, {most, math.NaN(), false}} {
		if got := tt.b.keeps(tt.ratio); got != tt.keeps {
			t.Errorf("%v, %v: %t", tt.b, tt.ratio, got)
		}
	}
	if least.better(1, 2) != 2 || most.better(1, 2) != 1 || least.better(math.NaN(), 2) != 2 || most.better(1, math.NaN()) != 1 {
		t.Error("the better is not")
	}
	good := make([]float64, len(bounds))
	for i, b := range bounds {
		good[i] = max(b.least, b.most)
	}
	if names := shut(good); len(names) > 0 {
		t.Errorf("%v are shut", names)
	}
	good[0] = math.NaN()
	if names := shut(good); len(names) != 1 || names[0] != bounds[0].measured {
		t.Errorf("%v are shut", names)
	}
	known, err := measurements(options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		found := false
		for _, m := range known {
			for _, c := range m.columns {
				found = found || m.name == b.measured && c.key == b.column && c.compared
			}
		}
		if !found {
			t.Errorf("%s of %s is not measured", b.column, b.measured)
		}
	}
}
