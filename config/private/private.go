//go:build unix

// Package private checks that a file or folder which holds secrets is ours and
// that nobody else can read it.
package private

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Check reports that a file or folder with secrets is not ours, or that
// others can read it, and says what to do.
func Check(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	return checkMode(path, info, 0o077, "read")
}

// CheckWritable reports that a file is not ours, or that others can write it, and
// says what to do.
func CheckWritable(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	return checkMode(path, info, 0o022, "write")
}

func checkMode(path string, info fs.FileInfo, forbidden fs.FileMode, what string) error {
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		want := "600"
		if info.IsDir() {
			want = "700"
		}
		return fmt.Errorf("%s has mode %04o, so others can %s it: run chmod %s %s", path, mode, what, want, path)
	}
	return nil
}

func checkOwner(path string, info fs.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to uid %d, not to us (uid %d): use a file of your own", path, st.Uid, os.Geteuid())
	}
	return nil
}
