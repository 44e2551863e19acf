// Package session is one session: one program on one PTY, with its history, in a
// process of its own that outlives whoever looks at it.
//
// [Start] is the session itself. It drains the PTY always, whoever watches: output
// goes to a log in memory, where each byte has an absolute offset, and to the
// screen, which knows what the terminal shows and answers the program's queries.
// Input is applied once for each number of each client. Nothing here waits for a
// reader: readers keep a cursor of their own, ask for what they miss, and are told
// by a channel that there is more. Only a client that wants every byte is waited
// for, and not for long.
//
// [Main] is the process around it: it serves a Unix socket that only its user can
// open, in the protocol of package link, and writes down what has to be known when
// it is gone: how the session ended, and its last screen. [Spawn] starts such a
// process, [Dial] connects to one, which gives a [Remote] with the methods of a
// Session; [Places.Look] tells what became of one that is gone.
//
// A Session owns its PTY, its program, its log and its screen. A Remote owns its
// connection, and nothing of the session.
package session
