package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

// listerCommand is the hidden command that is a program for slow links: g has it
// write SIZE bytes of a listing, and it answers the nth key of any other kind with
// @keyN=1@, when it comes to it, as a shell does after ls.
const listerCommand = "lister"

// lister is that program.
func lister(args []string) error {
	if len(args) != 1 {
		return errors.New("a size")
	}
	size, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if err := prepareTTY(false); err != nil {
		return err
	}
	text := listing(size)
	if err := writeAll([]byte("@ready=1@")); err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for keys := 0; ; {
		c, err := in.ReadByte()
		if err == nil && c == 'g' {
			err = writeAll(text)
		} else if err == nil {
			keys++
			err = writeAll(fmt.Appendf(nil, "\r\n@key%d=1@", keys))
		}
		if err != nil {
			return ended(err)
		}
	}
}

// listing is what `ls -lR` says of a source tree, about as long as asked for. It
// is the same each time, and has no @.
func listing(size int) []byte {
	random := rand.New(rand.NewPCG(3, 4))
	words := []string{"app", "auth", "build", "cache", "client", "config", "core", "data", "docs", "error", "event", "file", "handler", "http",
		"index", "input", "layout", "link", "list", "main", "model", "parser", "queue", "render", "route", "schema", "server", "session", "state",
		"store", "stream", "style", "table", "theme", "token", "types", "user", "view", "worker"}
	endings := []string{".go", "_test.go", ".ts", ".tsx", ".css", ".json", ".md", ".sh", ".svg", ".yaml"}
	name := func() string {
		n := words[random.IntN(len(words))]
		for random.IntN(3) > 0 && len(n) < 24 {
			n += "-" + words[random.IntN(len(words))]
		}
		return n
	}
	months := []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	entry := func(b *bytes.Buffer, mode string, links, bytes int, name string) {
		fmt.Fprintf(b, "%s %2d alice staff %8d %s %2d %02d:%02d %s\n", mode, links, bytes,
			months[random.IntN(12)], 1+random.IntN(28), random.IntN(24), random.IntN(60), name)
	}
	var b bytes.Buffer
	for dirs := []string{"."}; b.Len() < size; {
		dir := dirs[0]
		dirs = dirs[1:]
		fmt.Fprintf(&b, "%s:\ntotal %d\n", dir, 4*random.IntN(500))
		for range 2 + random.IntN(4) {
			below := name()
			if len(dir) < 60 {
				dirs = append(dirs, dir+"/"+below)
			}
			entry(&b, "drwxr-xr-x", 2+random.IntN(9), 4096, below)
		}
		if len(dirs) == 0 {
			dirs = append(dirs, "./"+name())
		}
		for range 4 + random.IntN(30) {
			entry(&b, []string{"-rw-r--r--", "-rw-r--r--", "-rw-r--r--", "-rwxr-xr-x"}[random.IntN(4)], 1,
				1<<(4+random.IntN(14))+random.IntN(5000), name()+endings[random.IntN(len(endings))])
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
