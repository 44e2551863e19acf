//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// terminalSignals tells of changes of the terminal's size, and of what ends an
// attachment: that the terminal is gone, or that somebody asks for it.
func terminalSignals() (resized, gone <-chan os.Signal, stop func()) {
	r, g := make(chan os.Signal, 1), make(chan os.Signal, 3)
	signal.Notify(r, syscall.SIGWINCH)
	signal.Notify(g, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	return r, g, func() { signal.Stop(r); signal.Stop(g) }
}
