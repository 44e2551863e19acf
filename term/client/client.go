package client

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"tailpty/term/wire"
)

// Options is what a client is made from. Every function but Dial may be nil. All
// but Dial are called by Run, one at a time and in the order of the wire; a slow
// one slows the server down, and only for this client. The methods of Client may
// be called from them, except Flush.
type Options struct {
	// Dial opens a WebSocket to the attach route of the session. A *Refused says
	// what the answer was where there was one; any other error is tried again.
	Dial func(ctx context.Context) (*Conn, error)
	// Name is the client's name, 1 to 64 characters of [A-Za-z0-9_-], under which
	// its input is numbered. Two that are used at once need two names: leave it
	// empty for a random one.
	Name string
	// Mode is wire.Latest, which is the default, or wire.Lossless.
	Mode string
	// From is the offset to begin at; nil begins with a snapshot.
	From *uint64
	// Scrollback is how many lines of history a snapshot should have.
	Scrollback int
	// Cols and Rows are the size of the client's window in cells, 0 for none.
	Cols, Rows int
	// ViewOnly never asks for the wheel and never types.
	ViewOnly bool
	// Backoff is how long to wait before the first, second, ... new connection;
	// the last counts for all further ones. Nil is 0.3, 1, 2, 4, 8 and 15 s. Each
	// is spread by a fifth, so that many clients do not come at once.
	Backoff []time.Duration

	// Output takes output; at is the offset of its first byte. Pieces follow each
	// other without a hole but for what Reset and Gap say. replay reports that it
	// is history: what a terminal makes up while it shows it is not to be typed.
	// The bytes are the receiver's to keep.
	Output func(p []byte, at uint64, replay bool)
	// Reset takes a snapshot in place of the output up to at: bytes for a blank
	// terminal of this size.
	Reset func(cols, rows int, snapshot []byte, at uint64)
	// Gap says that the output between two offsets is gone for good.
	Gap func(from, to uint64)
	// State takes each "state" message: who is here, who drives, the size.
	State func(wire.Control)
	// NotTyped says that what was typed last is not applied and is given up, or
	// that the wheel was refused: a code of package wire, and a sentence that may
	// be empty.
	NotTyped func(code, detail string)
	// Applied says, in the order of output, how many bytes of what Type took the
	// session has applied by now, with those that were given up.
	Applied func(total uint64)
	// Status says how the connection is.
	Status func(Status)
}

// Errors of Type and Take.
var (
	// ErrViewOnly: this client only watches.
	ErrViewOnly = errors.New("client: it only watches")
	// ErrNotAllowed: the grants do not include drive on this session.
	ErrNotAllowed = errors.New("client: your grants do not let you type here")
	// ErrNotDriver: somebody else has the wheel.
	ErrNotDriver = errors.New("client: somebody else drives")
	// ErrEnded: the session's program has ended.
	ErrEnded = errors.New("client: the session has ended")
	// ErrFull: as much as is kept waits for the session already.
	ErrFull = errors.New("client: 256 KiB of input wait for the session already")
)

// Client is one attachment to one session. Its methods are safe for concurrent
// use.
type Client struct {
	o     Options
	retry chan struct{}

	// intake is used by Run alone.
	intake intake

	mu      sync.Mutex // guards what follows; held over no I/O and no callback
	typing  typing
	typed   uint64       // bytes that Type took
	told    uint64       // the last total that Applied was told
	window  wire.Control // the resize to send
	resized bool         // it has not been sent
	line    *line        // the present connection, nil for none
	flushed chan struct{}
	over    bool // Run has returned
}

// New makes a client that is not connected: Run does the work.
func New(o Options) *Client {
	if o.Name == "" {
		o.Name = rand.Text()
	}
	if o.Backoff == nil {
		o.Backoff = backoff
	}
	c := &Client{o: o, retry: make(chan struct{}, 1), typing: typing{viewOnly: o.ViewOnly, wants: true},
		window: window(o.Cols, o.Rows)}
	c.intake = intake{o: &c.o}
	if o.From != nil {
		c.intake.known, c.intake.at = true, *o.From
	}
	return c
}

// Name is the client's name.
func (c *Client) Name() string { return c.o.Name }

// change changes what is to be sent and wakes whoever sends it.
func (c *Client) change(f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := f()
	if c.flushed != nil && c.typing.out.waiting() == 0 {
		close(c.flushed)
		c.flushed = nil
	}
	if c.line != nil {
		c.line.poke()
	}
	return err
}

// Type sends input, once: it is kept until the session has applied it, over as
// many connections as that takes. The order of calls is the order of input. It
// does not wait. On an error nothing of p is kept; what is given up later is
// said by NotTyped.
func (c *Client) Type(p []byte) error {
	return c.change(func() error {
		err := c.typing.input(p)
		if err == nil {
			c.typed += uint64(len(p))
		}
		return err
	})
}

// applied is the total to tell Applied; news reports that it is another than the
// last.
func (c *Client) applied() (total uint64, news bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total = c.typed - uint64(c.typing.out.waiting())
	news = total != c.told
	c.told = total
	return total, news && c.o.Applied != nil
}

// Take asks for the wheel. What is typed until the answer comes waits for it. A
// refusal comes through NotTyped.
func (c *Client) Take() error { return c.change(c.typing.askWheel) }

// Release gives the wheel back once all that was typed is applied.
func (c *Client) Release() {
	_ = c.change(func() error { c.typing.giveWheel(); return nil })
}

// Resize says the size of the client's window, in cells; the session follows the
// one who drives.
func (c *Client) Resize(cols, rows int) {
	_ = c.change(func() error {
		if w := window(cols, rows); w.Cols != c.window.Cols || w.Rows != c.window.Rows {
			c.window, c.resized = w, true
		}
		return nil
	})
}

// window is a size as a message, moved into what the protocol allows; 0 x 0 says
// no size.
func window(cols, rows int) wire.Control {
	if cols > 0 || rows > 0 {
		cols = min(max(cols, wire.MinCols), wire.MaxCols)
		rows = min(max(rows, 1), wire.MaxRows, wire.MaxCells/cols)
	}
	return wire.Control{T: wire.Resize, Cols: cols, Rows: rows}
}

// Waiting is how many bytes of input are not yet known to be applied.
func (c *Client) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.typing.out.waiting()
}

// Flush waits until everything typed is applied or given up. It returns ErrEnded
// where Run has returned with input waiting.
func (c *Client) Flush(ctx context.Context) error {
	c.mu.Lock()
	if c.typing.out.waiting() == 0 {
		c.mu.Unlock()
		return nil
	}
	if c.over {
		c.mu.Unlock()
		return ErrEnded
	}
	if c.flushed == nil {
		c.flushed = make(chan struct{})
	}
	flushed := c.flushed
	c.mu.Unlock()
	select {
	case <-flushed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over && c.typing.out.waiting() > 0 {
		return ErrEnded
	}
	return nil
}

// RetryNow ends a wait for the next connection.
func (c *Client) RetryNow() {
	select {
	case c.retry <- struct{}{}:
	default:
	}
}
