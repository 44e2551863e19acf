//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// terminalSignals tells of changes of the terminal's size, and of its end.
func terminalSignals() (resized, gone <-chan os.Signal, stop func()) {
	r, g := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(r, syscall.SIGWINCH)
	signal.Notify(g, syscall.SIGHUP)
	return r, g, func() { signal.Stop(r); signal.Stop(g) }
}
