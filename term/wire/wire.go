// Package wire is the protocol between a client and the server on the
// WebSocket of one attachment, as types only. This comment is its
// specification; the golden frames in testdata are read by the Go tests here
// and by the tests of the web app.
//
// # Connection
//
// GET /api/v1/sessions/{id}/attach, upgraded, subprotocol "tailpty.v1". A
// program sends its token as "Authorization: Bearer TOKEN". A browser, which
// cannot set headers, offers two subprotocols: "tailpty.v1" and
// "base64url.bearer.tailpty.T", where T is the unpadded base64url of the
// token's string. The server selects "tailpty.v1" and never sends the other
// one back. A program may offer no subprotocol; one that offers some without
// "tailpty.v1" speaks another language and is closed with 4400.
//
// # Messages
//
// A binary message is a frame: one byte that says its kind, eight bytes with an
// unsigned big-endian number, then the payload, which may be empty.
//
//	0x01  server  output    number = offset of the payload's first byte
//	0x02  server  snapshot  number = offset the snapshot stands for
//	0x11  client  input     number = sequence number
//
// A text message is one JSON object whose member "t" names it (see [Control]).
// Unknown members and unknown values of "t" are ignored by both sides, so that
// later versions may add to them. Any other binary kind is an error (4400).
//
// # Order
//
// The client speaks first: "hello" within 10 s, once. The server answers with
// "state", whose "you" is the attachment's id, then with what the client
// misses, then with output as it comes. "exit" follows the last byte of output
// and is followed by close 1000; it has no code where nobody knows it, because
// the session went with its machine. Output frames are contiguous: the offset of
// one is the offset of the one before plus its length, unless a snapshot or a
// "gap" stands between them.
//
// # Offsets and replay
//
// An offset counts the bytes that the session's program ever wrote, from 0. A
// client that has seen everything up to offset N says so in its hello, and gets
// the bytes from N on; with no offset, or with one that is gone, it gets a
// snapshot: bytes that put the session's present screen into a blank terminal
// of the size in the last "state", which the client resets first. Whichever is
// less is sent. An offset beyond the end of the log is treated as none.
//
// What happened before the client attached is bracketed by
// {"t":"replay","to":M}: every frame whose offset is below M, and a snapshot
// at M or below, is history. While it shows history a client sends nothing that
// its terminal makes up by itself (answers to queries). The session itself
// answers its program's queries, so a client never does.
//
// "gap" {from,to} says that the bytes from..to are gone and nothing stands for
// them.
//
// # Flow
//
// The client acknowledges what its terminal has consumed with
// {"t":"ack","offset":N}: each frame of 1 KiB or more as soon as it is consumed,
// less within 250 ms. From that the server knows how fast the client and its line
// are, and keeps no more bytes unacknowledged than these need, [Window] at most. In
// mode "latest" a client that has fallen behind, by [SkipBehind] at most, gets a
// snapshot in place of the bytes in between: of the screen alone, and once more
// with its history when all has been acknowledged. In
// mode "lossless", for those who may drive, it gets every byte the log still has,
// and the program waits for it when it is far behind, for at most 2 s without an
// acknowledgement.
//
// Messages may be compressed (permessage-deflate, RFC 7692); the server does so
// with what is long when the line is slow.
//
// # Size of things
//
// Output payloads are at most 32 KiB and end at a character boundary of UTF-8
// where the bytes are UTF-8. A snapshot is one frame. A client's message is at
// most 64 KiB; a larger one closes the connection with 1009. A snapshot has
// fewer lines of scrollback than were asked for where they would be more than
// [MaxHistory] cells.
//
// # Input
//
// Sequence numbers count from 1 for each client, the random string of the
// hello, and grow by one for each input frame. The session applies each number
// once: a number it has seen is acknowledged again and not applied. A number
// that leaves a hole is refused with an "error" and nothing is applied.
// "accepted" {seq} says that all input up to seq is applied; the first "state"
// of an attachment carries the last one in "seq", so that a client that comes
// back knows what to send again.
//
// Only the driver's input is applied. Input from one that does not drive, but
// may, takes the wheel when nobody has it; any other is refused with an "error"
// of code "not-driver" or "not-allowed" and is not applied; its number is not
// used up.
//
// # Driving
//
// One attachment at a time drives. "take" asks for it; where somebody else
// drives, only the session's owner or a holder of the action admin gets it.
// "hand" {person} gives it to another who may drive, by their id.
// "release" gives it back, and so does a driver from whom nothing is heard for
// 4 s: no message, and no answer to a ping. Who drives is a client, not a
// connection: one that attaches again, to this server or the next, still drives.
// In between, "driver" is "away". "resize" {cols,rows} is the size of the client's
// window: the session follows the driver's, the rest letterbox. Every change of
// driver, people, size or state reaches everybody as a new "state".
//
// # Liveness
//
// The server pings with the WebSocket's own frames. A client may send
// {"t":"ping"} at any time after its hello, and at most once a second, and gets
// {"t":"pong"}: a page cannot see the former.
//
// # Close codes
//
// See the constants that begin with Close. The reason is text for a person.
package wire

// Subprotocol is the WebSocket subprotocol both sides must agree on.
const Subprotocol = "tailpty.v1"

// BearerPrefix starts the subprotocol with which a browser carries its token;
// the unpadded base64url of the token's string follows. The form is the
// convention of the Kubernetes API server.
const BearerPrefix = "base64url.bearer.tailpty."

const (
	// Window is how many bytes may be unacknowledged at most, so that what is in
	// flight stays small and Ctrl-C shows at once. A snapshot may exceed it by itself.
	Window = 100 << 10
	// SkipBehind is how far behind the end of the log, in bytes, an attachment in
	// mode latest may fall at most before it gets a snapshot in place of the bytes.
	SkipBehind = 256 << 10
	// MaxOutput is the largest payload of an output frame, in bytes.
	MaxOutput = 32 << 10
	// MaxMessage is the largest message a client may send, in bytes.
	MaxMessage = 64 << 10
	// MaxHistory is the most cells of scrollback in a snapshot: 5,000 lines of 80
	// columns.
	MaxHistory = 400_000
	// MaxScrollback is the most lines of scrollback a hello may ask for.
	MaxScrollback = 10_000
	// MinCols is the least width, as in xterm.js; the least height is 1.
	MinCols = 2
	// MaxCols and MaxRows bound a terminal, in cells, and MaxCells their product:
	// a snapshot of it has to be small enough to send.
	MaxCols, MaxRows, MaxCells = 1000, 1000, 200_000
)

// Close codes of an attachment's WebSocket, beside the standard 1000 (the
// session ended, after "exit"), 1001 (the server stops), 1009 (a message was too
// large) and 1013 (the session does not answer: try again).
const (
	// CloseProtocol: the client broke this protocol; the reason says how.
	CloseProtocol = 4400
	// CloseToken: the token is no longer valid.
	CloseToken = 4401
	// CloseForbidden: the right to watch this session is gone.
	CloseForbidden = 4403
	// CloseReplaced: the same client attached again; this is its old connection.
	CloseReplaced = 4409
	// CloseSlow: the client did not say hello in time, or sent more input than
	// its program reads.
	CloseSlow = 4408
)
