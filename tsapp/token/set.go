package token

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Set is the tokens that are valid now. It is safe for concurrent use.
type Set struct {
	path  string
	fixed []Entry

	mu      sync.Mutex
	entries map[Hash]Entry
	stamp   stamp
}

// stamp tells one state of the file from another without reading it.
type stamp struct {
	mod  time.Time
	size int64
	ino  uint64
}

// Open makes the set of a tokens file and of further tokens that the
// configuration holds in clear, each valid for any login. An empty path is no
// file. It is an error if there is no token at all, or one that Check refuses.
func Open(path string, clear ...string) (*Set, error) {
	s := &Set{path: path}
	for i, t := range clear {
		if err := Check(t); err != nil {
			return nil, err
		}
		s.fixed = append(s.fixed, Entry{Name: fmt.Sprintf("configured-%d", i+1), SHA256: HashOf(t), Login: AnyLogin})
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	if len(s.entries) == 0 {
		return nil, ErrMissing
	}
	return s, nil
}

// load reads the file if it has changed. A file that is gone holds no token.
func (s *Set) load() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var now stamp
	if s.path != "" {
		info, err := os.Stat(s.path)
		switch {
		case err == nil:
			now = stamp{info.ModTime(), info.Size(), inode(info)}
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("token: looking at the tokens file: %w", err)
		}
	}
	if s.entries != nil && now == s.stamp {
		return nil
	}
	entries := map[Hash]Entry{}
	for _, e := range s.fixed {
		entries[e.SHA256] = e
	}
	if now != (stamp{}) {
		read, err := ReadFile(s.path)
		if err != nil {
			return err
		}
		for _, e := range read {
			entries[e.SHA256] = e
		}
	}
	s.entries, s.stamp = entries, now
	return nil
}

// Valid is the entry of a token that is valid for this login (a principal, for
// a tagged node) on this node. It sees the file as it is now. An error says
// that the file cannot be read: then no token is valid.
//
// The look-up is by hash: whoever measures its time learns about hashes, from
// which no token follows.
func (s *Set) Valid(token, login, nodeID string) (Entry, bool, error) {
	if token == "" {
		return Entry{}, false, nil
	}
	return s.Holds(HashOf(token), login, nodeID)
}

// Holds is Valid for a token's hash, for what stays open.
func (s *Set) Holds(h Hash, login, nodeID string) (Entry, bool, error) {
	if err := s.load(); err != nil {
		return Entry{}, false, err
	}
	s.mu.Lock()
	e, ok := s.entries[h]
	s.mu.Unlock()
	if !ok || (e.Login != AnyLogin && e.Login != login) || (e.NodeID != "" && e.NodeID != nodeID) {
		return Entry{}, false, nil
	}
	return e, true, nil
}

// knows reports whether a hash is one of the set's, whoever it is bound to.
func (s *Set) knows(h Hash) bool {
	if s.load() != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.entries[h]
	return ok
}
