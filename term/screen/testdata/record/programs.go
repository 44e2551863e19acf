//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"tailpty/cmd/tailpty-demo/model"
)

// A program is what is recorded, and what is typed into it.
type program struct {
	name       string
	cols, rows int
	dir        string // project, if it is empty
	argv       []string
	steps      []step
	prepare    func() (argv, env []string, stop func(), err error) // comes before argv
}

// typed is one step for each text.
func typed(texts ...string) (steps []step) {
	for _, text := range texts {
		steps = append(steps, step{keys: text})
	}
	return steps
}

func resized(cols, rows int) []step { return []step{{cols: cols, rows: rows}} }

func join(parts ...[]step) (all []step) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func repeated(n int, steps ...step) (all []step) {
	for range n {
		all = append(all, steps...)
	}
	return all
}

// returns is n times Enter.
func returns(n int) []step { return repeated(n, step{keys: "\r"}) }

// everySecond is n resizes, with keys typed in between.
func everySecond(n int, keys ...string) (steps []step) {
	for i := range n {
		steps = append(steps, step{cols: 40 + i*37%90, rows: 8 + i*17%36, wait: 500 * time.Millisecond},
			step{keys: keys[i%len(keys)], wait: 500 * time.Millisecond})
	}
	return steps
}

const (
	left, right = "\x1b[D", "\x1b[C"
	up, down    = "\x1b[A", "\x1b[B"
	pageDown    = "\x1b[6~"
	f10         = "\x1b[21~"
)

var bash = []string{"bash", "--norc", "--noprofile"}

var programs = []program{
	{name: "codex-alternate", cols: 120, rows: 40, dir: root + "/sample", prepare: codex, steps: codexSteps},
	{name: "codex-inline", cols: 100, rows: 30, dir: root + "/sample", prepare: codex, argv: []string{"--no-alt-screen"}, steps: codexSteps},
	{name: "vim", cols: 100, rows: 30, argv: []string{"vim", "-u", "NONE", "-N", "-c", "syntax on", "-c", "set number ruler title", "src/f1.go"}, steps: join(
		typed("Gofunc G() { return 漢字 }\x1b", "gg/return\r", "10.", ":sp tongues.txt\r", pageDown, pageDown, "\x17w", "Vjd", ":vsp\r", ":set list hlsearch cursorline\r"),
		resized(70, 20), typed("u", "\x12", ":q\r", "ithe quick e\u0301 👍\x1b"), resized(130, 44), typed(":!ls -l\r", "\r", ":help\r", pageDown, ":qa!\r"))},
	{name: "nvim", cols: 110, rows: 34, argv: []string{"nvim", "--clean", "src/f2.go"}, steps: join(
		typed(":set termguicolors number cursorline list\r", "ofunc H() {}\x1b", ":e tongues.txt\r", pageDown, pageDown, ":vsp src/f3.go\r", ":terminal\r"),
		typed("ils --color\r", "\x1c\x0e"), resized(60, 18), typed(":q!\r", "gg", "VG:s/e/E/g\r", "u"), resized(140, 40), typed(":help\r", pageDown, ":qa!\r"))},
	{name: "htop", cols: 120, rows: 36, prepare: background, argv: []string{"htop", "-d", "5"}, steps: join(
		typed(down, down, "t", "\x1b[16~", "H"), resized(80, 20), typed("\x1bOP", "q", "\x1bOQ", down, down, "\x1b"), []step{{wait: 2 * time.Second}}, resized(150, 50), []step{{wait: time.Second}}, typed("q"))},
	{name: "top", cols: 90, rows: 25, prepare: background, argv: []string{"top", "-d", "0.5"}, steps: join(typed("z", "x", "1", "V"), []step{{wait: 2 * time.Second}}, resized(60, 15), []step{{wait: time.Second}}, typed("q"))},
	{name: "btop", cols: 120, rows: 40, prepare: background, argv: []string{"btop"}, steps: join([]step{{wait: 3 * time.Second}}, typed("m", up, down, "\x1b", "2"), resized(100, 30), []step{{wait: 2 * time.Second}}, typed("q"))},
	{name: "less", cols: 80, rows: 24, argv: []string{"less", "-R", "numbers.txt"}, steps: join(
		typed(" ", " ", "b", "G", "g", "/99\r", "n", "n", "N", "u", "50%"), resized(50, 12), typed(" ", "d", "-N\r", " "), resized(100, 40), typed("h", "q", "q"))},
	{name: "pager-tongues", cols: 72, rows: 20, argv: []string{"less", "-S", "tongues.txt"}, steps: join(
		typed(" ", right, right, left, down, down, "b", "G", "g", "-S\r", " ", " "), resized(41, 13), typed(" ", down, "/漢字\r", "n"), resized(23, 30), typed(" ", "b", down, up, "q"))},
	{name: "man", cols: 78, rows: 24, argv: []string{"man", "git-log"}, steps: join(typed(" ", " ", "/commit\r", "n", "G"), resized(60, 18), typed("b", "b", "q"))},
	{name: "tmux", cols: 110, rows: 32, argv: []string{"tmux", "-L", "record", "-f", "/dev/null", "new-session", "bash --norc --noprofile"}, steps: join(
		typed("ls --color\r", "\x02%", "seq 100\r", "\x02\"", "cat tongues.txt | head -40\r", "\x02o", "\x02[", pageDown, "q", "\x02c", "top -d 0.5\r"), []step{{wait: time.Second}},
		typed("q", "\x02p", "\x02z"), resized(70, 18), typed("\x02z", "\x02w", "\r", "echo 漢字 👍\r"), resized(130, 44), typed("\x02?", "q", "\x02:kill-server\r"))},
	{name: "mc", cols: 100, rows: 30, argv: []string{"mc", "-d", "-x"}, steps: join(
		typed(down, down, "\t", down, "\x1bOR", pageDown, "\x1b[21~", "\x1b[20~", right, right, down, "\x1b\x1b"), resized(78, 22), typed("\x0f", "ls\r", "\x0f"), resized(132, 40), typed(f10, "\r"))},
	{name: "nano", cols: 80, rows: 24, argv: []string{"nano", "-l", "src/f4.go"}, steps: join(
		typed("hello 漢字 ", down, down, "\x0b", "\x0b", "\x15", "\x17return\r", "\x1b/", "wide 👍 text", "\x07", "\x18"), resized(50, 14), typed(pageDown, "\x18", "n"))},
	{name: "dialog", cols: 80, rows: 24, argv: []string{"dialog", "--title", "Choose", "--checklist", "What is wanted?", "15", "50", "8", "1", "one", "on", "2", "two 漢字", "off", "3", "three", "off"}, steps: join(
		typed(down, " ", down, " ", "\t"), resized(60, 20), typed("\t", "\r"))},
	{name: "whiptail", cols: 80, rows: 24, argv: []string{"sh", "-c", "for i in 5 25 60 90 100; do echo $i; sleep 0.2; done | whiptail --gauge Working 8 50 0; whiptail --menu Menu 15 40 5 a First b Second; whiptail --yesno 'Sure?' 8 30"}, steps: typed(down, down, "\t", "\r", "\t", "\r")},
	{name: "git-log", cols: 100, rows: 28, argv: []string{"sh", "-c", "git -c core.pager='less -R' log --graph --color --all --stat; git --no-pager diff --color HEAD~3; git --no-pager log --oneline --graph --color"}, steps: join(
		typed(" ", " ", "G", "g"), resized(60, 20), typed(" ", "/Merge\r", "n", "q"))},
	{name: "ls-color", cols: 90, rows: 24, argv: bash, steps: join(
		typed("ls --color=always\r", "ls -la --color=always\r", "ls -lR --color=always --hyperlink=always | head -150\r"), resized(37, 24), typed("ls -C --color=always src\r"), resized(120, 30), typed("clear\r", "ls --color=always -m\r", "exit\r"))},
	{name: "python", cols: 80, rows: 24, argv: []string{"python3", "-q"}, steps: join(
		typed("print('漢字 👍 e\u0301')\r", "for i in range(30): print(i, 'x' * i * 3)\r\r", "help(str.split)\r", "q", up, up, left, left, "1", "\r", "import time\r", "for i in range(30): print('\\r', '#' * i, i, end='', flush=True); time.sleep(.02)\r\r"), resized(50, 15), typed("1/0\r", "\x12pri", "\r", "exit()\r"))},
	{name: "ncdu", cols: 80, rows: 24, argv: []string{"ncdu", "--color", "dark", "/srv/demo"}, steps: join(typed(down, "\r", down, down, "g", "i", "i"), resized(50, 15), typed("?", "q", "q"))},
	{name: "bash-editing", cols: 60, rows: 16, argv: bash, steps: join(
		typed("echo the quick brown fox jumps over the lazy dog and 漢字漢字漢字 runs on beyond the end of the line until it wraps", "\x01", "\x1bf\x1bf\x1bd", "\x05", "\x17\x17", "\r", "\x12echo", "\x07", "ls \t\t", "\x15", "for i in 1 2 3; do\r", "printf '\\033[3%dm%s\\033[m\\n' $i $i\r", "done\r"),
		resized(30, 16), typed(up, "\x01", "\x0b"), resized(90, 10), typed("cat tongues.txt\r", "printf '\\033[5;10r\\033[6;1H'; seq 20; printf '\\033[r'\r", "stty size\r", "exit\r"))},
	{name: "vttest", cols: 80, rows: 24, argv: []string{"vttest"}, steps: join(
		typed("1\r"), returns(8), typed("2\r"), returns(16), typed("3\r", "8\r"), returns(3), typed("0\r", "5\r", "0\r", "6\r", "1\r"), returns(2), typed("2\r"), returns(2), typed("3\r"), returns(2), typed("0\r"),
		typed("8\r"), returns(20), typed("11\r", "1\r", "2\r"), returns(6), typed("0\r", "0\r", "6\r"), returns(4), typed("7\r"), returns(4), typed("0\r", "0\r"))},
	{name: "resizing-shell", cols: 80, rows: 24, argv: bash, steps: join(everySecond(12, "head -30 tongues.txt\r", "seq -s ' ' 300\r", "ls -l --color\r", "git --no-pager log --graph --color --oneline | head -20\r"), typed("exit\r"))},
	{name: "resizing-vim", cols: 80, rows: 24, argv: []string{"vim", "-u", "NONE", "-N", "tongues.txt"}, steps: join(everySecond(10, pageDown, "ihello\x1b", ":sp\r", "\x17w", "G"), typed(":qa!\r"))},
	{name: "resizing-top", cols: 80, rows: 24, prepare: background, argv: []string{"top", "-d", "0.3"}, steps: join(everySecond(10, "c", "V", "1"), typed("q"))},
}

var codexSteps = join(
	[]step{{wait: time.Second}}, typed("explain this project", "\r"), []step{{wait: 4 * time.Second}},
	typed("write a file named notes.md", "\r"), []step{{wait: 3 * time.Second}}, typed("y"), []step{{wait: 3 * time.Second}},
	resized(80, 24), typed("a long answer, please 漢字", "\r"), []step{{wait: 6 * time.Second}}, resized(133, 43), typed("/", "\x1b", "fix the bug", "\r"), []step{{wait: 4 * time.Second}},
	resized(60, 30), typed("\x14", pageDown, "q", "\x03", "\x03"))

// background starts some programs, for a monitor to show, and runs argv.
func background() (argv, env []string, stop func(), err error) {
	const script = `sh -c 'while :; do sleep 0.1; done' & sleep 100 & yes >/dev/null & p=$!; "$@"; kill %1 %2 $p`
	return []string{"bash", "-c", script, "monitors"}, nil, func() {}, nil
}

// codex prepares a Codex that talks to a scripted model.
func codex() (argv, env []string, stop func(), err error) {
	program, err := model.FindCodex(".")
	if err != nil {
		return nil, nil, nil, err
	}
	os.RemoveAll(root + "/sample") // what is left is an error below
	if err := model.WriteSample(root + "/sample"); err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	api, err := model.Start(ctx, nil)
	if err != nil {
		cancel()
		return nil, nil, nil, err
	}
	stop = func() {
		if err := api.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "closing the model:", err)
		}
		cancel()
	}
	codexHome := root + "/codex"
	os.RemoveAll(codexHome)
	if err := os.MkdirAll(codexHome, 0o700); err != nil {
		stop()
		return nil, nil, nil, err
	}
	args, vars, err := model.WriteHome(codexHome, model.HomeOptions{BaseURL: api.URL(), Trusted: []string{root + "/sample"}})
	if err != nil {
		stop()
		return nil, nil, nil, err
	}
	for k, v := range vars {
		env = append(env, k+"="+v)
	}
	return append([]string{program}, args...), env, stop, nil
}

// folder returns where p runs.
func (p program) folder() string {
	if p.dir == "" {
		return project
	}
	return strings.TrimSuffix(p.dir, "/")
}
