// Command tailpty-bench measures tailpty beside other things that carry a
// terminal: how fast, how promptly, with how much memory. One run measures all
// rows, interleaved round by round, because a machine is never as fast as it was a
// minute ago: what counts is the ratio to the bare PTY's row of the same run.
//
//	tailpty-bench --markdown term/BENCHMARKS.md --json bench.json
//	tailpty-bench --only echo,ctrlc --rows limit,hops,tailpty
//	tailpty-bench --gate
//
// The programs in the terminals, the relays and the holders are this program
// itself, under hidden commands. Everything is on loopback and in a folder of its
// own, which goes at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// hidden are the commands that this program runs itself with.
var hidden = map[string]func(args []string) error{
	childCommand:        child,
	relayCommand:        serveRelay,
	relayTailnetCommand: serveRelayTailnet,
	hopsCommand:         serveHops,
	holderCommand:       hold,
	serveCommand:        serveTailpty,
	sessionCommand:      runSession,
}

// execute runs the command line and returns the exit status: 1 if a gate is shut
// or nothing could be measured, 2 for a wrong command line.
func execute(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		if run, ok := hidden[args[0]]; ok {
			if err := run(args[1:]); err != nil {
				fmt.Fprintln(stderr, "tailpty-bench", args[0]+":", err)
				return 1
			}
			return 0
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o, err := parse(args, stderr)
	if err != nil {
		return 2
	}
	if o.gate {
		err = passGate(ctx, o, stdout, stderr)
	} else {
		err = measure(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "tailpty-bench:", err)
		return 1
	}
	return 0
}

// measure is one whole run, and its report.
func measure(ctx context.Context, o options, stdout, stderr io.Writer) error {
	r, err := run(ctx, o, stderr)
	if r == nil {
		return err
	}
	return errors.Join(err, r.write(o, stdout))
}
