package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What Find says where bubblewrap is missing or does not do its work.
func TestFindSays(t *testing.T) {
	for name, tt := range map[string]struct{ bwrap, want string }{
		"missing":       {"", "bubblewrap is not installed"},
		"no namespace":  {"echo 'bwrap: No permissions to create a new namespace' >&2; exit 1", "allows no namespaces"},
		"no map":        {"echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1", "apparmor"},
		"old":           {"echo 'bwrap: Unknown option --remount-ro' >&2; exit 1", "too old"},
		"broken":        {"exit 9", "(exit status 9)"},
		"hides nothing": {`while test "$1" != --; do shift; done; shift; exec "$@"`, "does not work here"},
		"says nothing":  {"exit 0", "does not work here"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.bwrap != "" {
				if err := os.WriteFile(filepath.Join(dir, "bwrap"), []byte("#!/bin/sh\n"+tt.bwrap+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", dir)
			_, err := Find()
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "isolation: none") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestKept(t *testing.T) {
	if got := (capabilities(1<<capSysAdmin | 1<<31 | 1 | 1<<21 | 1<<19)).kept(); strings.Join(got, " ") != "CAP_CHOWN CAP_SETFCAP" {
		t.Errorf("root keeps %q", got)
	}
}
