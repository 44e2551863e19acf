package tsapp

// CheckSockets does nothing on macOS, which has no table of a process's own
// sockets to read: there the build tags alone keep the listener out.
func CheckSockets() error { return nil }
