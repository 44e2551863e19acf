package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// IDs is the sessions that are written down, whether they live or not.
func (p Places) IDs() ([]string, error) {
	all, err := os.ReadDir(p.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	var ids []string
	for _, e := range all {
		if e.IsDir() && idForm.MatchString(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// abandoned is how old a folder without a record is that nobody will fill.
const abandoned = time.Minute

// Sweep removes what starts that were cut off have left behind.
func (p Places) Sweep() error {
	ids, err := p.IDs()
	for _, id := range ids {
		if _, err := os.Stat(filepath.Join(p.dir(id), recordFile)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if info, err := os.Stat(p.dir(id)); err == nil && time.Since(info.ModTime()) > abandoned {
			os.RemoveAll(p.dir(id))
			os.Remove(p.Socket(id))
			os.Remove(unnamed(p.Socket(id)))
		}
	}
	return err
}

// ErrLives reports that the process of a session runs.
var ErrLives = errors.New("session: its process runs")

// Look tells what became of a session whose process is gone, and clears up after
// it. It is ErrLives where it is not gone. One that was killed while the machine
// ran on has the status of a killed program, and what it had started is ended
// too.
func (p Places) Look(id string) (*Past, error) {
	r, err := p.readRecord(id)
	if err != nil {
		return nil, err
	}
	f, err := p.openStatus(id)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	defer f.Close()
	free, err := lock(f)
	for range 10 { // somebody else may look at the same time
		if free || err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
		free, err = lock(f)
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	if !free {
		return nil, ErrLives
	}
	e, is, alive, err := readOutcome(f)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	if !is {
		e = outcome{At: alive, Lost: r.Boot == "" || r.Boot != boot()}
		if !e.Lost {
			e.At, e.Exit = time.Now(), 128+int(syscall.SIGKILL)
			endOrphans(id)
		}
		err = e.write(f)
	}
	os.Remove(p.Socket(id)) // a process that was killed leaves it
	os.Remove(unnamed(p.Socket(id)))
	return &Past{Record: r, EndedAt: e.At, Exit: e.Exit, Lost: e.Lost, places: p}, err
}
