// Package term is the set of sessions of this node: who may see, start, drive
// and end them, who is attached to each, and the routes that lead there.
//
// [Sessions] finds and looks after the sessions, each in a process of its own; a
// session's room owns its attachments; an
// attachment owns its WebSocket and ends with it. Rights are asked of the caller
// at every message, never remembered.
package term
