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
	return append(terminalEnv(dir, inherit()), profile...) // the last of two of a name counts
}

// inherit is what programs get of this process's environment.
func inherit() []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if slices.Contains(inherited, name) || strings.HasPrefix(name, "LC_") {
			env = append(env, e)
		}
	}
	return env
}

// terminalEnv is an environment with what a terminal says of itself, and without
// what would say it of another.
func terminalEnv(dir string, env []string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.Contains([]string{"COLUMNS", "LINES", "PWD", "OLDPWD", "STY", "TERM", "TERMCAP", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "TMUX_PANE", "WINDOWID"}, name)
	})
	return append(env, "TERM=xterm-256color", "COLORTERM=truecolor", "PWD="+dir)
}
