package session

import "golang.org/x/sys/unix"

// poll waits until events (POLLIN or POLLOUT) can be had of fd, or the other side
// of the pipe wake is closed.
func poll(fd int, events int16, wake int) (ready, closing bool, err error) {
	fds := [2]unix.PollFd{{Fd: int32(fd), Events: events}, {Fd: int32(wake), Events: unix.POLLIN}}
	_, err = unix.Poll(fds[:], -1)
	return err == nil && fds[0].Revents != 0, err == nil && fds[1].Revents != 0, err
}
