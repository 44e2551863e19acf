package session

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// tty is our side of a PTY.
type tty struct{ *os.File }

// startOn starts a program on a new PTY of a size, as the leader of a session
// and of a process group of its own, with no descriptor of ours but the
// terminal.
func startOn(cmd *exec.Cmd, cols, rows int) (tty, error) {
	if err := sealDescriptors(); err != nil {
		return tty{}, fmt.Errorf("session: keeping our descriptors to ourselves: %w", err)
	}
	f, err := pty.StartWithAttrs(cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}, attributes())
	if err != nil {
		return tty{}, fmt.Errorf("session: starting %q: %w", cmd.Args[0], err)
	}
	defer f.Close()
	// The library leaves the file in blocking mode, in which closing it does not
	// end a read. A copy of it that is not blocking goes through the poller.
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return tty{}, fmt.Errorf("session: setting up the PTY: %w", err)
	}
	return tty{os.NewFile(uintptr(fd), f.Name())}, nil
}

// resize sets the size. It keeps the file out of blocking mode, which File.Fd
// would put it in.
func (t tty) resize(cols, rows int) error {
	raw, err := t.SyscallConn()
	if err != nil {
		return err
	}
	var ioctl error
	err = raw.Control(func(fd uintptr) {
		ioctl = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(cols), Row: uint16(rows)})
	})
	if err != nil {
		return err
	}
	return ioctl
}
