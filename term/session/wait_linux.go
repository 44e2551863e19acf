package session

import (
	"errors"

	"golang.org/x/sys/unix"
)

// awaitExit waits until the program has ended, and leaves it to reap to give its
// number back to the system: until then nothing else can have it.
func (s *Session) awaitExit() (reap func() error) {
	for {
		err := unix.Waitid(unix.P_PID, s.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return s.cmd.Wait // which reports whatever is wrong
		}
	}
}
