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
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to uid %d, not to us (uid %d): use a file of your own", path, st.Uid, os.Geteuid())
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		want := "600"
		if info.IsDir() {
			want = "700"
		}
		return fmt.Errorf("%s has mode %04o, so others can read it: run chmod %s %s", path, mode, want, path)
	}
	return nil
}
