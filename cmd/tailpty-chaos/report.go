package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report is what was done and what was lost.
type report struct {
	Seed     uint64         `json:"seed"`
	Seconds  float64        `json:"seconds"`
	Done     map[string]int `json:"done"`
	Ready    spread         `json:"ready_seconds"`    // from a kill until the server is ready
	Attached spread         `json:"attached_seconds"` // from a kill until a driver is attached
	Sessions []outcome      `json:"sessions"`
	Problems []string       `json:"problems"`

	// asked is how often the server and single sessions were to be killed.
	asked, askedFamilies int
}

// outcome is how one session went.
type outcome struct {
	ID       string   `json:"id"`
	Alive    bool     `json:"alive"` // until it was told to end
	Printed  amount   `json:"printed"`
	Received amount   `json:"received"`
	Typed    amount   `json:"typed"`
	Read     amount   `json:"read"`
	Problems []string `json:"problems"`
}

// report compares both ends of every session.
func (b *battle) report(took time.Duration) *report {
	r := &report{Seed: b.o.seed, Seconds: took.Seconds(), Done: map[string]int{}, Problems: append([]string{}, b.problems...), asked: b.o.kills, askedFamilies: b.o.sessionKills}
	for _, what := range deeds {
		r.Done[what] = b.tally.count(what)
	}
	r.Ready, r.Attached = spreadOf(b.tally.starts), spreadOf(b.tally.backs)
	for _, d := range b.drivers {
		r.Sessions = append(r.Sessions, d.outcome())
	}
	return r
}

// outcome compares what went in at each end with what came out at the other.
func (d *driver) outcome() outcome {
	a, err := readAccount(d.scene.accounts, d.id)
	d.mu.Lock()
	defer d.mu.Unlock()
	o := outcome{ID: d.id, Alive: d.lived.Load(), Printed: a.Printed, Received: d.got.amount(), Typed: d.typed.amount(), Read: a.Read, Problems: append([]string{}, d.problems...)}
	say := func(format string, args ...any) { o.Problems = append(o.Problems, fmt.Sprintf(format, args...)) }
	if err != nil {
		say("its program left no account: %v", err)
	}
	if !a.Done {
		say("its program has not come to its end")
	}
	if d.err != nil {
		say("its client stopped: %v", d.err)
	}
	if d.exit != 0 {
		say("its program ended with status %d", d.exit)
	}
	if d.got.wrong {
		say("output differs from byte %d on", d.got.at)
	}
	if a.Wrong {
		say("input differs from byte %d on", a.At)
	}
	if o.Printed != o.Received {
		say("printed %d bytes, received %d: %s", o.Printed.Bytes, o.Received.Bytes, compare(o.Printed, o.Received))
	}
	if o.Typed != o.Read {
		say("typed %d bytes, read %d: %s", o.Typed.Bytes, o.Read.Bytes, compare(o.Typed, o.Read))
	}
	return o
}

// compare says what became of bytes on their way.
func compare(in, out amount) string {
	switch {
	case out.Bytes < in.Bytes:
		return fmt.Sprintf("%d lost", in.Bytes-out.Bytes)
	case out.Bytes > in.Bytes:
		return fmt.Sprintf("%d too many", out.Bytes-in.Bytes)
	case out.SHA256 != in.SHA256:
		return "changed"
	}
	return "the same"
}

// totals is the sums over all sessions: bytes, and how many sessions.
type totals struct {
	Printed       uint64 `json:"printed_bytes"`
	Received      uint64 `json:"received_bytes"`
	Typed         uint64 `json:"typed_bytes"`
	Read          uint64 `json:"read_bytes"`
	OutputLost    uint64 `json:"output_lost_bytes"`
	OutputDoubled uint64 `json:"output_doubled_bytes"`
	OutputChanged int    `json:"output_changed_sessions"`
	InputLost     uint64 `json:"input_lost_bytes"`
	InputDoubled  uint64 `json:"input_doubled_bytes"`
	InputChanged  int    `json:"input_changed_sessions"`
	Alive         int    `json:"alive_sessions"`
	Wrong         int    `json:"wrong_sessions"` // anything at all
}

func (r *report) totals() (t totals) {
	direction := func(in, out amount, lost, extra *uint64, changed *int) {
		*lost += in.Bytes - min(in.Bytes, out.Bytes)
		*extra += out.Bytes - min(in.Bytes, out.Bytes)
		if in.SHA256 != out.SHA256 {
			*changed++
		}
	}
	for _, s := range r.Sessions {
		t.Printed += s.Printed.Bytes
		t.Received += s.Received.Bytes
		t.Typed += s.Typed.Bytes
		t.Read += s.Read.Bytes
		direction(s.Printed, s.Received, &t.OutputLost, &t.OutputDoubled, &t.OutputChanged)
		direction(s.Typed, s.Read, &t.InputLost, &t.InputDoubled, &t.InputChanged)
		if len(s.Problems) > 0 {
			t.Wrong++
		}
		if s.Alive {
			t.Alive++
		}
	}
	return t
}

// good reports whether all was tried and nothing was lost.
func (r *report) good() bool {
	t := r.totals()
	return t.Wrong == 0 && t.Alive == len(r.Sessions) && len(r.Problems) == 0 &&
		r.Done[serverKilled] >= r.asked && r.Done[familyKilled] >= r.askedFamilies
}

func (r *report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		*report
		Totals totals `json:"totals"`
		Good   bool   `json:"good"`
	}{r, r.totals(), r.good()})
}

func (r *report) writeText(w io.Writer) error {
	t := r.totals()
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, format string, args ...any) {
		fmt.Fprintf(tab, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	for _, what := range deeds {
		row(what, "%d", r.Done[what])
	}
	row("server ready again", "%v", r.Ready)
	row("drivers attached again", "%v", r.Attached)
	row("took", "%.0f s, seed %d", r.Seconds, r.Seed)
	row("output", "%d bytes, %.2f MB/s over %d sessions", t.Printed, float64(t.Printed)/1e6/r.Seconds, len(r.Sessions))
	row("input", "%d bytes, %.2f KB/s", t.Typed, float64(t.Typed)/1e3/r.Seconds)
	row("output lost, doubled", "%d, %d bytes; %d sessions differ", t.OutputLost, t.OutputDoubled, t.OutputChanged)
	row("input lost, doubled", "%d, %d bytes; %d sessions differ", t.InputLost, t.InputDoubled, t.InputChanged)
	row("sessions alive", "%d of %d, %d with something wrong", t.Alive, len(r.Sessions), t.Wrong)
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, s := range r.Sessions {
		for _, p := range s.Problems {
			fmt.Fprintf(w, "WRONG: session %s: %s\n", s.ID, p)
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintln(w, "WRONG:", p)
	}
	verdict := "Nothing was lost."
	if !r.good() {
		verdict = "NOT GOOD."
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}
