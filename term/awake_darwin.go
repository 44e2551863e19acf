package term

// inhibitor is the command that keeps the machine awake for as long as what it runs
// runs, which is until its input ends.
func inhibitor() []string { return []string{"caffeinate", "-i", "cat"} }
