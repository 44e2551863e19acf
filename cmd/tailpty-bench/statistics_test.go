package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for _, tt := range []struct{ q, want float64 }{{0, 1}, {0.2, 1}, {0.21, 2}, {0.5, 3}, {0.95, 5}, {1, 5}} {
		if got := quantile(values, tt.q); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.q, got, tt.want)
		}
	}
	if !math.IsNaN(quantile(nil, 0.5)) || !math.IsNaN(median(nil)) {
		t.Error("nothing has a value")
	}
	if values[0] != 5 {
		t.Error("the samples were sorted in place")
	}
}

func TestSummarise(t *testing.T) {
	s, ok := summarise([]float64{4, math.NaN(), 1, 3, 2})
	if !ok || s.Median != 2.5 || s.Min != 1 || s.Max != 4 || len(s.Values) != 4 {
		t.Errorf("%+v, %t", s, ok)
	}
	if s, ok := summarise([]float64{math.NaN()}); ok {
		t.Errorf("of nothing: %+v", s)
	}
}
