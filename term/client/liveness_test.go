package client

import (
	"slices"
	"testing"
	"time"
)

// What is asked when, over a line on which something is heard and sent at given
// times.
func TestLiveness(t *testing.T) {
	start := time.Unix(1000, 0)
	for name, tt := range map[string]struct {
		heard []float64 // when something comes, in seconds
		sent  []float64 // when something is sent that gets an answer
		want  float64   // when a question is wanted at once; negative for never
		asks  []float64
		gone  float64 // 0 for not within 30 s
	}{
		"silence":                   {want: -1, asks: []float64{5}, gone: 8},
		"an answer":                 {heard: []float64{5.1, 10.2, 15, 20, 25, 29}, want: -1, asks: []float64{5, 10.1}},
		"sent into the dark":        {sent: []float64{1, 1.5, 2.5}, want: -1, asks: []float64{3}, gone: 6},
		"sent and answered":         {sent: []float64{1}, heard: []float64{1.1, 6, 11, 15, 19, 24, 28}, want: -1, asks: []float64{}},
		"a question that is wanted": {want: 2, heard: []float64{3, 6, 10, 14, 18, 22, 26}, asks: []float64{2}},
		"chatter":                   {want: -1, heard: []float64{4, 8, 12, 16, 20, 24, 28}, asks: []float64{}},
	} {
		v := liveness{}
		heard := start
		var asks []float64
		gone := 0.0
		for ms := 0; ms <= 30_000 && gone == 0; ms += 100 {
			now := start.Add(time.Duration(ms) * time.Millisecond)
			at := float64(ms) / 1000
			if slices.Contains(tt.heard, at) {
				heard = now
			}
			if slices.Contains(tt.sent, at) {
				v.expect(now, heard)
			}
			ask, lost, next := v.look(now, heard, at == tt.want)
			if ask {
				asks = append(asks, at)
			}
			if lost {
				gone = at
			} else if next.Before(now) {
				t.Errorf("%s: at %v it is to look again before", name, at)
			}
		}
		if !slices.Equal(asks, tt.asks) || gone != tt.gone {
			t.Errorf("%s: asked at %v, gone at %v; want %v, %v", name, asks, gone, tt.asks, tt.gone)
		}
	}
}
