package session

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer refuses a connection of another user's.
func checkPeer(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var cred *unix.Xucred
	var why error
	if err := raw.Control(func(fd uintptr) {
		cred, why = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	}); err != nil {
		return err
	}
	if why != nil {
		return why
	}
	if int(cred.Uid) != os.Geteuid() {
		return fmt.Errorf("session: a connection of uid %d", cred.Uid)
	}
	return nil
}
