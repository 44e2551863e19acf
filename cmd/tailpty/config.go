package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tailpty/config"
)

func configCommand() *cobra.Command {
	var from settings
	var example bool
	c := &cobra.Command{
		Use:   "config",
		Short: "Print the configuration in effect, without its secrets",
		Long: `config prints what file, environment and flags together say, as YAML, with
secrets redacted, and then every problem there is with it. --example prints an
annotated file with every setting at its default.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if example {
				_, err := fmt.Fprint(c.OutOrStdout(), config.Example)
				return err
			}
			all, problem := from.load()
			if err := all.Print(c.OutOrStdout()); err != nil {
				return err
			}
			return problem
		},
	}
	from.addTo(c)
	c.Flags().BoolVar(&example, "example", false, "print an annotated example instead")
	return c
}
