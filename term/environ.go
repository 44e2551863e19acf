package term

import (
	"os"
	"slices"
	"strings"
)

// inherited is what a session gets of the server's environment: an allow-list,
// so that no key and no token of the server reaches a program.
var inherited = []string{"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER", "XDG_RUNTIME_DIR"}

// environment is a session's whole environment: what is inherited, what a
// terminal says of itself, and what the profile adds, which wins.
func environment(dir string, profile []string) []string {
	env := []string{"TERM=xterm-256color", "COLORTERM=truecolor", "PWD=" + dir}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if slices.Contains(inherited, name) || strings.HasPrefix(name, "LC_") {
			env = append(env, e)
		}
	}
	return append(env, profile...) // the last of two of a name counts
}
