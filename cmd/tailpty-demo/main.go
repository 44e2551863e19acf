// Command tailpty-demo shows tailpty without an account and without a network:
// a private tailnet on loopback, the real `tailpty serve` on it as a tagged
// node with HTTPS, and the devices of three people, each behind an address of
// this machine that a browser can open.
//
// It prints the addresses and a token, on stderr for people or with --json as
// one line on stdout. What it writes lies in one folder that is gone when it
// ends, in whichever way that happens: a keeper, a process of its own, sees it
// end and clears up. run.go reads from top to bottom as what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(execute(os.Args[1:])) }

// execute runs the command line and returns the exit status: 0 also when a
// signal ended the demo.
func execute(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	c := command()
	c.SetArgs(args)
	err := c.ExecuteContext(ctx)
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return 0
	}
	fmt.Fprintln(os.Stderr, "tailpty-demo:", err)
	return 1
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "tailpty-demo [-- COMMAND [ARGUMENT...]]",
		Short: "tailpty on a private tailnet, in one command",
		Long: `tailpty-demo starts a private tailnet on this machine, tailpty on it, and the
devices of three people: alice may do everything, bob may watch, mallory has no
grant. It prints an address for each of them, for a browser with nothing set up.

Codex runs against a small scripted model on this machine, so that nothing needs
an account. Everything is gone when it ends: Ctrl-C.`,
		Example: `  tailpty-demo                         a sample workspace, codex with the scripted model
  tailpty-demo --workspace ~/src/web   a folder of yours
  tailpty-demo --real-codex            codex with your own login
  tailpty-demo -- htop                 another command in the place of codex`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && c.ArgsLenAtDash() != 0 {
				return fmt.Errorf("unknown argument %q: a command to run stands behind --", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.command = args
			return run(c.Context(), o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print one line of JSON on stdout once all is up")
	f.IntVar(&o.listenBase, "listen-base", 0, "alice is at port `P`, bob at P+2, mallory at P+4, and their forwards one above (default: free ports)")
	f.StringVar(&o.workspace, "workspace", "", "use the folder `DIR` as the workspace, by its name, in the place of the sample")
	f.BoolVar(&o.realCodex, "real-codex", false, "run codex with your own login and model")
	f.StringVar(&o.tailpty, "tailpty", "", "the tailpty program (default: beside this one)")
	f.BoolVar(&o.verbose, "verbose", false, "show what the private tailnet and the devices log")
	c.AddCommand(keeperCommand())
	return c
}
