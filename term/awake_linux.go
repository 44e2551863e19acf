package term

// inhibitor is the command that keeps the machine awake for as long as it runs:
// systemd's, for as long as what it runs runs, which is until its input ends.
func inhibitor() []string {
	return []string{"systemd-inhibit", "--what=sleep:idle", "--who=tailpty", "--why=A session is working", "--mode=block", "cat"}
}
