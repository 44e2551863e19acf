package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// options is the command line.
type options struct {
	sessions     int
	kills        int
	sessionKills int
	viewers      int
	rate         int // of a session's output, bytes/s
	typing       int // of a session's input, bytes/s
	pace         time.Duration
	timeout      time.Duration
	isolation    string
	tailpty      string
	seed         uint64
	json         bool
	keep         bool
}

// parse reads the command line. It says itself what is wrong with it.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("tailpty-chaos", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.sessions, "sessions", 16, "`N` sessions under load, each with a driver")
	f.IntVar(&o.kills, "kills", 2000, "kill the server `N` times")
	f.IntVar(&o.sessionKills, "session-kills", 200, "kill the processes of `N` further sessions, one at a time")
	f.IntVar(&o.viewers, "viewers", 4, "`N` clients that only watch, and are killed all the time")
	f.IntVar(&o.rate, "rate", 1_000_000, "what each session writes, in `BYTES` a second, at most: its speed changes all the time")
	f.IntVar(&o.typing, "typing", 2_000, "what is typed into each session, in `BYTES` a second")
	f.DurationVar(&o.pace, "pace", 400*time.Millisecond, "how long a server that is ready lives, in the mean")
	f.DurationVar(&o.timeout, "timeout", 0, "give up after this `TIME` (default: 3 minutes and 4 s for each kill)")
	f.StringVar(&o.isolation, "isolation", "none", "what separates the sessions from the host: none or workspace")
	f.StringVar(&o.tailpty, "tailpty", "", "the tailpty program (default: beside this one)")
	f.Uint64Var(&o.seed, "seed", 0, "what the streams and the times are made from (default: a random number)")
	f.BoolVar(&o.json, "json", false, "print the report as JSON")
	f.BoolVar(&o.keep, "keep", false, "leave the folder with the logs behind")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	err := o.complete(f.NArg())
	if err != nil {
		fmt.Fprintln(stderr, "tailpty-chaos:", err)
	}
	return o, err
}

// complete checks the options and fills in what was left out.
func (o *options) complete(arguments int) error {
	switch {
	case arguments > 0:
		return errors.New("there are flags only")
	case o.sessions < 1 || o.kills < 0 || o.sessionKills < 0 || o.viewers < 0 || o.rate < 1 || o.typing < 1 || o.pace < 0:
		return errors.New("a number is out of bounds")
	case o.isolation != "none" && o.isolation != "workspace":
		return errors.New("the isolation is none or workspace")
	}
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	if o.timeout == 0 {
		o.timeout = 3*time.Minute + time.Duration(o.kills)*4*time.Second
	}
	if o.tailpty == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding tailpty: %w", err)
		}
		o.tailpty = filepath.Join(filepath.Dir(self), "tailpty")
	}
	if _, err := os.Stat(o.tailpty); err != nil {
		return fmt.Errorf("finding tailpty: %w", err)
	}
	return nil
}
