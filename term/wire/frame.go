package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Kind is the first byte of a binary message.
type Kind byte

// The kinds of frame; see the package comment.
const (
	Output   Kind = 0x01
	Snapshot Kind = 0x02
	Input    Kind = 0x11
)

// HeaderLen is the length of a frame's header: kind and number.
const HeaderLen = 1 + 8

// ErrFrame reports a binary message that is no frame of this protocol.
var ErrFrame = errors.New("wire: not a frame")

// Frame is one binary message.
type Frame struct {
	Kind Kind
	// Number is an offset (output, snapshot) or a sequence number (input).
	Number  uint64
	Payload []byte
}

// AppendHeader appends the header of a frame to b.
func AppendHeader(b []byte, kind Kind, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, byte(kind)), number)
}

// Append appends the whole frame to b.
func (f Frame) Append(b []byte) []byte {
	return append(AppendHeader(b, f.Kind, f.Number), f.Payload...)
}

// ParseFrame reads a binary message. The payload points into b.
func ParseFrame(b []byte) (Frame, error) {
	if len(b) < HeaderLen {
		return Frame{}, fmt.Errorf("%w: %d bytes, a header has %d", ErrFrame, len(b), HeaderLen)
	}
	f := Frame{Kind: Kind(b[0]), Number: binary.BigEndian.Uint64(b[1:]), Payload: b[HeaderLen:]}
	switch f.Kind {
	case Output, Snapshot, Input:
		return f, nil
	}
	return Frame{}, fmt.Errorf("%w: kind 0x%02x", ErrFrame, b[0])
}
