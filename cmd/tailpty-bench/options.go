package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// options is the command line.
type options struct {
	rounds        int
	only, rows    []string
	size          int // of a throughput run, in bytes
	keys          int // of an echo run
	stops         int // Ctrl-C in all, of tailpty; peers have a third
	memory        []int
	viewers       []int
	history       int           // bytes written before attaching anew
	settled       time.Duration // how long sessions are left alone before their memory is looked at: that they are idle is no event
	quick, gate   bool
	install       bool
	json, md      string
	tailpty       string
	sessionBinary []string
}

// parse reads the command line. It says itself what is wrong with it.
func parse(args []string, stderr io.Writer) (options, error) {
	o := options{memory: []int{1, 20, 100}, viewers: []int{1, 8, 64}, history: 50 << 20, settled: time.Second}
	var only, rows string
	f := flag.NewFlagSet("tailpty-bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.rounds, "rounds", 5, "measure everything `N` times, interleaved")
	f.StringVar(&only, "only", "", "only these measurements, as `NAME,...`")
	f.StringVar(&rows, "rows", "", "only these rows, as `NAME,...`")
	f.IntVar(&o.size, "size", 60, "what a program writes to measure throughput, in `MB`")
	f.IntVar(&o.keys, "keys", 2000, "type `N` keys to measure echo")
	f.IntVar(&o.stops, "stops", 10, "press Ctrl-C `N` times in all, a third as often for peers")
	f.BoolVar(&o.quick, "quick", false, "one round with small sizes: does it work?")
	f.BoolVar(&o.gate, "gate", false, "a minute's check that nothing has become much slower")
	f.BoolVar(&o.install, "install", false, "install the peers that are not there")
	f.StringVar(&o.json, "json", "", "write all figures to `FILE`")
	f.StringVar(&o.md, "markdown", "", "write the tables to `FILE` (default: stdout)")
	f.StringVar(&o.tailpty, "tailpty", "", "the tailpty program (default: beside this one)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.only, o.rows = list(only), list(rows)
	o.size *= 1_000_000
	err := o.complete(f.NArg())
	if err != nil {
		fmt.Fprintln(stderr, "tailpty-bench:", err)
	}
	return o, err
}

// list splits at commas.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// complete checks the options and fills in what was left out.
func (o *options) complete(arguments int) error {
	switch {
	case arguments > 0:
		return errors.New("there are flags only")
	case o.rounds < 1 || o.size < 1 || o.keys < 1 || o.stops < 1:
		return errors.New("a number is out of bounds")
	}
	if o.quick {
		o.shrink()
	}
	if o.tailpty == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding tailpty: %w", err)
		}
		o.tailpty = filepath.Join(filepath.Dir(self), "tailpty")
	}
	if o.sessionBinary == nil {
		o.sessionBinary = []string{o.tailpty, "session"}
	}
	if _, err := os.Stat(o.tailpty); err != nil {
		return fmt.Errorf("finding tailpty: %w", err)
	}
	return nil
}

// shrink makes it a short run.
func (o *options) shrink() {
	o.rounds, o.size, o.keys, o.stops = 1, min(o.size, 8_000_000), min(o.keys, 100), 1
	o.memory, o.viewers, o.history = []int{1, 10}, []int{1, 4}, 4<<20
}
