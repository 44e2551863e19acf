package session

import "syscall"

// attributes: the program leads a session and a process group of its own, on the
// terminal, and is killed when this process ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
}
