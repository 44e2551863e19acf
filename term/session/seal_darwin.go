package session

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// sealDescriptors marks every descriptor of this process but the standard ones
// to be closed when a program is started. Go does so for what it opens; this is
// for what our own parent left open.
func sealDescriptors() error {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return err
	}
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// replaceDescriptor makes a descriptor another one of a file.
func replaceDescriptor(f *os.File, fd int) error { return unix.Dup2(int(f.Fd()), fd) }
