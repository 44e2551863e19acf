package link

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Kind is the byte after a frame's length.
type Kind byte

// The kinds of frame; see the package comment.
const (
	KindMessage Kind = 0x01
	KindOutput  Kind = 0x02
	KindBytes   Kind = 0x03
	KindInput   Kind = 0x04
)

// lengthLen is the length of a frame's length, in bytes.
const lengthLen = 4

// ErrFrame reports what is no frame of this protocol.
var ErrFrame = errors.New("link: not a frame")

// OutputLen is how many bytes of an output frame come before its payload.
const OutputLen = lengthLen + 1 + 8

// AppendOutput appends an output frame.
func AppendOutput(b []byte, offset uint64, p []byte) []byte {
	b = appendHead(b, KindOutput, 8+len(p))
	b = binary.BigEndian.AppendUint64(b, offset)
	return append(b, p...)
}

// PutOutput writes the head of an output frame into the first OutputLen bytes of
// b, whose rest is the payload.
func PutOutput(b []byte, offset uint64) {
	binary.BigEndian.PutUint32(b, uint32(len(b)-lengthLen))
	b[lengthLen] = byte(KindOutput)
	binary.BigEndian.PutUint64(b[lengthLen+1:], offset)
}

// Bytes is the answer to snapshot and to read.
type Bytes struct {
	ID, Offset uint64
	Cols, Rows int
	Payload    []byte
}

// Append appends the frame.
func (f Bytes) Append(b []byte) []byte {
	b = appendHead(b, KindBytes, 20+len(f.Payload))
	b = binary.BigEndian.AppendUint64(b, f.ID)
	b = binary.BigEndian.AppendUint64(b, f.Offset)
	b = binary.BigEndian.AppendUint16(b, uint16(f.Cols))
	b = binary.BigEndian.AppendUint16(b, uint16(f.Rows))
	return append(b, f.Payload...)
}

// Input is one piece of input, numbered by its client.
type Input struct {
	ID, Seq uint64
	Client  string
	Payload []byte
}

// Append appends the frame.
func (f Input) Append(b []byte) []byte {
	b = appendHead(b, KindInput, 18+len(f.Client)+len(f.Payload))
	b = binary.BigEndian.AppendUint64(b, f.ID)
	b = binary.BigEndian.AppendUint64(b, f.Seq)
	b = binary.BigEndian.AppendUint16(b, uint16(len(f.Client)))
	b = append(b, f.Client...)
	return append(b, f.Payload...)
}

// Append appends the message as a frame.
func (m Message) Append(b []byte) []byte {
	body, err := json.Marshal(m)
	if err != nil {
		panic("link: a Message always encodes: " + err.Error())
	}
	return append(appendHead(b, KindMessage, len(body)), body...)
}

func appendHead(b []byte, kind Kind, body int) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(1+body))
	return append(b, byte(kind))
}

// Reader reads frames.
type Reader struct {
	r   io.Reader
	max int
	buf []byte
}

// NewReader reads frames of at most max bytes from r, which should be buffered.
func NewReader(r io.Reader, max int) *Reader { return &Reader{r: r, max: max} }

// Whole reports whether a reader holds a whole frame, which Next would return
// without reading.
func Whole(r *bufio.Reader) bool {
	if r.Buffered() < lengthLen {
		return false
	}
	head, err := r.Peek(lengthLen)
	return err == nil && uint64(r.Buffered()) >= lengthLen+uint64(binary.BigEndian.Uint32(head))
}

// Next is the next frame. The body is good until the next call. An end between two
// frames is io.EOF, within one io.ErrUnexpectedEOF.
func (r *Reader) Next() (Kind, []byte, error) {
	var head [lengthLen]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 1 || n > uint32(r.max) {
		return 0, nil, fmt.Errorf("%w: its length is %d", ErrFrame, n)
	}
	if cap(r.buf) < int(n) || cap(r.buf) > keepBuffer && int(n) <= keepBuffer {
		r.buf = make([]byte, max(n, leastBuffer))
	}
	b := r.buf[:n]
	if _, err := io.ReadFull(r.r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return Kind(b[0]), b[1:], nil
}

// leastBuffer and keepBuffer bound the buffer that a Reader keeps, in bytes.
const leastBuffer, keepBuffer = 4 << 10, 256 << 10

// ParseMessage reads the body of a message.
func ParseMessage(b []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(b, &m); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return m, nil
}

// ParseOutput reads the body of an output frame. The payload points into b.
func ParseOutput(b []byte) (offset uint64, p []byte, err error) {
	if len(b) < 8 {
		return 0, nil, fmt.Errorf("%w: output of %d bytes", ErrFrame, len(b))
	}
	return binary.BigEndian.Uint64(b), b[8:], nil
}

// ParseBytes reads the body of a bytes frame. The payload points into b.
func ParseBytes(b []byte) (Bytes, error) {
	if len(b) < 20 {
		return Bytes{}, fmt.Errorf("%w: bytes of %d bytes", ErrFrame, len(b))
	}
	return Bytes{ID: binary.BigEndian.Uint64(b), Offset: binary.BigEndian.Uint64(b[8:]),
		Cols: int(binary.BigEndian.Uint16(b[16:])), Rows: int(binary.BigEndian.Uint16(b[18:])), Payload: b[20:]}, nil
}

// ParseInput reads the body of an input frame. The payload points into b.
func ParseInput(b []byte) (Input, error) {
	if len(b) < 18 || len(b) < 18+int(binary.BigEndian.Uint16(b[16:])) {
		return Input{}, fmt.Errorf("%w: input of %d bytes", ErrFrame, len(b))
	}
	n := 18 + int(binary.BigEndian.Uint16(b[16:]))
	return Input{ID: binary.BigEndian.Uint64(b), Seq: binary.BigEndian.Uint64(b[8:]), Client: string(b[18:n]), Payload: b[n:]}, nil
}
