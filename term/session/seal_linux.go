package session

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// sealDescriptors marks every descriptor of this process but the standard ones
// to be closed when a program is started. Go does so for what it opens; this is
// for what our own parent left open.
func sealDescriptors() error {
	return unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
}

// replaceDescriptor makes a descriptor another one of a file.
func replaceDescriptor(f *os.File, fd int) error { return unix.Dup3(int(f.Fd()), fd, 0) }
