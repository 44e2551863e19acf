package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
)

// stream is an endless row of bytes that a seed and a name determine, in
// whatever pieces it is read. All values of a byte occur.
type stream struct {
	source *rand.ChaCha8
	tame   bool
	last   byte
}

// typedStream is what is typed into a session, printedStream what its program
// writes.
func typedStream(seed uint64, id string) *stream { return newStream(seed, "typed "+id) }

func printedStream(seed uint64, id string) *stream {
	s := newStream(seed, "printed "+id)
	s.tame = true
	return s
}

func newStream(seed uint64, name string) *stream {
	return &stream{source: rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, name)))}
}

// fill fills p with what comes next. A tame stream asks a terminal nothing, for
// the answer would be input that nobody typed: ESC always begins ESC 7, and 0xc2,
// which begins the control characters of 8 bits, a copyright sign.
func (s *stream) fill(p []byte) {
	_, _ = s.source.Read(p) // never fails, says its documentation
	if !s.tame {
		return
	}
	for i := range p {
		switch s.last {
		case 0x1b:
			p[i] = '7'
		case 0xc2:
			p[i] = 0xa9
		}
		s.last = p[i]
	}
}

// meter counts and hashes what passes, and compares it with what should.
type meter struct {
	sum    hash.Hash
	n      uint64 // bytes
	want   *stream
	wrong  bool   // something was not what it should be
	at     uint64 // where that began
	wanted []byte
}

func newMeter(want *stream) *meter { return &meter{sum: sha256.New(), want: want} }

func (m *meter) add(p []byte) {
	m.sum.Write(p)
	if !m.wrong {
		want := m.next(len(p))
		if !bytes.Equal(p, want) {
			m.wrong, m.at = true, m.n
			for i := range p {
				if p[i] != want[i] {
					m.at += uint64(i)
					break
				}
			}
		}
	}
	m.n += uint64(len(p))
}

// next is what should come, valid until the next call.
func (m *meter) next(n int) []byte {
	if cap(m.wanted) < n {
		m.wanted = make([]byte, n)
	}
	m.want.fill(m.wanted[:n])
	return m.wanted[:n]
}

// skip passes over n bytes that did not come, so that what comes after can be
// compared.
func (m *meter) skip(n uint64) {
	for n > 0 && !m.wrong {
		k := min(n, 1<<16)
		m.next(int(k))
		n -= k
	}
}

// amount is how much passed.
func (m *meter) amount() amount { return amount{m.n, hex.EncodeToString(m.sum.Sum(nil))} }

// amount is so many bytes with this SHA-256.
type amount struct {
	Bytes  uint64 `json:"bytes"`
	SHA256 string `json:"sha256"`
}
