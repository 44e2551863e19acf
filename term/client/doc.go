// Package client is the Go client of the protocol in [tailpty/term/wire]: one
// attachment to one session, over as many connections as it takes.
//
// It resumes at the offset it has, sends what was typed until the session says
// that it is applied, acknowledges output when its receiver has taken it, and
// notices by itself that the other side is gone. What it does not know is how to
// reach the server (it is given a function that dials) and what a terminal is.
package client
