package session

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// log is the last bytes of a session's output, each at its absolute offset.
type log struct {
	buf []byte
	end uint64 // offset after the last byte
}

// newLog makes one, outside of Go's heap: there it would allow the garbage
// collector to leave half as much garbage again, in every session's process.
func newLog(size int) (*log, error) {
	buf, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("session: %d bytes for the log: %w", size, err)
	}
	l := &log{buf: buf}
	runtime.AddCleanup(l, func(b []byte) { _ = unix.Munmap(b) }, buf)
	return l, nil
}

// start is the offset of the first byte that is still there.
func (l *log) start() uint64 {
	if l.end <= uint64(len(l.buf)) {
		return 0
	}
	return l.end - uint64(len(l.buf))
}

// append adds output; what does not fit pushes out the oldest.
func (l *log) append(p []byte) {
	at := l.end
	l.end += uint64(len(p))
	if skip := len(p) - len(l.buf); skip > 0 {
		p, at = p[skip:], at+uint64(skip)
	}
	i := int(at % uint64(len(l.buf)))
	copy(l.buf, p[copy(l.buf[i:], p):])
}

// read copies output from offset from on into p, which must not be before
// start. It returns how much it copied, 0 at the end.
func (l *log) read(from uint64, p []byte) int {
	if from >= l.end {
		return 0
	}
	n := min(uint64(len(p)), l.end-from)
	i := int(from % uint64(len(l.buf)))
	k := copy(p[:n], l.buf[i:])
	copy(p[k:n], l.buf)
	return int(n)
}
