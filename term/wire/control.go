package wire

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The values of Control.T.
const (
	// From the client.
	Hello   = "hello"
	Ack     = "ack"
	Take    = "take"
	Release = "release"
	Hand    = "hand"
	Resize  = "resize"
	// Ping asks for a "pong": a page cannot see the WebSocket's own pings.
	Ping = "ping"

	// From the server.
	State    = "state"
	Replay   = "replay"
	Gap      = "gap"
	Accepted = "accepted"
	Refused  = "error"
	Exit     = "exit"
	Pong     = "pong"
)

// Modes of a hello.
const (
	Latest   = "latest"
	Lossless = "lossless"
)

// Codes of an "error", which never closes the connection.
const (
	// NotAllowed: the caller's grants do not include drive on this session.
	NotAllowed = "not-allowed"
	// NotDriver: somebody else drives.
	NotDriver = "not-driver"
	// BadSequence: an input number left a hole.
	BadSequence = "bad-sequence"
	// Ended: the session's program has ended, nothing reads input.
	Ended = "ended"
)

// Away is the driver of a "state" where the client that drives is not attached at
// the moment.
const Away = "away"

// Control is one text message. Which members a message uses is said at each.
type Control struct {
	T string `json:"t"`

	// hello: Latest or Lossless; empty means Latest.
	Mode string `json:"mode,omitempty"`
	// hello: the offset the client has; ack: consumed up to here. Absent in a
	// hello means that it has nothing.
	Offset *uint64 `json:"offset,omitempty"`
	// hello, resize: the client's window; state: the session's size. In cells.
	Cols int `json:"cols,omitempty"`
	Rows int `json:"rows,omitempty"`
	// hello: lines of history wanted in a snapshot, at most MaxScrollback.
	Scrollback int `json:"scrollback,omitempty"`
	// hello: the client's random name, 1 to 64 characters of [A-Za-z0-9_-]; it
	// keeps it over reconnections, and input is numbered under it.
	Client string `json:"client,omitempty"`

	// accepted: input is applied up to this number; in the first state of an
	// attachment: the last number applied for this client.
	Seq *uint64 `json:"seq,omitempty"`

	// gap: the bytes From..To are gone. replay: all below To is history.
	From *uint64 `json:"from,omitempty"`
	To   *uint64 `json:"to,omitempty"`

	// hand: the id of whom to give the wheel.
	Person string `json:"person,omitempty"`

	// state: the receiver's own attachment, who is attached, who drives (an id
	// of People, [Away], or empty), whether the receiver may drive, the program's state
	// and its title.
	You      string   `json:"you,omitempty"`
	People   []Person `json:"people,omitempty"`
	Driver   string   `json:"driver,omitempty"`
	MayDrive bool     `json:"may_drive,omitempty"`
	Program  string   `json:"state,omitempty"`
	Title    string   `json:"title,omitempty"`

	// exit: the status of the program, 128 + the signal's number where a signal
	// ended it; absent where it is not known.
	Code *int `json:"code,omitempty"`

	// error: one of the codes, and a sentence for a person.
	Error  string `json:"error,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Person is one attachment as the others see it.
type Person struct {
	// ID is the attachment's, unique within the session's life.
	ID string `json:"id"`
	// Login is as WhoIs says; for a tagged node it is empty. Somebody at the host's
	// own terminal is local: and the name of the user.
	Login string `json:"login,omitempty"`
	// Name is the person's display name, or the node's for a tagged node.
	Name string `json:"name"`
	// Device is the short name of the node they come from.
	Device string `json:"device"`
}

// ErrControl reports a text message that is not a control message.
var ErrControl = errors.New("wire: not a control message")

// ParseControl reads a text message. Unknown values of "t" are returned as they
// are: the receiver ignores them.
func ParseControl(b []byte) (Control, error) {
	var c Control
	if err := json.Unmarshal(b, &c); err != nil {
		return Control{}, fmt.Errorf("%w: %w", ErrControl, err)
	}
	if c.T == "" {
		return Control{}, fmt.Errorf("%w: no \"t\"", ErrControl)
	}
	return c, nil
}

// Encode is the message as it goes over the wire.
func (c Control) Encode() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic("wire: a Control always encodes: " + err.Error())
	}
	return b
}
