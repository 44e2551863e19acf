package session

import "golang.org/x/sys/unix"

// poll waits until events (POLLIN or POLLOUT) can be had of fd, or the other side
// of the pipe wake is closed. It is select(2): poll(2) knows no terminals here.
func poll(fd int, events int16, wake int) (ready, closing bool, err error) {
	var in, out unix.FdSet
	in.Set(wake)
	if events == unix.POLLIN {
		in.Set(fd)
	} else {
		out.Set(fd)
	}
	_, err = unix.Select(max(fd, wake)+1, &in, &out, nil, nil)
	return err == nil && (in.IsSet(fd) || out.IsSet(fd)), err == nil && in.IsSet(wake), err
}
