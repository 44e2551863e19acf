package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func newCommand() *cobra.Command {
	var via remoteFlags
	var view attachOptions
	var q sessionRequest
	var detach, asJSON bool
	c := &cobra.Command{
		Use:   "new [HOST] PROFILE",
		Short: "Start a session and attach to it",
		Long: `new starts a session of a profile of HOST, or without HOST of this machine, and
attaches to it as "tailpty attach" does.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			name, rest := hostAndRest(args, 1)
			q.Profile = rest[0]
			h, err := via.pick(c.Context(), name)
			if err != nil {
				return err
			}
			if q.Workspace == "" {
				all, err := h.Workspaces(c.Context())
				if err != nil {
					return err
				}
				if q.Workspace, err = workspaceFor(all, q.Profile); err != nil {
					return err
				}
			}
			detach = detach || asJSON
			if !detach {
				if err := view.prepare(); err != nil {
					return err
				}
				q.Cols, q.Rows = view.size()
			}
			s, err := h.Create(c.Context(), q)
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				return json.NewEncoder(c.OutOrStdout()).Encode(s)
			case detach:
				fmt.Fprintln(c.OutOrStdout(), s.ID)
				return nil
			}
			return view.attach(c.Context(), h, s)
		},
	}
	via.addTo(c)
	view.addTo(c)
	c.Flags().StringVar(&q.Workspace, "workspace", "", "the `NAME` of the workspace to start it in, where there is a choice")
	c.Flags().StringVar(&q.Name, "name", "", "what to call it (default the profile's name)")
	c.Flags().BoolVar(&detach, "detach", false, "do not attach: print the id")
	c.Flags().BoolVar(&asJSON, "json", false, "do not attach: print the session as JSON")
	return c
}

// workspaceFor is the only workspace in which a profile can be started.
func workspaceFor(all []workspace, profile string) (string, error) {
	var found, profiles []string
	for _, w := range all {
		if slices.Contains(w.Profiles, profile) {
			found = append(found, printable(w.Name))
		}
		profiles = append(profiles, w.Profiles...)
	}
	slices.Sort(profiles)
	profiles = slices.Compact(profiles)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%s can be started in %s: say which with --workspace", profile, strings.Join(found, ", "))
	case len(profiles) == 0:
		return "", errors.New("there is nothing that you may start there: your grants do not include create")
	}
	return "", fmt.Errorf("there is no profile %q that you may start there; there is %s", profile, printable(strings.Join(profiles, ", ")))
}
