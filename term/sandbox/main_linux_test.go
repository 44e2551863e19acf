package sandbox

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// TestMain is also this program as a step of the wall, and as a thing that runs
// behind it.
func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == Word {
		os.Exit(Step(os.Args[2:]))
	}
	if len(os.Args) > 2 && os.Args[1] == "do" {
		if err := do(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// do does what no shell can, and prints what it got.
func do(what string, args []string) error {
	switch what {
	case "dial": // a Unix socket
		c, err := net.Dial("unix", args[0])
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = io.Copy(os.Stdout, c)
		return err
	case "trace": // a process
		pid, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		if _, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0, 0, 0, 0); errno != 0 {
			return errno
		}
		fmt.Println(marker)
	case "handle": // a file by its number
		b, err := hex.DecodeString(args[1])
		if err != nil {
			return err
		}
		kind, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		at, err := os.Open(args[2])
		if err != nil {
			return err
		}
		defer at.Close()
		fd, err := unix.OpenByHandleAt(int(at.Fd()), unix.NewFileHandle(int32(kind), b), unix.O_RDONLY)
		if err != nil {
			return err
		}
		_, err = io.Copy(os.Stdout, os.NewFile(uintptr(fd), "file"))
		return err
	}
	return nil
}
