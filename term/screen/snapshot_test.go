package screen

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// restores runs the job here, takes a snapshot at each point, and compares the
// state that it puts into xterm.js. wild is written into that terminal before,
// and the terminal is reset.
func (o *oracle) restores(t *testing.T, name string, j *job, wild []byte) bool {
	t.Helper()
	s := New(Options{Cols: j.Cols, Rows: j.Rows, Scrollback: j.Scrollback})
	for i, step := range j.Steps {
		switch step[0] {
		case "w":
			p, _ := base64.StdEncoding.DecodeString(step[1].(string))
			s.Write(p)
		case "r":
			s.Resize(step[1].(int), step[2].(int))
		case "deep":
			if s.unsendable() {
				continue
			}
			check := &job{Cols: s.cols, Rows: s.rows, Scrollback: j.Scrollback}
			if wild != nil {
				check.write(wild)
				check.add("reset")
			}
			snapshot := s.Snapshot(0)
			check.write(snapshot)
			check.add("deep", false)
			if !o.is(t, fmt.Sprintf("%s: step %d", name, i), check, s.deep(false)) {
				t.Logf("%q", snapshot)
				return false
			}
		}
	}
	return true
}

// is runs a job that prints one deep state and compares it with want.
func (o *oracle) is(t *testing.T, name string, j *job, want string) bool {
	t.Helper()
	got, err := o.run(j)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(got[0], []byte(`{"error"`)) {
		t.Errorf("%s: %s", name, got[0])
		return false
	}
	var text string
	if err := json.Unmarshal(got[0], &text); err != nil {
		t.Fatal(err)
	}
	if diff := firstDifference(text, want, ""); diff != "" {
		t.Errorf("%s: restored%s", name, diff)
		return false
	}
	return true
}

// unsendable reports whether the screen is in a state that no sequence leads a
// blank terminal of the same size to, or that is not worth one.
func (s *Screen) unsendable() bool {
	b := s.buf
	switch {
	case s.cols < 4: // no room to make odd cells in
		return true
	case b.x > s.cols, s.normal.x > s.cols: // a mark alone went beyond a pending wrap
		return true
	case !s.pen.consistent(): // an underline that is half on, from a restored cursor
		return true
	case b == &s.alt && b.x == s.cols && b.row(b.y).cells[b.x-1].empty(): // what was printed last is gone
		return true
	case s.join > 0 && b.x <= s.cols && b.x >= s.join && b.row(b.y).cells[b.x-s.join].empty(): // a resize took the cursor away from it
		return true
	case s.normal.saved.y >= s.normal.base+s.rows, s.alt.saved.y >= s.alt.base+s.rows: // there is no such row
		return true
	}
	for _, b := range []*buffer{&s.normal, b} {
		for y := range s.rows {
			l := b.row(y)
			for i, c := range l.cells[:s.cols] {
				switch {
				case c.isWide() && (i+1 == s.cols || !l.cells[i+1].isTail()): // lost its second half
					return true
				case c.isTail() && (i == 0 || !l.cells[i-1].isWide()) && !s.tailable(l, i): // lost its first half
					return true
				case c.isTail() && i == s.cols-1 && !l.cells[i-1].isWide() && y+1 < s.rows && b.row(y+1).wrapped:
					return true // what makes the next row a continuation is printed where the second half is
				case !s.styles.all[c.style()].consistent():
					return true
				case !c.empty() && runeWidth(l.first(i)) != c.width(): // a mark joined what is no character
					return true
				}
			}
		}
	}
	return false
}

// first returns the first code point of the cell at column i.
func (l *line) first(i int) rune {
	if points := l.marksAt(i); l.cells[i].hasMarks() && len(points) > 0 {
		return points[0]
	}
	return l.cells[i].point()
}

// TestSnapshotsRestore puts snapshots of the recordings' screens into a blank
// terminal.
func TestSnapshotsRestore(t *testing.T) {
	o := startOracle(t)
	for _, r := range allRecordings(t) {
		t.Run(r.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			o.restores(t, r.name, r.job(rng, points(30), 1000, lookDeep), nil)
		})
	}
}

// TestSnapshotsContinue goes on from snapshots taken after any byte, to the end
// of the recording, in a blank terminal.
func TestSnapshotsContinue(t *testing.T) {
	o := startOracle(t)
	for _, r := range allRecordings(t) {
		t.Run(r.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, 6))
			n := points(8)
			offs := make([]int, n)
			for i := range offs {
				offs[i] = i*len(r.data)/n + rng.IntN(max(1, len(r.data)/n))
			}
			r.continues(t, o, offs, 1000)
		})
	}
}

// continues takes a snapshot at each offset and goes on from there in xterm.js.
func (r *recording) continues(t *testing.T, o *oracle, offs []int, scrollback int) {
	end := New(Options{Cols: r.cols, Rows: r.rows, Scrollback: scrollback})
	r.play(end, 0, len(r.data)+1)
	want := end.deep(true)
	s := New(Options{Cols: r.cols, Rows: r.rows, Scrollback: scrollback})
	at := 0
	for _, off := range offs {
		r.play(s, at, off)
		at = off
		cols, rows := s.Size()
		j := &job{Cols: cols, Rows: rows, Scrollback: scrollback}
		p, resized := s.Snapshot(scrollback), false
		for _, z := range r.resizes {
			if z.Off < at {
				continue
			}
			j.write(append(p, r.data[at:z.Off]...))
			j.resize(z.Cols, z.Rows)
			p, at, resized = nil, z.Off, true
		}
		j.write(append(p, r.data[at:]...))
		j.add("deep", true)
		at = off
		if resized && s.hasStaleMarks() {
			continue
		}
		if !o.is(t, fmt.Sprintf("from %d on", off), j, want) {
			return
		}
	}
}

// hasStaleMarks reports whether a line has combining marks of text that was
// overwritten. A snapshot does not carry them; xterm.js moves them to other text
// when it reflows lines.
func (s *Screen) hasStaleMarks() bool {
	for i := range s.normal.n {
		l := s.normal.at(i)
		for _, m := range l.marks {
			if m.col >= len(l.cells) || !l.cells[m.col].hasMarks() {
				return true
			}
		}
	}
	return false
}

// play writes the bytes from one offset to another, with the resizes there. One
// at the last offset is left to the next call; beyond the end is none.
func (r *recording) play(s *Screen, from, to int) {
	for _, z := range r.resizes {
		if z.Off >= from && z.Off < to {
			s.Write(r.data[from:z.Off])
			s.Resize(z.Cols, z.Rows)
			from = z.Off
		}
	}
	s.Write(r.data[from:min(to, len(r.data))])
}
