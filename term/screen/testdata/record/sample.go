//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Where the programs work.
const (
	root    = "/srv/demo"
	home    = root + "/home"
	project = root + "/project"
)

// disguise gives the machine and the user other names, and hides the processes
// of the machine.
func disguise() error {
	if err := syscall.Sethostname([]byte("demo")); err != nil {
		return fmt.Errorf("naming the machine: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	passwd := root + "/passwd"
	if err := os.WriteFile(passwd, []byte("demo:x:0:0:demo:"+home+":/bin/bash\n"), 0o644); err != nil {
		return err
	}
	if err := syscall.Mount(passwd, "/etc/passwd", "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("naming the user: %w", err)
	}
	return nil
}

// writeSample makes a home and a project, a git repository with some history.
func writeSample() error {
	for _, dir := range []string{home, project} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	cmd := exec.Command("bash", "-euc", script)
	cmd.Dir, cmd.Env = project, environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making the sample: %w: %s", err, out)
	}
	var long strings.Builder
	for i := range 400 {
		fmt.Fprintf(&long, "%4d  %s\n", i, strings.Repeat(tongues[i%len(tongues)]+" ", 1+i%7))
	}
	return os.WriteFile(filepath.Join(project, "tongues.txt"), []byte(long.String()), 0o644)
}

// tongues are texts of wide, combining and joined characters.
var tongues = []string{
	"The quick brown fox jumps over the lazy dog.", "漢字とかなの混じった文章です。", "한국어 텍스트도 있습니다.",
	"Ze\u0301ro a\u0300 l'e\u0302tre, cafe\u0301 nai\u0308ve.", "สวัสดีชาวโลก ทดสอบภาษาไทย", "नमस्ते दुनिया, यह हिन्दी है",
	"👍 👩‍💻 🏳️‍🌈 👨‍👩‍👧‍👦 ✊🏽 ❤️ ⚡️ 🇩🇪", "Ελληνικά και Русский текст", "│ ┌─┬─┐ ╔═╦═╗ ▀▄█ ░▒▓", "עברית وعربية",
	"ｆｕｌｌｗｉｄｔｈ and ﾊﾝｶｸ", "a\u0323\u0302\u0301b\u0300\u0301\u0302\u0303c", "\u200bzero\u200bwidth\u00adsoft",
}

const script = `
git init -q -b main .
git config user.name Demo; git config user.email demo@example.com
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
mkdir -p src docs 'a folder'
for i in $(seq 1 60); do
  printf 'package src\n\n// F%d returns %d, 漢字 and ünïcode.\nfunc F%d() int {\n\treturn %d // a comment that is rather long so that it wraps somewhere on a narrow screen\n}\n' $i $i $i $i > src/f$i.go
done
seq 1 3000 > numbers.txt
printf '# Demo\n\nA *sample* with **markdown**.\n\n- one\n- two\n' > README.md
printf '#!/bin/sh\necho hello\n' > run.sh; chmod +x run.sh
ln -s README.md link; ln -s nowhere broken; mkfifo pipe; touch 'emoji 👍.txt' '漢字.txt' archive.tar.gz image.png
for i in $(seq 1 12); do
  git checkout -q -B topic$i 2>/dev/null; echo $i >> docs/log.txt; git add -A . ; git commit -q -m "Change $i: ünïcode 漢字 and words" 
  git checkout -q main 2>/dev/null || git checkout -q -b main
  echo $i >> docs/main$i.txt; git add -A docs; git commit -q -m "Main $i" || true
  git merge -q -X ours -m "Merge topic$i" topic$i || true
done
`

// environment is the one of every program.
func environment() []string {
	return []string{"HOME=" + home, "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/games", "TERM=xterm-256color", "COLORTERM=truecolor",
		"LANG=C.UTF-8", "PS1=$ ", "USER=demo", "LOGNAME=demo", "SHELL=/bin/bash", "HISTFILE=/dev/null", "LS_COLORS=di=01;34:ln=01;36:ex=01;32:or=40;31;01:pi=40;33:*.gz=01;31:*.png=01;35"}
}
