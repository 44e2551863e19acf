package term

// inflight is what was sent and not yet acknowledged, by bytes: offsets alone do
// not tell, because a snapshot moves the offset further than it has bytes. It is
// used by one goroutine.
type inflight struct {
	pieces []piece
	bytes  int
}

// piece is consecutive messages that end at an offset.
type piece struct {
	to    uint64
	bytes int
}

// mergeBelow is the size up to which small pieces are counted as one, in bytes:
// it bounds the list while someone types, and is small against the window.
const mergeBelow = 4 << 10

// sent counts a message of n bytes that takes the client to an offset.
func (f *inflight) sent(to uint64, n int) {
	f.bytes += n
	if last := len(f.pieces) - 1; last >= 0 && f.pieces[last].bytes+n <= mergeBelow {
		f.pieces[last] = piece{to, f.pieces[last].bytes + n}
		return
	}
	f.pieces = append(f.pieces, piece{to, n})
}

// acknowledged takes off what the client has consumed.
func (f *inflight) acknowledged(to uint64) {
	n := 0
	for n < len(f.pieces) && f.pieces[n].to <= to {
		f.bytes -= f.pieces[n].bytes
		n++
	}
	f.pieces = append(f.pieces[:0], f.pieces[n:]...)
}
