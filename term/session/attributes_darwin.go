package session

import "syscall"

// attributes: the program leads a session and a process group of its own, on the
// terminal.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true, Setctty: true} }
