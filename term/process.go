package term

import (
	"context"

	"tailpty/term/session"
)

// process is a session as a room sees it: one that runs, in a process of its own
// ([session.Remote]), or what is left of it ([still]).
type process interface {
	State() session.State
	Driver() string
	Others() []session.Person
	Conn() uint64

	Subscribe(more func()) (cancel func(), err error)
	Range() (start, end uint64)
	Read(from uint64, p []byte) (at uint64, n int, err error)
	Recent(from uint64, p []byte) int
	Snapshot(scrollback int) (b []byte, offset uint64, cols, rows int, err error)

	Drive(was, is string) bool
	Input(ctx context.Context, client string, seq uint64, p []byte) (accepted uint64, err error)
	Key(client string, seq uint64, p []byte, answered func(accepted uint64, err error))
	Accepted(client string) (uint64, error)
	Resize(cols, rows int)
	Rename(name string)
	End()
	People(people []session.Person)
	Hold(client string, offset uint64)
	Unhold(client string)
	Gone() <-chan struct{}
}

// still is a session whose process is not there: it has ended or was lost, and
// its last screen can be seen; or it runs and does not answer.
type still struct {
	past  *session.Past
	away  bool
	state session.State
	end   uint64 // offset that the last screen stands for
}

// ended is what is left of a session.
func ended(past *session.Past) still {
	s := still{past: past, state: past.State()}
	_, s.end, s.state.Cols, s.state.Rows, s.state.Title = past.Screen()
	return s
}

// silent is a session that does not answer.
func silent(past *session.Past) still {
	return still{past: past, away: true, state: session.State{Program: session.Unknown, Since: past.Created, Cols: 80, Rows: 24}}
}

func (s still) State() session.State { return s.state }

func (s still) Driver() string           { return "" }
func (s still) Others() []session.Person { return nil }
func (s still) Conn() uint64             { return 0 }

func (s still) Subscribe(func()) (cancel func(), err error) {
	if s.away {
		return nil, session.ErrAway
	}
	return func() {}, nil
}

func (s still) Range() (start, end uint64) {
	return s.end, s.end
}

func (s still) Read(from uint64, _ []byte) (at uint64, n int, err error) { return from, 0, nil }

func (s still) Snapshot(int) (b []byte, offset uint64, cols, rows int, err error) {
	b, offset, cols, rows, _ = s.past.Screen()
	return b, offset, cols, rows, nil
}

func (s still) Drive(string, string) bool { return false }

func (s still) Input(context.Context, string, uint64, []byte) (uint64, error) {
	if s.away {
		return 0, session.ErrAway
	}
	return 0, session.ErrEnded
}

func (s still) Key(client string, seq uint64, p []byte, answered func(uint64, error)) {
	answered(s.Input(context.Background(), client, seq, p))
}

func (s still) Recent(uint64, []byte) int       { return 0 }
func (s still) Accepted(string) (uint64, error) { return 0, nil }
func (s still) Resize(int, int)                 {}
func (s still) Rename(name string)              { _ = s.past.Rename(name) } // a full disk: the old name stays
func (s still) End()                            {}
func (s still) People([]session.Person)         {}
func (s still) Hold(string, uint64)             {}
func (s still) Unhold(string)                   {}
func (s still) Gone() <-chan struct{}           { return nil }
