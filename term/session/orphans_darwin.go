package session

// Mark is the environment variable with the session's id.
const Mark = "TAILPTY_SESSION"

// adoptOrphans: macOS has no such thing.
func adoptOrphans() error { return nil }

// endOrphans: a terminal that closes ends what is on it; the rest is not found.
func endOrphans(string) {}

// reapOrphans: nothing is adopted.
func (h *host) reapOrphans() {}
