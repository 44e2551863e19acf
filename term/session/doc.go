// Package session is one session: one program on one PTY, with its history.
//
// It drains the PTY always, whoever watches: output goes to a log in memory,
// where each byte has an absolute offset, and to the screen, which knows what
// the terminal shows and answers the program's queries. Input is applied once
// for each number of each client. Nothing here waits for a reader: readers keep
// a cursor of their own, ask for what they miss, and are told by a channel that
// there is more.
//
// A Session owns its PTY, its process, its log and its screen. It lives in the
// server's process; its methods are the seam at which it becomes a process of
// its own.
package session
