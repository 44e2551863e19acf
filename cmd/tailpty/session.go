package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tailpty/config"
	"tailpty/term/session"
)

// sessionName is the hidden command that is the process of one session.
const sessionName = "session"

func sessionCommand() *cobra.Command {
	return &cobra.Command{
		Use:    sessionName,
		Short:  "The process of one session; tailpty starts it itself",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if status := session.Main(os.Stdin, os.Stdout); status != 0 {
				return fmt.Errorf("the session did not start")
			}
			return nil
		},
	}
}

// sessionProgram is the argument vector of the process of a session: this program.
func sessionProgram() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return []string{self, sessionName}, nil
}

// places is where sessions are written down, and where their sockets are.
func places(c config.Config) session.Places {
	return session.Places{State: filepath.Join(c.StateDir, "sessions"), Runtime: c.RuntimeDir}
}
