package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tailpty/term"
)

func lsCommand() *cobra.Command {
	var via remoteFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "ls [HOST]",
		Short: "List sessions",
		Long: `ls lists the sessions that you may see: those of HOST over the tailnet, or
without HOST those of this machine.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name, _ := hostAndRest(args, 0)
			h, err := via.pick(c.Context(), name)
			if err != nil {
				return err
			}
			all, err := h.Sessions(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				if all == nil {
					all = []term.Session{}
				}
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"sessions": all})
			}
			if len(all) == 0 {
				fmt.Fprintln(c.ErrOrStderr(), "There is no session. `tailpty new` starts one.")
				return nil
			}
			return listSessions(c.OutOrStdout(), all, time.Now())
		},
	}
	via.addTo(c)
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

// listSessions writes sessions as a table.
func listSessions(out io.Writer, all []term.Session, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tSTATE\tAGE\tPROFILE\tWORKSPACE\tOWNER\tWATCHED BY\tTITLE")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", shortID(printable(s.ID)), printable(s.Name), stateOf(s), age(now.Sub(s.Created)),
			printable(s.Profile), printable(s.Workspace), printable(s.Owner), len(s.People), printable(s.Title))
	}
	return w.Flush()
}

// stateOf is a session's state in a word or two.
func stateOf(s term.Session) string {
	if s.Ended != nil && s.Exit != nil {
		return fmt.Sprintf("ended (%d)", *s.Exit)
	}
	return printable(s.State)
}

// age is a time span, roughly.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
