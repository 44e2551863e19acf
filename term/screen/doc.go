// Package screen is a terminal emulator: it takes the bytes a program writes to
// its terminal and knows what is on the screen.
//
// Its semantics are those of xterm.js 6.0.0 with the widths of Unicode 11,
// because that is what people look at in the web app: cells, colours, wraps,
// cursor, modes and reflow agree with it. It adds what the server needs and
// xterm.js has not: the answers of a terminal with no window (palette, version,
// kitty keyboard), events for others to act on, and [Screen.Snapshot], which
// turns the whole state into bytes that put it into a blank xterm.js.
//
// # Bounds
//
// Input is untrusted. Parameters are clamped to what the screen can use,
// strings and combining marks are cut off at fixed limits, links and styles are
// collected when no cell uses them, and a line that leaves the scrollback is
// used again: a screen in steady state does not allocate.
//
// # Shape
//
// Bytes go through the parser (parser.go, table.go, params.go, decode.go),
// which prints text (print.go) and dispatches controls (control.go, escape.go,
// csi.go, osc.go, dcs.go) to the operations: cursor.go, erase.go, edit.go,
// modes.go, sgr.go, charsets.go. Cells live in lines (cells.go, combined.go),
// lines in a ring (ring.go), rings in two buffers (buffer.go). resize.go and
// reflow.go change the size. json.go, text.go and snapshot.go read the state.
//
// The package knows no PTY and no network, and imports only the standard
// library.
package screen
