package term

// inhibitor is the command that keeps the machine awake for as long as it runs:
// systemd's, for as long as it is given something to run.
func inhibitor() []string {
	return []string{"systemd-inhibit", "--what=sleep:idle", "--who=tailpty", "--why=A session is working", "--mode=block", "sleep", "infinity"}
}
