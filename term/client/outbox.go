package client

const (
	// maxWaiting is how many bytes of input may wait to be applied.
	maxWaiting = 256 << 10
	// maxPayload is the most input in one message: what a session applies whole or
	// not at all.
	maxPayload = 4 << 10
	// maxFlying is how many messages of input may be without an answer; what is
	// typed beyond gathers into fewer.
	maxFlying = 256
)

// outbox is input on its way: numbered from 1 without a hole when it is first
// sent, kept until the session says that it is applied, and sent again over the
// next connection under the same number.
type outbox struct {
	numbered []numbered // oldest first, the last one's number is applied + len
	flying   int        // of these, from the first, are sent over this connection
	loose    []byte     // not sent yet, and without a number
	bytes    int        // of both
	applied  uint64     // the last number that the session has applied
	// refusals is how many messages that are given up will be refused still.
	refusals int
}

type numbered struct {
	number  uint64
	payload []byte
}

// waiting is how many bytes are not known to be applied.
func (o *outbox) waiting() int { return o.bytes }

// add takes input, or reports that too much waits.
func (o *outbox) add(p []byte) bool {
	if o.bytes+len(p) > maxWaiting {
		return false
	}
	o.loose = append(o.loose, p...)
	o.bytes += len(p)
	return true
}

// next is the next message to send.
func (o *outbox) next() (n numbered, ok bool) {
	if o.flying >= maxFlying {
		return n, false
	}
	if o.flying == len(o.numbered) {
		if len(o.loose) == 0 {
			return n, false
		}
		k := min(len(o.loose), maxPayload)
		o.numbered = append(o.numbered, numbered{o.applied + uint64(len(o.numbered)) + 1, o.loose[:k:k]})
		o.loose = o.loose[k:]
	}
	o.flying++
	return o.numbered[o.flying-1], true
}

// accepted takes off what the session has applied.
func (o *outbox) accepted(number uint64) {
	k := 0
	for k < len(o.numbered) && o.numbered[k].number <= number {
		o.bytes -= len(o.numbered[k].payload)
		k++
	}
	o.numbered = o.numbered[k:]
	o.flying = max(0, o.flying-k)
	o.applied = max(o.applied, number)
}

// resume goes on from where the session is, over a new connection. A session
// that is behind has forgotten this client: what waits is numbered anew.
func (o *outbox) resume(applied uint64) {
	o.accepted(applied)
	o.applied = applied
	for i := range o.numbered {
		o.numbered[i].number = applied + uint64(i) + 1
	}
	o.flying, o.refusals = 0, 0
}

// refused gives everything up, because the session refused the oldest message.
// It used up no number, so all that follow it will be refused as well: until they
// have been, nothing may be sent, for no number may ever mean two inputs.
func (o *outbox) refused() {
	o.refusals = max(0, o.flying-1)
	o.drop()
}

// drop gives everything up.
func (o *outbox) drop() {
	o.numbered, o.loose, o.flying, o.bytes = nil, nil, 0, 0
}
