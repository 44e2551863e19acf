//go:build linux

// Record makes the recordings in the folder above: it runs real programs in a
// PTY, types into them, and keeps what they print, with the places where the
// terminal was resized.
//
//	go build ./term/screen/testdata/record && sudo ./record -to term/screen/testdata [NAME...]
//
// It needs root, for namespaces: the programs see a machine named demo, a user
// named demo and no processes but theirs, so that a recording shows nothing of
// the machine it was made on. They work in /srv/demo, which is made anew. The
// programs have to be installed; one that is missing is left out with a word.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
)

// inside is set in the environment of the process in the new namespaces.
const inside = "TAILPTY_TEST_RECORD_INSIDE"

func main() {
	to := flag.String("to", ".", "folder for the recordings")
	flag.Parse()
	var err error
	if os.Getenv(inside) == "" {
		err = enter()
	} else {
		err = recordAll(*to, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// enter runs this program again in namespaces of its own.
func enter() error {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = "record"
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWUTS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Unshareflags: syscall.CLONE_NEWNS,
	}
	return cmd.Run()
}

// recordAll records the programs named, or all.
func recordAll(to string, names []string) error {
	if err := disguise(); err != nil {
		return err
	}
	for _, p := range programs {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		if err := writeSample(); err != nil {
			return err
		}
		r, err := record(p)
		if err == nil {
			err = r.save(to)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", p.name, err)
			continue
		}
		fmt.Printf("%-14s %7d bytes, %d resizes\n", p.name, len(r.data), len(r.resizes))
	}
	return nil
}
