package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tailpty/term"
	"tailpty/term/predict"
)

func attachCommand() *cobra.Command {
	var via remoteFlags
	var view attachOptions
	c := &cobra.Command{
		Use:   "attach [HOST] [SESSION]",
		Short: "Attach this terminal to a session",
		Long: `attach shows a session in this terminal and types into it what you type. It
comes back by itself when the connection is lost, and types what you typed
meanwhile then, once. When the program ends, attach ends with its status.

SESSION is its name, its id, or the beginning of its id; it may be left out
where one session runs. One argument alone is a HOST if it has a dot or a colon
or "tailpty login" knows it, and else a SESSION of this machine; HOST: is always
a HOST.

One at a time types. Whoever comes first does, and the session has the size of
their terminal; others see as much as fits.

On a slow line what you type at a shell is shown at once, underlined, until its
echo comes; --predict off waits for the echo. What has none, as a password, is
not shown. Exit status: the program's; 0 when you detach; 128 and the signal's
number when one ended attach.

Keys, with the default --detach-key ctrl-\:
  Ctrl-\           detach; the session goes on
  Ctrl-\ Ctrl-\    type one Ctrl-\ into the session
  Ctrl-\ t         take the wheel from who has it, where you may
  Ctrl-\ r         give the wheel back`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			name, session := hostAndSession(args)
			h, err := via.pick(c.Context(), name)
			if err != nil {
				return err
			}
			if err := view.prepare(); err != nil {
				return err
			}
			all, err := h.Sessions(c.Context())
			if err != nil {
				return err
			}
			s, err := choose(all, session)
			if err != nil {
				return err
			}
			return view.attach(c.Context(), h, s)
		},
	}
	via.addTo(c)
	view.addTo(c)
	c.Flags().BoolVar(&view.viewOnly, "view", false, "only watch: type nothing")
	return c
}

// attachOptions is how to attach, and the terminal to do it in.
type attachOptions struct {
	viewOnly  bool
	take      bool
	detachKey string
	predict   string

	leader   byte
	guess    predict.Mode
	terminal *terminal
}

func (o *attachOptions) addTo(c *cobra.Command) {
	c.Flags().StringVar(&o.detachKey, "detach-key", `ctrl-\`, "the `KEY` that detaches")
	c.Flags().StringVar(&o.predict, "predict", "auto", "show what you type before its echo comes: `WHEN` is auto (on a slow line), off or always")
	c.Flags().BoolVar(&o.take, "take", false, "take the wheel from who has it, where you may")
}

// prepare finds what would make attaching fail.
func (o *attachOptions) prepare() (err error) {
	if o.leader, err = parseLeader(o.detachKey); err != nil {
		return fmt.Errorf("--detach-key: %w", err)
	}
	if o.guess, err = predict.ParseMode(o.predict); err != nil {
		return fmt.Errorf("--predict: %w", err)
	}
	o.terminal, err = openTerminal()
	return err
}

// size is the terminal's, in cells.
func (o *attachOptions) size() (cols, rows int) { return o.terminal.size() }

// attach attaches to a session until it ends or the person detaches. A status of
// the program's that is not 0 is an exitStatus.
func (o *attachOptions) attach(ctx context.Context, h host, s term.Session) error {
	a := newAttachment(o, h, s)
	how, err := a.run(ctx)
	name := printable(s.Name)
	switch {
	case err != nil:
		return err
	case o.terminal.stuck: // and cannot be told anything
	case how.detached:
		fmt.Fprintf(os.Stderr, "[detached from %s; come back with %s]\n", name, comeBack(h, s))
	default:
		fmt.Fprintf(os.Stderr, "[%s has ended with status %d]\n", name, how.exit)
	}
	switch {
	case how.signal != 0:
		return exitStatus(128 + int(how.signal))
	case how.detached:
		return nil
	}
	if how.exit != 0 {
		return exitStatus(how.exit)
	}
	return nil
}

// exitStatus ends this program with a status, and nothing more to say.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("status %d", int(e)) }

// comeBack is the command that attaches again.
func comeBack(h host, s term.Session) string {
	command := "tailpty attach "
	if h.Name() != "" {
		command += h.Name() + " "
	}
	return command + shortID(s.ID)
}
