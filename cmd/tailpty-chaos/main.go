// Command tailpty-chaos shows that sessions outlive everything: it runs the real
// `tailpty serve` on a private tailnet, loads its sessions with known streams of
// bytes in both directions, and kills servers, connections and single sessions,
// stops processes, fills the disk and takes descriptors away, at random times.
// At the end it compares what went in at one end with what came out at the
// other, byte for byte, and prints what was done and what was lost.
//
// What it holds the program to has bounds, which it keeps within: a session waits
// at most 2 s for a driver that says nothing, and then keeps the last 8 MiB of
// output. So before a driver is cut off it has caught up. Drivers stand for clients that live: what is cut is their
// connection, for a client that is killed takes what it had not sent with it.
// Clients that are killed whole are the viewers.
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

// execute runs the command line and returns the exit status: 1 if anything was
// lost or could not be tried, 2 for a wrong command line.
func execute(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == childCommand {
		return child(args[1:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o, err := parse(args, stderr)
	if err != nil {
		return 2
	}
	r, err := run(ctx, o, stderr)
	if r != nil {
		write := r.writeText
		if o.json {
			write = r.writeJSON
		}
		err = errors.Join(err, write(stdout))
	}
	if err != nil {
		fmt.Fprintln(stderr, "tailpty-chaos:", err)
		return 1
	}
	if !r.good() {
		return 1
	}
	return 0
}
