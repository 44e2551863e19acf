// Command tailpty puts the Codex sessions of a machine on the machine's tailnet,
// and nowhere else. serve.go is where the program is put together.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tailpty/term/sandbox"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Word {
		os.Exit(sandbox.Step(os.Args[2:]))
	}
	os.Exit(run())
}

// run is main with an exit status: 0, 1 for an error that stderr explains, or that
// of the program that was attached to.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if status, ok := errors.AsType[exitStatus](err); ok {
		return int(status)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tailpty:", err)
		return 1
	}
	return 0
}
