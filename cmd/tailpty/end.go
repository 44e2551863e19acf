package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func endCommand() *cobra.Command {
	var via remoteFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "end [HOST] SESSION",
		Short: "End a session",
		Long: `end ends the program of a session and everything that it started. A session
that has ended already leaves the list. SESSION is its name, its id, or the
beginning of its id.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			name, rest := hostAndRest(args, 1)
			h, err := via.pick(c.Context(), name)
			if err != nil {
				return err
			}
			all, err := h.Sessions(c.Context())
			if err != nil {
				return err
			}
			s, err := choose(all, rest[0])
			if err != nil {
				return err
			}
			if err := h.End(c.Context(), s.ID); err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(map[string]string{"id": s.ID})
			}
			done := "Ended"
			if !running(s) {
				done = "Took off the list:"
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s %s (%s).\n", done, printable(s.Name), shortID(s.ID))
			return nil
		},
	}
	via.addTo(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print the id as JSON")
	return c
}
