package main

import (
	"context"
	"errors"
	"io"
)

// errMissing says that a peer cannot run on this machine. It is wrapped with what
// would have to be installed.
var errMissing = errors.New("not here")

// errNo says that a peer cannot do what a measurement needs: it is left out of
// that table by name. It is wrapped with the reason.
var errNo = errors.New("does not do this")

// peer is something that carries a terminal.
type peer interface {
	name() string
	// start makes a server ready, whose files are in dir, a folder of its own.
	// errMissing is what it returns where the peer is not on this machine. The
	// context bounds the start and the server's whole life.
	start(ctx context.Context, dir string) (server, error)
}

// redrawer is a peer that keeps a screen of its own and sends redraws of it: its
// clients do not get every byte, and no row of it is held to that.
type redrawer interface{ redraws() bool }

// server is a peer that runs.
type server interface {
	// open runs a command and is connected to its terminal. The context bounds the
	// opening and the terminal's whole life.
	open(ctx context.Context, o openOptions) (terminal, error)
	// pids are the processes on the server's side that are charged: the server and
	// what holds the PTYs, as they are now; not the client, and not the program in
	// the terminal. Empty where this process itself is all there is.
	pids() []int
	// close ends all there is of it.
	close() error
}

// mode is what a client wants of a terminal's output.
type mode int

const (
	// every wants each byte.
	every mode = iota
	// latest wants the screen as it is now, as a browser does, and may be spared
	// what it is too slow for.
	latest
)

// openOptions say what runs, and for whom.
type openOptions struct {
	// command is the argument vector. It reaches the program as it is: a peer that
	// goes through a shell quotes it.
	command []string
	// cols and rows are the size: 80 and 24 where they are 0.
	cols, rows int
	mode       mode
}

// terminal is a connection to a terminal. One goroutine reads and one writes.
type terminal interface {
	// Read reads output as the client gets it. io.EOF is the end of the session.
	io.Reader
	// Write sends keys.
	io.Writer
	// consumed says that the client has rendered n more bytes of what was read: a
	// peer that acknowledges does it here. It may be called from a goroutine of its
	// own.
	consumed(n int)
	// Close leaves, and ends the session where the peer does so itself.
	io.Closer
}

// rejoiner is a terminal whose session can be left and come back to.
type rejoiner interface {
	terminal
	// leave disconnects; the session goes on.
	leave() error
	// rejoin is the way back, with up to lines of scrollback. It returns when the
	// whole picture is there, with its size in bytes.
	rejoin(ctx context.Context, lines int) (terminal, int, error)
}

// joiner is a terminal whose session others can watch at the same time.
type joiner interface {
	terminal
	// join is one more viewer. One that stalls is not read from.
	join(ctx context.Context) (terminal, error)
}

// size is the size of a terminal that options ask for.
func (o openOptions) size() (cols, rows int) {
	if o.cols == 0 || o.rows == 0 {
		return 80, 24
	}
	return o.cols, o.rows
}
