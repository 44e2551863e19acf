package screen

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// A class is a stream of about a megabyte, of one kind of output.
type class struct {
	name       string
	cols, rows int
	data       []byte
}

func classes(t testing.TB) []class {
	var plain, styled, redraws, cjk, list bytes.Buffer
	for i := range 16000 {
		fmt.Fprintf(&plain, "%06d the quick brown fox jumps over the lazy dog and more\r\n", i)
	}
	for i := range 24000 {
		fmt.Fprintf(&styled, "\x1b[1;%dmerror\x1b[0m \x1b[38;5;%dmfile%d.go\x1b[39m:\x1b[32m%d\x1b[m ok\r\n", 31+i%7, i%256, i, i%999)
	}
	for i := range 1500 {
		redraws.WriteString("\x1b[?2026h\x1b[H")
		for y := range 24 {
			fmt.Fprintf(&redraws, "\x1b[%d;1H\x1b[48;2;30;30;%dm%s\x1b[K", y+1, i%256, strings.Repeat("ab ", 9+y%5))
		}
		redraws.WriteString("\x1b[?2026l")
	}
	for i := range 12000 {
		fmt.Fprintf(&cjk, "%d 漢字とかなの混じった文章です。한국어 텍스트도 있습니다。\r\n", i)
	}
	for i := range 600 {
		fmt.Fprintf(&list, "\r\n./usr/share/doc/package%d:\r\ntotal %d\r\n", i, i%99)
		for k := range 24 {
			fmt.Fprintf(&list, "-rw-r--r-- 1 demo demo %7d Jan %2d  2026 \x1b[0m\x1b[01;3%dmfile%d.gz\x1b[0m\r\n", i*k*37, 1+k, 1+k%6, k)
		}
	}
	all := []class{
		{"plain", 120, 40, plain.Bytes()}, {"styled", 120, 40, styled.Bytes()}, {"redraws", 120, 40, redraws.Bytes()},
		{"CJK", 120, 40, cjk.Bytes()}, {"ls -lR", 120, 40, list.Bytes()},
	}
	for _, r := range allRecordings(t) {
		if r.name == "codex-alternate" || r.name == "lsR" {
			all = append(all, class{"recorded " + r.name, r.cols, r.rows, r.data})
		}
	}
	return all
}

// chunkSize is how much a PTY gives at once, at most.
const chunkSize = 16 << 10

func inChunks(p []byte, write func([]byte)) {
	for len(p) > 0 {
		n := min(len(p), chunkSize)
		write(p[:n])
		p = p[n:]
	}
}

// steady returns a screen with a full scrollback that has seen the class.
func (c *class) steady() *Screen {
	s := New(Options{Cols: c.cols, Rows: c.rows, Scrollback: 1000})
	s.Write(bytes.Repeat([]byte{'\n'}, 1200))
	s.Write(c.data)
	s.Write(c.data)
	return s
}

func BenchmarkWrite(b *testing.B) {
	for _, c := range classes(b) {
		b.Run(c.name, func(b *testing.B) {
			s := c.steady()
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				inChunks(c.data, func(p []byte) { s.Write(p) })
			}
		})
	}
}

// TestWriteDoesNotAllocate holds the steady state to no allocation at all.
func TestWriteDoesNotAllocate(t *testing.T) {
	for _, c := range classes(t) {
		s := c.steady()
		if n := testing.AllocsPerRun(2, func() { inChunks(c.data, func(p []byte) { s.Write(p) }) }); n > 0 {
			t.Errorf("%s: %v allocations in %d bytes", c.name, n, len(c.data))
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	for _, r := range allRecordings(b) {
		for _, scrollback := range []int{0, 200} {
			b.Run(fmt.Sprintf("%s/%d", r.name, scrollback), func(b *testing.B) {
				s := New(Options{Cols: r.cols, Rows: r.rows, Scrollback: 1000})
				r.play(s, 0, len(r.data)*2/3)
				var p []byte
				b.ReportAllocs()
				for b.Loop() {
					p = s.AppendSnapshot(p[:0], scrollback)
				}
				b.ReportMetric(float64(len(p)), "bytes")
			})
		}
	}
}

// TestThroughput prints, class by class, the speed of a screen beside the one of
// a parser that keeps no screen and of xterm.js, in one run. It runs where
// TAILPTY_TEST_THROUGHPUT is set, because it says something on a machine with
// nothing else to do only.
func TestThroughput(t *testing.T) {
	if os.Getenv("TAILPTY_TEST_THROUGHPUT") == "" {
		t.Skip("TAILPTY_TEST_THROUGHPUT is not set: not measured")
	}
	o := startOracle(t)
	t.Logf("%-26s %10s %10s %10s %8s", "MB/s", "screen", "x/ansi", "xterm.js", "ratio")
	for _, c := range classes(t) {
		s := c.steady()
		parser := ansi.NewParser()
		printed := 0
		parser.SetHandler(ansi.Handler{Print: func(rune) { printed++ }, Execute: func(byte) { printed++ },
			HandleCsi: func(ansi.Cmd, ansi.Params) { printed++ }, HandleEsc: func(ansi.Cmd) { printed++ }})
		var own, other, xterm float64
		for range 5 { // take turns, so that a slow moment is nobody's
			own = max(own, speed(c.data, func(p []byte) { s.Write(p) }))
			other = max(other, speed(c.data, parser.Parse))
			xterm = max(xterm, o.speed(t, &c))
		}
		ratio := own / max(other, xterm)
		t.Logf("%-26s %10.0f %10.0f %10.0f %7.1fx", c.name, own, other, xterm, ratio)
		if ratio < 2 {
			t.Errorf("%s: %.1f times the faster of the two, want at least 2", c.name, ratio)
		}
	}
}

// speed returns MB/s over a fifth of a second.
func speed(data []byte, write func([]byte)) float64 {
	n, begin := 0, time.Now()
	for time.Since(begin) < 200*time.Millisecond {
		inChunks(data, write)
		n += len(data)
	}
	return float64(n) / 1e6 / time.Since(begin).Seconds()
}

func (o *oracle) speed(t *testing.T, c *class) float64 {
	t.Helper()
	j := &job{Cols: c.cols, Rows: c.rows, Scrollback: 1000}
	j.add("speed", base64.StdEncoding.EncodeToString(c.data), chunkSize)
	got, err := o.run(j)
	if err != nil {
		t.Fatal(err)
	}
	var v float64
	if err := json.Unmarshal(got[0], &v); err != nil {
		t.Fatalf("%v: %s", err, got[0])
	}
	return v
}
