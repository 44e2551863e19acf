package session

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stream is a Unix socket whose readers and writers wait in the kernel, each on a
// thread of its own, and not in Go's poller. A hand-over from process to process is
// most of what a key costs, and the poller makes more of it: it wakes a second
// thread for every byte that comes, and itself whenever the other side has read
// what was written. The server, which has many such connections and a tailnet
// beside them, is better off with the poller.
type stream struct {
	f   *os.File
	raw syscall.RawConn
}

// newStream makes a stream of a connection, which is closed.
func newStream(c *net.UnixConn) (*stream, error) {
	defer c.Close()
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	closed := raw.Control(func(from uintptr) {
		if fd, err = unix.FcntlInt(from, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			err = unix.SetNonblock(fd, false)
		}
	})
	if err = errors.Join(closed, err); err != nil {
		if fd >= 0 {
			unix.Close(fd)
		}
		return nil, err
	}
	s := &stream{f: os.NewFile(uintptr(fd), "session")}
	if s.raw, err = s.f.SyscallConn(); err != nil {
		return nil, errors.Join(err, s.f.Close())
	}
	return s, nil
}

func (s *stream) Read(p []byte) (int, error)  { return s.f.Read(p) }
func (s *stream) Write(p []byte) (int, error) { return s.f.Write(p) }

// writeNow writes what the kernel takes without waiting, which may be nothing.
func (s *stream) writeNow(p []byte) (n int, err error) {
	closed := s.raw.Write(func(fd uintptr) bool {
		n, err = unix.SendmsgN(int(fd), p, nil, nil, unix.MSG_DONTWAIT)
		return true
	})
	switch {
	case closed != nil:
		return 0, closed
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return 0, nil
	}
	return max(n, 0), err
}

// readable waits until there is something to read, for a while at most.
func (s *stream) readable(within time.Duration) (is bool) {
	_ = s.raw.Control(func(fd uintptr) {
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(within.Milliseconds()))
			if errors.Is(err, unix.EINTR) {
				continue
			}
			is = n > 0 || err != nil
			return
		}
	})
	return is
}

// Close ends the connection, and with it whoever reads or writes.
func (s *stream) Close() error {
	_ = s.raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) }) // closed already: nothing waits
	return s.f.Close()
}

// source is a reader that can be replaced: a greeting has a deadline, which only
// the poller knows.
type source struct{ io.Reader }
