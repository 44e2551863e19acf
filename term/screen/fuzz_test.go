package screen

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzWrite looks for input that depends on how it is cut, or that breaks the
// screen.
func FuzzWrite(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, cols, rows uint8, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		o := Options{Cols: int(cols), Rows: min(int(rows), 60), Scrollback: 20}
		whole, bytewise := New(o), New(o)
		for range 2 {
			whole.Write(data)
			for i := range data {
				bytewise.Write(data[i : i+1])
			}
			whole.holds(t)
			if d := firstDifference(bytewise.deep(true), whole.deep(true), ""); d != "" {
				t.Fatalf("byte by byte%s", d)
			}
			whole.Resize(int(rows)+2, int(cols)/4+1)
			bytewise.Resize(int(rows)+2, int(cols)/4+1)
			whole.holds(t)
		}
	})
}

// FuzzSnapshot puts snapshots of screens into others. The states it finds that no
// snapshot carries are named in unsendable.
func FuzzSnapshot(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, cols, rows uint8, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		s := New(Options{Cols: int(cols), Rows: min(int(rows), 60), Scrollback: 20})
		for range 2 {
			s.Write(data)
			s.restoresItself(t)
			s.Resize(int(rows)+2, int(cols)/4+1)
		}
	})
}

// seed adds what fuzzing begins with.
func seed(f *testing.F) {
	for i, text := range append(append(words, controls...), plain...) {
		f.Add(uint8(10+i%20), uint8(1+i%9), []byte("ab\r\n"+text+"漢x"+text))
	}
	for _, odd := range oddities {
		f.Add(uint8(odd.cols), uint8(odd.rows), []byte(odd.stream))
	}
	for _, r := range readRecordings(f, "testdata") {
		f.Add(uint8(min(r.cols, 255)), uint8(r.rows), r.data[:min(len(r.data), 3000)])
	}
	f.Add(uint8(80), uint8(24), wild)
}

// holds checks what is always true of a screen.
func (s *Screen) holds(t *testing.T) {
	t.Helper()
	for _, b := range []*buffer{&s.normal, &s.alt} {
		if b == &s.alt && b != s.buf && b.n == 0 {
			continue
		}
		if b.n < b.base+s.rows || b.n > b.max || b.y < 0 || b.y >= s.rows || b.x < 0 {
			t.Fatalf("%d of %d lines from %d on for %d rows, cursor at %d, %d", b.n, b.max, b.base, s.rows, b.x, b.y)
		}
		for i := range b.n {
			if n := len(b.at(i).cells); n < s.cols {
				t.Fatalf("line %d has %d cells of %d", i, n, s.cols)
			}
		}
	}
	var picture struct{ Lines [][]any }
	if err := json.Unmarshal(s.AppendJSON(nil, 0), &picture); err != nil {
		t.Fatal(err)
	}
	if len(picture.Lines) != s.rows || len(picture.Lines[0]) != s.cols || bytes.Count(s.AppendText(nil), []byte{'\n'}) != s.rows {
		t.Fatalf("the picture is not %d x %d", s.cols, s.rows)
	}
}

// restoresItself puts a snapshot into another screen.
func (s *Screen) restoresItself(t *testing.T) {
	t.Helper()
	if s.unsendable() {
		return
	}
	other := New(Options{Cols: s.cols, Rows: s.rows, Scrollback: s.normal.history})
	p := s.Snapshot(0)
	other.Write(p)
	if d := firstDifference(other.deep(false), s.deep(false), ""); d != "" {
		t.Fatalf("restored%s\n%q", d, p)
	}
}
