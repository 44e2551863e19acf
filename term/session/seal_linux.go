package session

import (
	"math"

	"golang.org/x/sys/unix"
)

// sealDescriptors marks every descriptor of this process but the standard ones
// to be closed when a program is started. Go does so for what it opens; this is
// for what our own parent left open.
func sealDescriptors() error {
	return unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
}
