package session

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// tty is our side of a PTY. It is read and written on threads of their own and not
// through Go's poller, as a [stream] is and for the same reason; but it never blocks
// by itself, so that closing it ends who waits.
type tty struct {
	mu     sync.RWMutex // held for reading while the descriptors are used
	closed bool
	fd     int
	wake   [2]int // a pipe that is closed with it
}

// startOn starts a program on a new PTY of a size, as the leader of a session
// and of a process group of its own, with no descriptor of ours but the
// terminal.
func startOn(cmd *exec.Cmd, cols, rows int) (*tty, error) {
	if err := sealDescriptors(); err != nil {
		return nil, fmt.Errorf("session: keeping our descriptors to ourselves: %w", err)
	}
	f, err := pty.StartWithAttrs(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}, attributes())
	if err != nil {
		return nil, fmt.Errorf("session: starting %q: %w", cmd.Args[0], err)
	}
	defer f.Close()
	t, err := newTTY(int(f.Fd()))
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("session: setting up the PTY: %w", err)
	}
	return t, nil
}

// newTTY makes a tty of a copy of a descriptor.
func newTTY(from int) (*tty, error) {
	t := &tty{}
	if err := unix.Pipe(t.wake[:]); err != nil {
		return nil, err
	}
	unix.CloseOnExec(t.wake[0])
	unix.CloseOnExec(t.wake[1])
	var err error
	if t.fd, err = unix.FcntlInt(uintptr(from), unix.F_DUPFD_CLOEXEC, 0); err == nil {
		if err = unix.SetNonblock(t.fd, true); err == nil {
			return t, nil
		}
		unix.Close(t.fd)
	}
	unix.Close(t.wake[0])
	unix.Close(t.wake[1])
	return nil, err
}

// use calls f while the descriptors are there.
func (t *tty) use(f func() (int, error)) (int, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.closed {
		return 0, os.ErrClosed
	}
	return f()
}

// readNow reads what output there is, which may be nothing. One goroutine reads.
// The error is os.ErrClosed after Close.
func (t *tty) readNow(p []byte) (int, error) {
	return t.use(func() (int, error) {
		n, err := unix.Read(t.fd, p)
		if again(err) {
			return 0, nil
		}
		if n == 0 && err == nil {
			err = io.EOF
		}
		return max(n, 0), err
	})
}

// Write writes all of p, however long that takes.
func (t *tty) Write(p []byte) (int, error) {
	return t.use(func() (written int, err error) {
		for written < len(p) {
			n, err := unix.Write(t.fd, p[written:])
			switch {
			case err == nil:
				written += n
			case !again(err):
				return written, err
			default:
				if err := t.await(unix.POLLOUT); err != nil {
					return written, err
				}
			}
		}
		return written, nil
	})
}

// writeNow writes what the terminal takes without waiting, which may be nothing.
func (t *tty) writeNow(p []byte) (int, error) {
	return t.use(func() (int, error) {
		n, err := unix.Write(t.fd, p)
		if again(err) {
			return 0, nil
		}
		return max(n, 0), err
	})
}

func again(err error) bool { return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) }

// wait waits until the terminal can be read or written (POLLIN, POLLOUT), or is
// being closed.
func (t *tty) wait(events int16) error {
	_, err := t.use(func() (int, error) { return 0, t.await(events) })
	return err
}

// await is wait while the descriptors are in use.
func (t *tty) await(events int16) error {
	for {
		ready, closing, err := poll(t.fd, events, t.wake[0])
		switch {
		case err != nil && !again(err):
			return err
		case closing:
			return os.ErrClosed
		case ready:
			return nil
		}
	}
}

// resize sets the size.
func (t *tty) resize(cols, rows int) error {
	_, err := t.use(func() (int, error) {
		return 0, unix.IoctlSetWinsize(t.fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(cols), Row: uint16(rows)})
	})
	return err
}

// Close ends who waits, and closes our side. It is called once.
func (t *tty) Close() error {
	unix.Close(t.wake[1])
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return errors.Join(unix.Close(t.fd), unix.Close(t.wake[0]))
}
