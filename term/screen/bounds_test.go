package screen

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestHostileOutputCostsLittle writes what hangs or swells other emulators and
// looks at the memory that it takes, in all and to keep.
func TestHostileOutputCostsLittle(t *testing.T) {
	chunk := func(text string, n int) func(*Screen) {
		p := bytes.Repeat([]byte(text), max(1, min(n, 1<<16/len(text))))
		return func(s *Screen) {
			for left := n * len(text); left > 0; left -= len(p) {
				s.Write(p[:min(left, len(p))])
			}
		}
	}
	after := func(head string, then func(*Screen)) func(*Screen) {
		return func(s *Screen) { s.Write([]byte(head)); then(s) }
	}
	for _, test := range []struct {
		name  string
		write func(*Screen)
		most  uint64 // bytes allocated
	}{
		{"scrolling by 99999", chunk("\x1b[99999S\x1b[99999T\x1b[99999L\x1b[99999M", 20000), 1 << 20},
		{"columns by 99999", chunk("\x1b[99999@\x1b[99999P\x1b[99999X\x1b[99999 @\x1b[99999 A\x1b[99999'}\x1b[99999'~", 5000), 1 << 20},
		{"moves by 2147483647", chunk("\x1b[2147483647A\x1b[2147483647B\x1b[2147483647;2147483647H\x1b[2147483647I\x1b[2147483647Z", 20000), 1 << 20},
		{"numbers without end", after("\x1b[", chunk("9", 10<<20)), 1 << 20},
		{"parameters without end", after("\x1b[", chunk("1;2:3", 4<<20)), 1 << 20},
		{"intermediates without end", after("\x1b", chunk("#%(", 4<<20)), 1 << 20},
		{"50 MB in an OSC string", after("\x1b]2;", chunk("x", 50<<20)), 8 << 20},
		{"50 MB in an OSC 52 string", after("\x1b]52;c;", chunk("x", 50<<20)), 8 << 20},
		{"50 MB in a DCS string", after("\x1bP$q", chunk("x", 50<<20)), 1 << 20},
		{"50 MB in an APC string", after("\x1b_", chunk("x", 50<<20)), 1 << 20},
		{"10,000 marks in a cell", after("a", chunk("\u0301", 10000)), 1 << 20},
		{"marks in all cells", chunk("a\u0301\u0302\u0303", 1<<20), 4 << 20},
		{"titles pushed", after("\x1b]0;"+strings.Repeat("x", 60000)+"\a", chunk("\x1b[22t", 1<<20)), 4 << 20},
		{"keyboard pushed", chunk("\x1b[>31u", 1<<20), 1 << 20},
		{"repetitions", after("x", chunk("\x1b[2147483647b", 20)), 2 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			s := New(Options{Cols: 80, Rows: 24, Scrollback: 100})
			runtime.ReadMemStats(&before)
			test.write(s)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > test.most {
				t.Errorf("%d bytes allocated, want at most %d", n, test.most)
			}
			s.Snapshot(100)
		})
	}
}

// TestStylesAndLinksAreCollected writes more of them than are kept.
func TestStylesAndLinksAreCollected(t *testing.T) {
	s := New(Options{Cols: 40, Rows: 10, Scrollback: 50})
	for i := range 300_000 {
		fmt.Fprintf(s, "\x1b[38;2;%d;%d;%dm\x1b]8;id=%d;http://example.com/%d\ax\x1b]8;;\a\r\n", i>>16, i>>8&255, i&255, i, i)
	}
	if n := len(s.styles.all); n > 8192 {
		t.Errorf("%d styles are kept", n)
	}
	if n := len(s.links.all); n > 8192 {
		t.Errorf("%d links are kept", n)
	}
	if got := s.address(s.styles.all[s.buf.row(8).cells[0].style()].link); got != "http://example.com/299999" {
		t.Errorf("the last link is %q", got)
	}
}

func TestSizesAreClamped(t *testing.T) {
	s := New(Options{Cols: -5, Rows: 1 << 30})
	if c, r := s.Size(); c != minCols || r != maxRows {
		t.Errorf("got %d x %d", c, r)
	}
	s.Resize(1<<30, -1)
	if c, r := s.Size(); c != maxCols || r != minRows {
		t.Errorf("got %d x %d", c, r)
	}
	s.Write([]byte("still alive"))
}

// TestChunksDoNotMatter writes the recordings byte by byte and whole.
func TestChunksDoNotMatter(t *testing.T) {
	for _, r := range allRecordings(t) {
		data := r.data[:min(len(r.data), 60_000*points(1))]
		whole := New(Options{Cols: r.cols, Rows: r.rows, Scrollback: 300})
		bytewise := New(Options{Cols: r.cols, Rows: r.rows, Scrollback: 300})
		whole.Write(data)
		for i := range data {
			bytewise.Write(data[i : i+1])
		}
		if d := firstDifference(bytewise.deep(true), whole.deep(true), ""); d != "" {
			t.Errorf("%s: byte by byte%s", r.name, d)
		}
	}
}
