package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// Record is what is written down of a session.
type Record struct {
	ID string `json:"id"`
	// Name is what people call it.
	Name      string `json:"name"`
	Profile   string `json:"profile"`
	Workspace string `json:"workspace"`
	// Owner is the principal that created it.
	Owner string `json:"owner"`
	// Isolation is what separates it from the host: workspace or none.
	Isolation string `json:"isolation"`
	// Dir is the folder it was started in.
	Dir     string    `json:"dir"`
	Created time.Time `json:"created"`
	// Boot names the run of the machine that it was started in.
	Boot string `json:"boot"`
	// PID is its process.
	PID int `json:"pid"`
}

// idForm is what an id looks like: it becomes a file's name.
var idForm = regexp.MustCompile(`^[a-z0-9]{8,64}$`)

// write writes the record down, whole or not at all.
func (r Record) write(dir string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, recordFile), b)
}

// replace replaces a file's content, whole or not at all.
func replace(path string, b []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		os.Remove(tmp)
		return err
	}
	return os.Rename(tmp, path)
}

// readRecord reads what is written down of a session.
func (p Places) readRecord(id string) (Record, error) {
	var r Record
	if !idForm.MatchString(id) {
		return r, fmt.Errorf("session: %q is no session's id", id)
	}
	b, err := os.ReadFile(filepath.Join(p.dir(id), recordFile))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil || r.ID != id {
		return r, fmt.Errorf("session: %s is damaged: %v", filepath.Join(p.dir(id), recordFile), err)
	}
	return r, nil
}

// outcome is how a session ended. It is kept in a file of a fixed length that is
// there from the start, so that a full disk does not lose it.
type outcome struct {
	At   time.Time `json:"at"`
	Exit int       `json:"exit"`
	// Lost: it went with the machine, and nobody knows how it ended.
	Lost bool `json:"lost,omitempty"`
}

// statusLen is the length of the status file, in bytes. It is blank while the
// program runs.
const statusLen = 128

// openStatus opens the status file of a session.
func (p Places) openStatus(id string) (*os.File, error) {
	return os.OpenFile(filepath.Join(p.dir(id), statusFile), os.O_RDWR, 0)
}

// claimStatus makes the status file of a session. It appears locked: whoever finds
// it free knows that its process is gone.
func (p Places) claimStatus(id string) (*os.File, error) {
	path := filepath.Join(p.dir(id), statusFile)
	f, err := os.OpenFile(path+".new", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err = lock(f); err == nil {
		if _, err = f.Write(blank()); err == nil {
			err = os.Rename(path+".new", path)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func blank() []byte {
	b := make([]byte, statusLen)
	for i := range b {
		b[i] = ' '
	}
	return b
}

// write writes how the session ended.
func (e outcome) write(f *os.File) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	whole := blank()
	copy(whole, b)
	_, err = f.WriteAt(whole, 0)
	return err
}

// readOutcome reads how a session ended, if it has; alive is when that was last
// written or its process last said that it lives.
func readOutcome(f *os.File) (e outcome, is bool, alive time.Time, err error) {
	info, err := f.Stat()
	if err != nil {
		return e, false, alive, err
	}
	b := make([]byte, statusLen)
	n, _ := f.ReadAt(b, 0)
	return e, json.Unmarshal(b[:n], &e) == nil, info.ModTime(), nil
}

// lock locks a status file for the life of the process, or reports that its
// process lives.
func lock(f *os.File) (taken bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}

// ours reports whether a file belongs to this user.
func ours(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
