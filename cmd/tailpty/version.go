package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"tailpty/tsapp"
	"tailpty/ui"
)

// version is what the program is built from; a release is built from a tag.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel " + s.Value[:12]
		}
	}
	return "devel"
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and how this program was built",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			out := c.OutOrStdout()
			fmt.Fprintf(out, "tailpty %s\n%s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			if err := tsapp.CheckBuild(); err != nil {
				fmt.Fprintln(out, "network: built without the tags that keep it off the host: it refuses to serve (use `just build`)")
			} else {
				fmt.Fprintln(out, "network: no PeerAPI listener, no log upload, no port mapper")
			}
			if !ui.Built() {
				fmt.Fprintln(out, "web app: not in this build (use `just build`)")
			}
			return nil
		},
	}
}
