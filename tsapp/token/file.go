package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tailpty/config/private"
)

// Entry is one token as the tokens file holds it.
type Entry struct {
	// Name is what people call it: the device it is on.
	Name string `json:"name"`
	// SHA256 is the hash of the token's string.
	SHA256 Hash `json:"sha256"`
	// Login it is bound to; "*" is any.
	Login string `json:"login"`
	// NodeID is the stable id of the node it is bound to; empty is any.
	NodeID string `json:"node,omitempty"`
	// Made is when.
	Made time.Time `json:"made"`
}

// AnyLogin binds a token to nobody.
const AnyLogin = "*"

// fileForm is the tokens file. It is JSON for programs, not written by hand.
type fileForm struct {
	Tokens []Entry `json:"tokens"`
}

// maxFile bounds the tokens file, in bytes: about 4,000 tokens.
const maxFile = 1 << 20

// ErrExists reports that a name is taken, ErrNone that there is no such token.
var (
	ErrExists = errors.New("token: there is one of this name")
	ErrNone   = errors.New("token: there is none of this name")
)

// ReadFile reads a tokens file. One that others can read, or that is not ours,
// is an error that says what to do; one that does not exist wraps
// fs.ErrNotExist.
func ReadFile(path string) ([]Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("token: opening the tokens file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("token: looking at the tokens file: %w", err)
	}
	if err := private.Check(path, info); err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("token: %s has %d bytes; the limit is %d", path, info.Size(), maxFile)
	}
	var form fileForm
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&form); err != nil {
		return nil, fmt.Errorf("token: reading %s: %w", path, err)
	}
	for _, e := range form.Tokens {
		if e.Name == "" || e.SHA256 == (Hash{}) || e.Login == "" {
			return nil, fmt.Errorf("token: reading %s: an entry lacks name, sha256 or login", path)
		}
	}
	return form.Tokens, nil
}

// Add appends a token to the file, and makes the file (0600) if there is none.
func Add(path string, e Entry) error {
	return change(path, func(all []Entry) ([]Entry, error) {
		if slices.ContainsFunc(all, func(o Entry) bool { return o.Name == e.Name }) {
			return nil, fmt.Errorf("%w: %s", ErrExists, e.Name)
		}
		return append(all, e), nil
	})
}

// Remove takes the token of a name out of the file.
func Remove(path, name string) error {
	return change(path, func(all []Entry) ([]Entry, error) {
		left := slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return e.Name == name })
		if len(left) == len(all) {
			return nil, fmt.Errorf("%w: %s", ErrNone, name)
		}
		return left, nil
	})
}

// change rewrites the file under a lock, by way of a new file and a rename, so
// that a reader sees either the old or the new one whole.
func change(path string, f func([]Entry) ([]Entry, error)) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("token: making the folder of the tokens file: %w", err)
	}
	unlock, err := lock(path + ".lock")
	if err != nil {
		return fmt.Errorf("token: locking the tokens file: %w", err)
	}
	defer unlock()

	all, err := ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if all, err = f(all); err != nil {
		return err
	}
	b, err := json.MarshalIndent(fileForm{Tokens: all}, "", "  ")
	if err != nil {
		return fmt.Errorf("token: encoding the tokens file: %w", err)
	}
	if err := writeFile(dir, path, append(b, '\n')); err != nil {
		return fmt.Errorf("token: writing the tokens file: %w", err)
	}
	return nil
}

func writeFile(dir, path string, b []byte) (err error) {
	tmp, err := os.CreateTemp(dir, ".tokens-*") // 0600, says its documentation
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = bytes.NewReader(b).WriteTo(tmp)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
