package session

import (
	"os"
	"time"
)

// Past is a session whose process is gone: what is written down of it.
type Past struct {
	Record
	// EndedAt is when it ended; of one that was lost, when it was last known to
	// live.
	EndedAt time.Time
	// Exit is its status, 128 + the signal's number where one ended it.
	Exit int
	// Lost: it went with the machine, and its status with it.
	Lost bool

	places Places
}

// State is what is known of it.
func (p *Past) State() State {
	s := State{Program: Ended, Since: p.EndedAt, Ended: true, Exit: p.Exit, EndedAt: p.EndedAt, Lost: p.Lost}
	if p.Lost {
		s.Program = Lost
	}
	return s
}

// Screen is its last screen, or a blank one: bytes that put it into a blank
// terminal of cols x rows, the offset that it stands for, and the title.
func (p *Past) Screen() (b []byte, offset uint64, cols, rows int, title string) {
	s := readShot(p.places.dir(p.ID))
	return s.bytes, s.Offset, s.Cols, s.Rows, s.Title
}

// Remove removes what is written down of it.
func (p *Past) Remove() error { return os.RemoveAll(p.places.dir(p.ID)) }

// Rename gives it another name.
func (p *Past) Rename(name string) error {
	p.Name = name
	return p.Record.write(p.places.dir(p.ID))
}

// Away is a session that runs and does not answer, as it was written down.
func (p Places) Away(id string) (*Past, error) {
	r, err := p.readRecord(id)
	return &Past{Record: r, places: p}, err
}
