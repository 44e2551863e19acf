package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Wall is what a session must not reach.
type Wall struct {
	// Hide is files and folders, absolute. Links in them are followed. A file
	// that lies in a folder named tailpty is hidden with that whole folder, unless
	// the session's own folder, this program or the user's files lie there too.
	Hide []string
}

// Loose is what of Hide a session that starts now does not see hidden, or not for
// ever: what is not there yet, and single files, whose mask is gone once another
// file is renamed into their place, as editors and tailpty itself do. Dir is the
// session's folder. Better hide the folder such a file lies in.
func (w Wall) Loose(dir string) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("sandbox: finding this program: %w", err)
	}
	m, err := w.masks(dir, self)
	return m.loose, err
}

// masks is what is put over what, by path with no links in it.
type masks struct {
	folders []string // none of them within another
	files   []string // none of them within a folder
	loose   []string // of Hide, as they stand there
}

// masks finds what to mask for a session in dir, run by the program self.
func (w Wall) masks(dir, self string) (masks, error) {
	var m masks
	files := map[string]string{} // as they stand in Hide, by their real path
	var missing []string
	var visible []string
	for _, path := range []string{dir, self} {
		resolved, err := filepath.EvalSymlinks(path)
		if err != nil {
			return m, fmt.Errorf("sandbox: %w", err)
		}
		visible = append(visible, resolved)
	}
	for _, path := range w.Hide {
		if !filepath.IsAbs(path) {
			return m, fmt.Errorf("sandbox: %q is to be hidden and is no absolute path", path)
		}
		parent, err := ownParent(path, visible)
		if err != nil {
			return m, err
		}
		if parent != "" {
			m.folders = append(m.folders, parent)
			// The file itself may be a link to elsewhere: go on.
		}
		resolved, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			if parent == "" {
				missing = append(missing, path)
			}
			continue
		}
		if err != nil {
			return m, fmt.Errorf("sandbox: %w", err)
		}
		info, err := os.Stat(resolved)
		if err != nil {
			return m, fmt.Errorf("sandbox: %w", err)
		}
		if info.IsDir() {
			m.folders = append(m.folders, resolved)
		} else {
			files[resolved] = path
		}
	}
	m.folders = outermost(m.folders)
	for _, folder := range m.folders {
		for _, path := range visible {
			if within(path, folder) {
				return m, fmt.Errorf("sandbox: %s lies in %s, which is hidden from sessions", path, folder)
			}
		}
	}
	covered := func(path string) bool {
		return slices.ContainsFunc(m.folders, func(folder string) bool { return within(path, folder) })
	}
	for resolved, path := range files {
		if !covered(resolved) {
			m.files = append(m.files, resolved)
			m.loose = append(m.loose, path)
		}
	}
	for _, path := range missing {
		if !covered(realPrefix(path)) {
			m.loose = append(m.loose, path)
		}
	}
	slices.Sort(m.files)
	slices.Sort(m.loose)
	return m, nil
}

// ownParent is the real path of the folder in which a file of tailpty's lies,
// where that folder is tailpty's own, and else "". A folder to hide is none of
// this business.
func ownParent(path string, visible []string) (string, error) {
	parent := filepath.Dir(filepath.Clean(path))
	if filepath.Base(parent) != "tailpty" {
		return "", nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "", nil
	}
	resolved, err := filepath.EvalSymlinks(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("sandbox: %w", err)
	}
	if home, err := os.UserHomeDir(); err == nil {
		if home, err = filepath.EvalSymlinks(home); err == nil {
			visible = append(slices.Clone(visible), home) // of a user named tailpty
		}
	}
	for _, k := range visible {
		if within(k, resolved) {
			return "", nil
		}
	}
	return resolved, nil
}

// outermost drops the folders that lie in another one.
func outermost(folders []string) []string {
	slices.Sort(folders)
	var out []string
	for _, f := range folders {
		if !slices.ContainsFunc(out, func(o string) bool { return within(f, o) }) {
			out = append(out, f)
		}
	}
	return out
}

// realPrefix is a path that is not there, without links as far as it is.
func realPrefix(path string) string {
	for at, rest := filepath.Clean(path), ""; ; {
		if resolved, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(resolved, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest)
	}
}

// within reports whether path is folder or lies in it. Both are real paths.
func within(path, folder string) bool {
	rest, err := filepath.Rel(folder, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, "../")
}
