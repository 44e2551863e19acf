package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes files and folders; a name that ends in / is a folder, and a => b a
// link.
func tree(t *testing.T, names ...string) (in func(...string) []string) {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		link, to, isLink := strings.Cut(name, " => ")
		path := filepath.Join(top, link)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(filepath.Join(top, to), path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o700)
		default:
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return func(names ...string) []string {
		out := []string{}
		for _, name := range names {
			out = append(out, filepath.Join(top, name))
		}
		return out
	}
}

func TestMasks(t *testing.T) {
	in := tree(t, "bin/tailpty", "work/", "home/tailpty/src/", "home/tailpty/config.yaml", "etc/tailpty/config.yaml", "etc/tailpty/keys/",
		"state/sub/", "state/tokens.json", "other/tokens.json", "repo/tailpty/src/", "repo/tailpty/config.yaml", "opt/tailpty/bin/tailpty", "opt/tailpty/config.yaml",
		"to-state => state", "dots/config.yaml", "linked/tailpty/config.yaml => dots/config.yaml", "to-etc => etc", "nothing => gone", "work/to-state => state/sub")
	t.Setenv("HOME", in("home/tailpty")[0])
	for _, tt := range []struct {
		name, dir, self string
		hide            []string
		folders, files  []string
		loose           []string
		fails           string
	}{
		{name: "folder", hide: in("state"), folders: in("state")},
		{name: "folders in another", hide: in("state/sub", "state", "state/tokens.json"), folders: in("state")},
		{name: "link to a folder", hide: in("to-state"), folders: in("state")},
		{name: "file", hide: in("other/tokens.json"), files: in("other/tokens.json"), loose: in("other/tokens.json")},
		{name: "file through a link", hide: in("to-state/tokens.json"), files: in("state/tokens.json"), loose: in("to-state/tokens.json")},
		{name: "file of tailpty's folder", hide: in("etc/tailpty/config.yaml"), folders: in("etc/tailpty")},
		{name: "file of tailpty's folder, through a link", hide: in("to-etc/tailpty/config.yaml"), folders: in("etc/tailpty")},
		{name: "file of tailpty's folder, a link", hide: in("linked/tailpty/config.yaml"), folders: in("linked/tailpty"), files: in("dots/config.yaml"), loose: in("linked/tailpty/config.yaml")},
		{name: "file of tailpty's folder, not there yet", hide: in("etc/tailpty/tokens.json"), folders: in("etc/tailpty")},
		{name: "folder in tailpty's folder", hide: in("etc/tailpty/keys"), folders: in("etc/tailpty/keys")},
		{name: "home directory of a user of that name", hide: in("home/tailpty/config.yaml"), files: in("home/tailpty/config.yaml"), loose: in("home/tailpty/config.yaml")},
		{name: "repository of that name", dir: "repo/tailpty/src", hide: in("repo/tailpty/config.yaml"), files: in("repo/tailpty/config.yaml"), loose: in("repo/tailpty/config.yaml")},
		{name: "program there", self: "opt/tailpty/bin/tailpty", hide: in("opt/tailpty/config.yaml"), files: in("opt/tailpty/config.yaml"), loose: in("opt/tailpty/config.yaml")},
		{name: "not there", hide: in("no", "no/tailpty/x", "nothing"), loose: in("no", "no/tailpty/x", "nothing")},
		{name: "not there, in a hidden folder", hide: in("state", "to-state/new"), folders: in("state")},
		{name: "relative", hide: []string{"state"}, fails: "absolute"},
		{name: "the session's folder", dir: "state/sub", hide: in("state"), fails: "state/sub lies in"},
		{name: "the session's folder, a link", dir: "work/to-state", hide: in("state"), fails: "state/sub lies in"},
		{name: "the program", self: "opt/tailpty/bin/tailpty", hide: in("opt"), fails: "bin/tailpty lies in"},
		{name: "everything", hide: []string{"/"}, fails: "lies in /"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, self := "work", "bin/tailpty"
			if tt.dir != "" {
				dir = tt.dir
			}
			if tt.self != "" {
				self = tt.self
			}
			m, err := Wall{Hide: tt.hide}.masks(in(dir)[0], in(self)[0])
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || !slices.Equal(m.folders, tt.folders) || !slices.Equal(m.files, tt.files) || !slices.Equal(m.loose, tt.loose) {
				t.Errorf("got %+v, %v", m, err)
			}
		})
	}
}
