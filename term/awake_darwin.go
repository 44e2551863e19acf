package term

// inhibitor is the command that keeps the machine awake for as long as it runs.
func inhibitor() []string { return []string{"caffeinate", "-i"} }
