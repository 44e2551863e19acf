package session

import "golang.org/x/sys/unix"

// boot names the present run of the machine.
func boot() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}
