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
	c.AddCommand(serveCommand(), sessionCommand(), runCommand(), shellInitCommand(), configCommand(), tokenCommand(), renderCommand(), versionCommand(),
		lsCommand(), newCommand(), attachCommand(), endCommand(), loginCommand())
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
	s.addFile(c)
	for _, k := range config.Keys() {
		if k.Scalar && !k.Secret() {
			c.Flags().String(k.Flag(), "", "the setting "+k.Name)
		}
	}
}

// addFile gives a command --config alone.
func (s *settings) addFile(c *cobra.Command) {
	s.command = c
	c.Flags().StringVar(&s.file, "config", "", "configuration `FILE` (default $TAILPTY_CONFIG or ~/.config/tailpty/config.yaml)")
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
	return config.Load(s.path(), overrides)
}

// path is the configuration's file, or empty where there is none.
func (s *settings) path() string {
	if s.file == "" {
		return config.DefaultFile()
	}
	return s.file
}
