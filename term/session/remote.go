package session

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"tailpty/term/link"
)

// DialOptions is how a connection to a session's process is made.
type DialOptions struct {
	// Local says that this is a command on the host and not the server.
	Local bool
	// Changed is called, without a lock held, after State, Driver or Others have
	// changed.
	Changed func()
}

// Person is one attachment.
type Person = link.Person

// Remote is a session in another process, over one connection to that. Its
// methods are safe for concurrent use. Those that ask wait for an answer for a
// few seconds at most, and then say nothing or ErrAway.
type Remote struct {
	record Record
	places Places
	opts   DialOptions
	conn   *net.UnixConn
	hello  link.Message
	gone   chan struct{} // closed when the connection has ended
	done   chan struct{} // closed when the session has

	writing   sync.Mutex
	following sync.Mutex // held while follow or unfollow is sent, so that their order is ours

	mu      sync.Mutex // guards what follows
	status  link.Status
	readers readers
	mirror  mirror
	follows follows
	calls   map[uint64]chan link.Bytes
	replies map[uint64]chan link.Message
	keys    map[uint64]func(accepted uint64, err error)
	lastID  uint64
}

// follows is whether output comes.
type follows struct {
	by    int    // how many want it
	asked uint64 // the id of the last request for it
	on    bool   // it has been answered
	ready chan struct{}
}

// ErrAway reports that a session's process does not answer.
var ErrAway = errors.New("session: its process does not answer")

const (
	// answerWithin is how long a session's process may take to answer.
	answerWithin = 5 * time.Second
	// takeWithin is how long it may take to read what is sent to it.
	takeWithin = 10 * time.Second
)

// Dial connects to the process of a session.
func Dial(ctx context.Context, places Places, id string, opts DialOptions) (*Remote, error) {
	record, err := places.readRecord(id)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: answerWithin}
	c, err := dialer.DialContext(ctx, "unix", places.Socket(id))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	uc, ok := c.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(ErrAway, c.Close())
	}
	r := &Remote{record: record, places: places, opts: opts, conn: uc, gone: make(chan struct{}), done: make(chan struct{}),
		calls: map[uint64]chan link.Bytes{}, replies: map[uint64]chan link.Message{}, keys: map[uint64]func(uint64, error){}}
	buffer := bufio.NewReaderSize(uc, 32<<10)
	frames := link.NewReader(buffer, link.MaxFrame)
	if err := r.greet(frames); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrAway, err), uc.Close())
	}
	go r.receive(frames, buffer)
	return r, nil
}

// greet agrees on a version and takes the first state.
func (r *Remote) greet(frames *link.Reader) error {
	if err := checkPeer(r.conn); err != nil {
		return err
	}
	_ = r.conn.SetDeadline(time.Now().Add(answerWithin))
	role := link.RoleServer
	if r.opts.Local {
		role = link.RoleLocal
	}
	if _, err := r.conn.Write(link.Message{T: link.Hello, Min: link.MinVersion, Max: link.Version, Role: role}.Append(nil)); err != nil {
		return err
	}
	for _, want := range []string{link.Hello, link.State} {
		kind, b, err := frames.Next()
		if err != nil {
			return err
		}
		m, err := link.ParseMessage(b)
		switch {
		case kind != link.KindMessage || err != nil:
			return errors.Join(errGreeting, err)
		case m.T == link.Error:
			return fmt.Errorf("%w: it says %q", errGreeting, m.Error)
		case m.T != want || want == link.Hello && (m.Version < link.MinVersion || m.Version > link.Version) || want == link.State && m.Status == nil:
			return fmt.Errorf("%w: %q of version %d", errGreeting, m.T, m.Version)
		case want == link.Hello:
			r.hello = m
		default:
			r.status = *m.Status
		}
	}
	return r.conn.SetDeadline(time.Time{})
}

// receive takes what the process sends, until the connection ends. Those who wait
// for it are told when all that has come is taken: a key's echo and the reply to it
// come together, and are worth one message to the client.
func (r *Remote) receive(frames *link.Reader, buffer *bufio.Reader) {
	defer close(r.gone)
	if r.status.Ended {
		close(r.done)
	}
	var new news
	for {
		kind, b, err := frames.Next()
		if err == nil {
			err = r.take(kind, b, &new)
		}
		if err != nil {
			r.conn.Close()
			r.dropKeys()
			new.output, new.state = true, true
		}
		if err != nil || !link.Whole(buffer) || new.frames >= untoldFrames {
			r.pass(&new)
		}
		if err != nil {
			return
		}
	}
}

// untoldFrames is how many frames are taken at most before others hear of them.
const untoldFrames = 16

// news is what has come and others have not heard of.
type news struct {
	frames  int
	output  bool
	state   bool
	answers []func()
}

// pass tells the news, without a lock held.
func (r *Remote) pass(n *news) {
	for _, answer := range n.answers {
		answer()
	}
	if n.output || n.state || len(n.answers) > 0 {
		r.wake()
	}
	if n.state {
		r.changed()
	}
	*n = news{answers: n.answers[:0]}
}

// take takes one frame.
func (r *Remote) take(kind link.Kind, b []byte, n *news) error {
	n.frames++
	switch kind {
	case link.KindOutput:
		at, p, err := link.ParseOutput(b)
		if err != nil {
			return err
		}
		r.mu.Lock()
		if r.follows.on {
			r.mirror.add(at, p)
			n.output = true
		}
		r.mu.Unlock()
	case link.KindBytes:
		f, err := link.ParseBytes(b)
		if err != nil {
			return err
		}
		f.Payload = append([]byte(nil), f.Payload...)
		r.mu.Lock()
		if ch, ok := r.calls[f.ID]; ok {
			ch <- f
			delete(r.calls, f.ID)
		}
		r.mu.Unlock()
	case link.KindMessage:
		m, err := link.ParseMessage(b)
		if err != nil {
			return err
		}
		r.hear(m, n)
	}
	return nil
}

// hear takes one message.
func (r *Remote) hear(m link.Message, n *news) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case m.T == link.Reply && m.ID == r.follows.asked && m.Offset != nil && r.follows.by > 0 && !r.follows.on:
		r.mirror.begin(*m.Offset)
		r.follows.on = true
		close(r.follows.ready)
	case m.T == link.Reply:
		if ch, ok := r.replies[m.ID]; ok {
			ch <- m
			delete(r.replies, m.ID)
		}
		if f, ok := r.keys[m.ID]; ok {
			delete(r.keys, m.ID)
			n.answers = append(n.answers, func() { f(m.Seq, inputError(m.Error)) })
		}
	case m.T == link.State && m.Status != nil:
		was := r.status.Ended
		r.status = *m.Status
		if r.status.Ended && !was {
			close(r.done)
		}
		n.state = true
	}
}

func (r *Remote) changed() {
	if r.opts.Changed != nil {
		r.opts.Changed()
	}
}

// wake tells every reader that there is more.
func (r *Remote) wake() {
	r.mu.Lock()
	readers := r.readers.list
	r.mu.Unlock()
	tell(readers)
}

// send sends one frame. A process that takes nothing for long loses the
// connection.
func (r *Remote) send(b []byte) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	_ = r.conn.SetWriteDeadline(time.Now().Add(takeWithin))
	if _, err := r.conn.Write(b); err != nil {
		r.conn.Close()
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return nil
}

// Close ends the connection, and nothing else. It returns when everything of it
// has ended.
func (r *Remote) Close() {
	r.conn.Close()
	<-r.gone
}

// Gone is closed when the connection has ended.
func (r *Remote) Gone() <-chan struct{} { return r.gone }

// Done is closed when the session has ended, as this connection knows it.
func (r *Remote) Done() <-chan struct{} { return r.done }

// Past is the session once it has ended, from what is written down.
func (r *Remote) Past() *Past {
	st := r.State()
	return &Past{Record: r.Record(), EndedAt: st.EndedAt, Exit: st.Exit, places: r.places}
}

// Record is what is written down of the session, with its present name.
func (r *Remote) Record() Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.record
	rec.Name = r.status.Name
	return rec
}
