// Package link is the protocol between the server and the process of one
// session, as types only. This comment is its specification; the transcripts in
// testdata hold it to what was said before.
//
// # Connection
//
// A session's process listens on a Unix socket of mode 0600. It serves any number
// of connections of its own user: the server's, and those of commands on the
// host. Either side may close at any time; nothing but the connection ends by it.
//
// # Frames
//
// Four bytes with the big-endian length of what follows, at most [MaxFrame]; one
// byte that says the kind; then the body. Numbers in bodies are big-endian.
//
//	0x01  both     message   JSON object, see [Message]
//	0x02  process  output    offset u64, bytes
//	0x03  process  bytes     request u64, offset u64, cols u16, rows u16, bytes
//	0x04  server   input     request u64, sequence u64, length u16, client, bytes
//
// Unknown members and unknown values of "t" are ignored by both sides. Any other
// kind ends the connection.
//
// # Versions
//
// The server speaks first: "hello" with the lowest and the highest version that it
// speaks. The process answers "hello" with the highest version of both, or with
// "error" and closes. A process never changes its version, so a server speaks
// all versions whose processes may still run. This is version 1.
//
// # Requests
//
// A message with an "id" is answered by one "reply" or one bytes frame with the
// same id, in any order. The ids are the server's, unique in a connection.
//
//	snapshot{id,scrollback}   bytes: the present screen for a blank terminal of cols x rows, at offset
//	read{id,from,n}           bytes: at most n bytes of the log from "from" or what is left of it, at offset
//	follow{id}                reply{offset}: output frames follow from there on, all of them or, for one that does not keep up, with a jump
//	unfollow{}                no more output
//	drive{id,was,client}      reply{ok}: client drives in place of was, either may be empty
//	accepted{id,client}       reply{seq}: the last input number applied for a client
//	input frame               reply{seq}, with "error" where it was not applied
//	resize{cols,rows} rename{name} end{}
//	seen{}                    whoever is to see the end has: the process need not stay for them
//	people{people}            who is attached through this connection
//	hold{client,offset}       that client wants every byte and has all below offset; with no offset, no longer
//
// The process pushes "state" at once and whenever it changes. The state that says
// "ended" comes after the last byte of output.
package link

// Version is the highest version this package speaks, MinVersion the lowest.
const (
	MinVersion = 1
	Version    = 1
)

// MaxFrame is the largest length of a frame, in bytes: a snapshot of the largest
// screen with the most history. MaxRequest is that of a server's.
const MaxFrame, MaxRequest = 64 << 20, 1 << 20

// The values of Message.T.
const (
	Hello    = "hello"
	Error    = "error"
	Snapshot = "snapshot"
	Read     = "read"
	Follow   = "follow"
	Unfollow = "unfollow"
	Drive    = "drive"
	Accepted = "accepted"
	Resize   = "resize"
	Rename   = "rename"
	End      = "end"
	Folk     = "people"
	Hold     = "hold"
	Seen     = "seen"
	State    = "state"
	Reply    = "reply"
)

// Codes of a reply's "error" to input.
const (
	Ended     = "ended"
	NotDriver = "not-driver"
	Sequence  = "sequence"
)

// Message is one JSON message. Which members it uses is said in the package
// comment.
type Message struct {
	T  string `json:"t"`
	ID uint64 `json:"id,omitempty"`

	// hello, of the server: the versions it speaks.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// hello, of the process: the version spoken, the session, the size of its log
	// in bytes, and a number of this connection that none before it had.
	Version int    `json:"version,omitempty"`
	Session string `json:"session,omitempty"`
	Log     uint64 `json:"log,omitempty"`
	Conn    uint64 `json:"conn,omitempty"`
	// hello, of the server: "server", or "local" for a command on the host.
	Role string `json:"role,omitempty"`

	Scrollback int     `json:"scrollback,omitempty"`
	From       uint64  `json:"from,omitempty"`
	N          int     `json:"n,omitempty"`
	Offset     *uint64 `json:"offset,omitempty"`
	Was        string  `json:"was,omitempty"`
	Client     string  `json:"client,omitempty"`
	Cols       int     `json:"cols,omitempty"`
	Rows       int     `json:"rows,omitempty"`
	Name       string  `json:"name,omitempty"`
	OK         bool    `json:"ok,omitempty"`
	Seq        uint64  `json:"seq,omitempty"`
	// Error is a code, or in an "error" a sentence.
	Error  string   `json:"error,omitempty"`
	People []Person `json:"people,omitempty"`
	// Status is with "state".
	Status *Status `json:"status,omitempty"`
}

// Roles of a connection.
const (
	RoleServer = "server"
	RoleLocal  = "local"
)

// Status is what is known of a session besides its output.
type Status struct {
	Name  string `json:"name"`
	Cols  int    `json:"cols"`
	Rows  int    `json:"rows"`
	Title string `json:"title,omitempty"`
	// Program is what the program says of itself; Since is when it became that,
	// in ms since 1970.
	Program string `json:"program"`
	Since   int64  `json:"since"`
	// Driver is the client that drives, or empty.
	Driver string `json:"driver,omitempty"`
	// Others are the people attached through other connections.
	Others []Person `json:"others,omitempty"`
	// Ended: the program has ended with Exit at EndedAt, in ms since 1970.
	Ended   bool  `json:"ended,omitempty"`
	Exit    int   `json:"exit,omitempty"`
	EndedAt int64 `json:"ended_at,omitempty"`
}

// Person is one attachment.
type Person struct {
	ID     string `json:"id"`
	Client string `json:"client"`
	Login  string `json:"login,omitempty"`
	Name   string `json:"name"`
	Device string `json:"device"`
}
