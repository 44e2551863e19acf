package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tailpty/term"
)

func runCommand() *cobra.Command {
	var from settings
	var view attachOptions
	var name string
	var detach bool
	c := &cobra.Command{
		Use:   "run [--] COMMAND [ARGUMENT...]",
		Short: "Run a command as a session, in this terminal and on the tailnet at once",
		Long: `run starts a command in this folder as a session and attaches this terminal to
it. The session is on the board of this machine's tailpty at once, if that runs;
it goes on when this terminal is closed, and whether or not the server is up.
"tailpty attach" comes back to it.

A Codex that runs already, elsewhere, cannot be taken over: quit it, and then
  tailpty run codex resume

"tailpty shell-init" prints an alias with which codex means this.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !detach {
				if err := view.prepare(); err != nil {
					return err
				}
			}
			h, err := openLocal(c.Context(), &from)
			if err != nil {
				return err
			}
			id, err := h.run(name, args, &view, detach)
			if err != nil {
				return err
			}
			if detach {
				_, err := fmt.Fprintln(c.OutOrStdout(), id)
				return err
			}
			all, err := h.Sessions(c.Context())
			if err != nil {
				return err
			}
			s, err := choose(all, id)
			if err != nil {
				return err
			}
			return view.attach(c.Context(), h, s)
		},
	}
	c.Flags().SetInterspersed(false)
	from.addFile(c)
	view.addTo(c)
	c.Flags().StringVar(&name, "name", "", "what to call the session (default: the command)")
	c.Flags().BoolVar(&detach, "detach", false, "do not attach: print the session's id")
	return c
}

// run starts a command as a session of this machine.
func (h *localHost) run(name string, args []string, view *attachOptions, detach bool) (id string, err error) {
	program, err := exec.LookPath(args[0])
	if err != nil {
		return "", fmt.Errorf("there is no command %q: %w", args[0], errors.Unwrap(err))
	}
	if program, err = filepath.Abs(program); err != nil {
		return "", err
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if name == "" {
		name = filepath.Base(args[0])
	}
	cols, rows := 80, 24
	if !detach {
		cols, rows = view.size()
	}
	return h.sessions.Run(h.caller, term.Run{Name: name, Command: append([]string{program}, args[1:]...), Env: ownEnvironment(os.Environ()), Dir: dir,
		Isolation: h.config.Isolation, Cols: cols, Rows: rows})
}

// ownEnvironment is a person's environment without what is for tailpty itself.
func ownEnvironment(env []string) []string {
	var out []string
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "TAILPTY_") && !strings.HasPrefix(name, "TS_") && name != "CREDENTIALS_DIRECTORY" {
			out = append(out, e)
		}
	}
	return out
}

func shellInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "shell-init",
		Short: "Print an alias with which codex means `tailpty run codex`",
		Long: `shell-init prints lines for the start-up file of a shell:

  eval "$(tailpty shell-init)"        in ~/.bashrc or ~/.zshrc
  tailpty shell-init | source         in ~/.config/fish/config.fish

Inside a session the alias does nothing, so that no session runs within one.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), `test -n "$TAILPTY_SESSION" || alias codex='tailpty run codex'`)
			return err
		},
	}
}
