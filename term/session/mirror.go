package session

// mirrorBytes is how much of a session's latest output the server keeps while
// somebody watches, in bytes: more than an attachment in mode latest may be
// behind.
const mirrorBytes = 512 << 10

// mirror is the last output that came over a link.
type mirror struct {
	log
	from uint64 // offset of the first byte that came, without a gap since
}

// begin makes it empty at an offset.
func (m *mirror) begin(at uint64) {
	if m.buf == nil {
		m.buf = make([]byte, mirrorBytes)
	}
	m.from, m.end = at, at
}

// add adds output. What does not follow on what is there begins anew.
func (m *mirror) add(at uint64, p []byte) {
	if m.buf == nil || at != m.end {
		m.begin(at)
	}
	m.append(p)
}

// first is the offset of the first byte that is there.
func (m *mirror) first() uint64 { return max(m.from, m.start()) }
