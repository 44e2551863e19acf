package session

import (
	"context"
	"time"

	"tailpty/term/link"
)

// ask sends a request made with a new id and waits for its reply.
func (r *Remote) ask(ctx context.Context, request func(id uint64) []byte) (link.Message, error) {
	return call(ctx, r, r.replies, request)
}

// call sends a request and waits for the answer, which waiting gets by its id.
func call[T any](ctx context.Context, r *Remote, waiting map[uint64]chan T, request func(id uint64) []byte) (T, error) {
	var none T
	answer := make(chan T, 1)
	r.mu.Lock()
	r.lastID++
	id := r.lastID
	waiting[id] = answer
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(waiting, id)
		r.mu.Unlock()
	}()
	if err := r.send(request(id)); err != nil {
		return none, err
	}
	select {
	case a := <-answer:
		return a, nil
	case <-r.gone:
		return none, ErrAway
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// shortly bounds the wait for an answer.
func shortly() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.Background(), answerWithin, ErrAway)
}

// State is the present state, as far as it has come.
func (r *Remote) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := State{Cols: r.status.Cols, Rows: r.status.Rows, Program: r.status.Program, Since: time.UnixMilli(r.status.Since),
		Title: r.status.Title, Ended: r.status.Ended, Exit: r.status.Exit}
	if s.Ended {
		s.EndedAt = time.UnixMilli(r.status.EndedAt)
	}
	return s
}

// Others are the people attached through other connections.
func (r *Remote) Others() []Person {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status.Others
}

// Conn is a number that no other connection to the session had.
func (r *Remote) Conn() uint64 { return r.hello.Conn }

// Subscribe has more called, with no lock held, whenever there is more output, or
// the session or the connection has ended. It must not wait: nothing else comes
// before it returns. Output comes as long as somebody subscribes. It fails with
// ErrAway.
func (r *Remote) Subscribe(more func()) (cancel func(), err error) {
	r.following.Lock()
	r.mu.Lock()
	n := r.readers.add(more)
	r.follows.by++
	first := r.follows.by == 1
	if first {
		r.lastID++
		r.follows.asked, r.follows.on, r.follows.ready = r.lastID, false, make(chan struct{})
	}
	ready, id := r.follows.ready, r.follows.asked
	r.mu.Unlock()
	cancel = func() { r.unsubscribe(n) }
	if first {
		err = r.send(link.Message{T: link.Follow, ID: id}.Append(nil))
	}
	r.following.Unlock()
	if err == nil {
		late := time.NewTimer(answerWithin)
		defer late.Stop()
		select {
		case <-ready:
			return cancel, nil
		case <-r.gone:
		case <-late.C:
		}
		err = ErrAway
	}
	cancel()
	return nil, err
}

func (r *Remote) unsubscribe(n int) {
	r.following.Lock()
	defer r.following.Unlock()
	r.mu.Lock()
	r.readers.remove(n)
	r.follows.by--
	last := r.follows.by == 0
	if last {
		r.follows.on, r.mirror = false, mirror{}
	}
	r.mu.Unlock()
	if last {
		_ = r.send(link.Message{T: link.Unfollow}.Append(nil)) // if it fails, nothing comes either
	}
}

// Range is the offsets of the output that can be read: from start to end. It
// holds for who subscribes.
func (r *Remote) Range() (start, end uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	end = r.mirror.end
	if end > r.hello.Log {
		start = end - r.hello.Log
	}
	return start, end
}

// Read copies output from offset from on into p. at is the offset of the first
// byte: later than from where the bytes before it are gone.
func (r *Remote) Read(from uint64, p []byte) (at uint64, n int, err error) {
	r.mu.Lock()
	if from >= r.mirror.first() {
		n = r.mirror.read(from, p)
		r.mu.Unlock()
		return from, n, nil
	}
	r.mu.Unlock()
	ctx, cancel := shortly()
	defer cancel()
	f, err := call(ctx, r, r.calls, func(id uint64) []byte {
		return link.Message{T: link.Read, ID: id, From: from, N: len(p)}.Append(nil)
	})
	if err != nil {
		return from, 0, err
	}
	return f.Offset, copy(p, f.Payload), nil
}

// Snapshot is bytes that put the present screen, with at most scrollback lines
// of history, into a blank terminal of cols x rows; offset is the end of the
// output it stands for.
func (r *Remote) Snapshot(scrollback int) (b []byte, offset uint64, cols, rows int, err error) {
	ctx, cancel := shortly()
	defer cancel()
	f, err := call(ctx, r, r.calls, func(id uint64) []byte {
		return link.Message{T: link.Snapshot, ID: id, Scrollback: scrollback}.Append(nil)
	})
	return f.Payload, f.Offset, f.Cols, f.Rows, err
}

// Driver is the client that may type, or empty.
func (r *Remote) Driver() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status.Driver
}

// Drive makes a client the driver, in place of was; either may be empty. It
// reports false where was does not drive (any more), the session has ended, or
// its process does not answer.
func (r *Remote) Drive(was, is string) bool {
	ctx, cancel := shortly()
	defer cancel()
	m, err := r.ask(ctx, func(id uint64) []byte { return link.Message{T: link.Drive, ID: id, Was: was, Client: is}.Append(nil) })
	if err != nil || !m.OK {
		return false
	}
	r.mu.Lock()
	r.status.Driver = is // the state that says so may still be on its way
	r.mu.Unlock()
	return true
}

// Input types p for the client that drives, as Session.Input does.
func (r *Remote) Input(ctx context.Context, client string, seq uint64, p []byte) (accepted uint64, err error) {
	m, err := r.ask(ctx, func(id uint64) []byte { return link.Input{ID: id, Seq: seq, Client: client, Payload: p}.Append(nil) })
	if err != nil {
		return 0, err
	}
	return m.Seq, inputError(m.Error)
}

// inputError is the error of an answer to input.
func inputError(code string) error {
	switch code {
	case "":
		return nil
	case link.NotDriver:
		return ErrNotDriver
	case link.Sequence:
		return ErrSequence
	}
	return ErrEnded
}

// Key is Input without waiting: answered is told once, with no lock held, and must
// not wait either. Those who subscribe are told after it.
func (r *Remote) Key(client string, seq uint64, p []byte, answered func(accepted uint64, err error)) {
	r.mu.Lock()
	r.lastID++
	id := r.lastID
	r.keys[id] = answered
	r.mu.Unlock()
	if err := r.send(link.Input{ID: id, Seq: seq, Client: client, Payload: p}.Append(nil)); err != nil {
		r.dropKeys() // the connection is gone
	}
}

// dropKeys answers what nobody else will.
func (r *Remote) dropKeys() {
	r.mu.Lock()
	keys := r.keys
	r.keys = map[uint64]func(uint64, error){}
	r.mu.Unlock()
	for _, answered := range keys {
		answered(0, ErrAway)
	}
}

// Recent is Read of what is here already: it never waits, and has nothing where it
// would have to.
func (r *Remote) Recent(from uint64, p []byte) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from < r.mirror.first() {
		return 0
	}
	return r.mirror.read(from, p)
}

// Accepted is the last input number of a client that was applied, 0 for none.
func (r *Remote) Accepted(client string) (uint64, error) {
	ctx, cancel := shortly()
	defer cancel()
	m, err := r.ask(ctx, func(id uint64) []byte { return link.Message{T: link.Accepted, ID: id, Client: client}.Append(nil) })
	return m.Seq, err
}

// Resize changes the terminal's size.
func (r *Remote) Resize(cols, rows int) { r.tell(link.Message{T: link.Resize, Cols: cols, Rows: rows}) }

// Rename gives the session another name.
func (r *Remote) Rename(name string) {
	r.mu.Lock()
	r.status.Name = name // the state that says so is on its way
	r.mu.Unlock()
	r.tell(link.Message{T: link.Rename, Name: name})
}

// End ends the program. It returns at once; Done says when it is over.
func (r *Remote) End() { r.tell(link.Message{T: link.End}) }

// Seen says that whoever is to see the session's end has seen it.
func (r *Remote) Seen() { r.tell(link.Message{T: link.Seen}) }

// People says who is attached through this connection.
func (r *Remote) People(people []Person) { r.tell(link.Message{T: link.Folk, People: people}) }

// Hold says that a client wants every byte and has all below offset.
func (r *Remote) Hold(client string, offset uint64) {
	r.tell(link.Message{T: link.Hold, Client: client, Offset: &offset})
}

// Unhold says that it does not any more.
func (r *Remote) Unhold(client string) { r.tell(link.Message{T: link.Hold, Client: client}) }

// tell sends a message that gets no answer. Where it cannot be sent, the
// connection is gone, and that is how everybody hears of it.
func (r *Remote) tell(m link.Message) { _ = r.send(m.Append(nil)) }
