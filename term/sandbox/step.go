package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// Word is the first argument with which this program is started as a step of the
// wall: it must then call Step with the others, before anything else.
const Word = "wall"

// The steps. Bubblewrap waits outside for what it has started inside, in the same
// process group, and a signal that is meant for the program would end it, which
// kills the program in the middle of its farewell. So hold has it started with
// those signals ignored, and free makes them heard again for the program.
const (
	hold = "hold"
	free = "free"
)

// group is the signals that a terminal or a session sends to a process group to
// end it.
var group = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM}

// Step goes on as the program that args name, after the first, which is the step.
// It returns only if that fails: with the exit status, as a shell has it, once it
// has said on stderr why.
func Step(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "tailpty: the wall has no such step")
		return 2
	}
	switch step, argv := args[0], args[1:]; step {
	case hold:
		signal.Ignore(group...)
		return become(argv)
	case free:
		// A signal that is ignored stays so in a new program; one that is caught
		// does not.
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, group...)
		select {
		case s := <-caught:
			return 128 + int(s.(syscall.Signal))
		default:
		}
		return become(argv)
	}
	fmt.Fprintln(os.Stderr, "tailpty: the wall has no such step")
	return 2
}

// become replaces this program by another.
func become(argv []string) int {
	path, err := exec.LookPath(argv[0])
	if err == nil {
		err = syscall.Exec(path, argv, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "tailpty: starting %s: %v\n", argv[0], err)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return 127
	}
	return 126
}
