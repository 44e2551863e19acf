package main

import (
	"github.com/spf13/cobra"

	"tailpty/config"
)

// root is the command tree.
func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "tailpty",
		Short: "Codex sessions on your tailnet, and nowhere else",
		Long: `tailpty puts the Codex sessions of this machine on its tailnet, and nowhere else.

It joins the tailnet as a node of its own, knows each caller from Tailscale,
checks the grants of the tailnet's policy and a token, and attaches them to a
terminal. Treat it like SSH to this machine: who gets in can run anything.

First steps:
  tailpty config --example > ~/.config/tailpty/config.yaml   then edit it
  tailpty token new --name phone --login you@example.com
  tailpty serve`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.AddCommand(serveCommand(), configCommand(), tokenCommand(), renderCommand(), versionCommand())
	return c
}

// settings is where a command's configuration comes from.
type settings struct {
	file    string
	command *cobra.Command
}

// addTo gives a command --config and a flag for each setting that can have one.
// A secret has none: a command line is there for every user of the host to see.
func (s *settings) addTo(c *cobra.Command) {
	s.command = c
	c.Flags().StringVar(&s.file, "config", "", "configuration `FILE` (default $TAILPTY_CONFIG or ~/.config/tailpty/config.yaml)")
	for _, k := range config.Keys() {
		if k.Scalar && !k.Secret() {
			c.Flags().String(k.Flag(), "", "the setting "+k.Name)
		}
	}
}

// load reads the configuration. The Config is good as far as it could be read,
// even where there is an error.
func (s *settings) load() (config.Config, error) {
	overrides := map[string]string{}
	for _, k := range config.Keys() {
		if f := s.command.Flags().Lookup(k.Flag()); f != nil && f.Changed {
			overrides[k.Name] = f.Value.String()
		}
	}
	file := s.file
	if file == "" {
		file = config.DefaultFile()
	}
	return config.Load(file, overrides)
}
