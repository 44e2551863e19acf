package client

import (
	"fmt"
	"time"
)

// Phase is where a client is on its way.
type Phase int

// The phases.
const (
	// Connecting: a connection is being made.
	Connecting Phase = iota
	// Live: the session has greeted; what was missed comes first.
	Live
	// Waiting: there is no connection until Status.Until.
	Waiting
	// Ended: the session's program has ended with Status.Exit.
	Ended
	// Stopped: nothing more happens, because of Status.Err.
	Stopped
)

// Status is how the connection is.
type Status struct {
	Phase Phase
	// Until is when the next connection is made, in the phase Waiting.
	Until time.Time
	// Err is why there is no connection: a *Refused, a *Closed or what the
	// network said.
	Err error
	// Exit is the program's status, in the phase Ended.
	Exit int
}

// Refused is a server's answer to a connection that it did not let through.
type Refused struct {
	// Status is the HTTP status; 0 where trying again would be of no use for
	// another reason, which Detail says.
	Status int
	// Detail is for a person to read.
	Detail string
	// RetryAfter is what the server asks to wait, 0 for nothing.
	RetryAfter time.Duration
}

func (r *Refused) Error() string {
	if r.Detail == "" {
		return fmt.Sprintf("the server answered %d", r.Status)
	}
	return r.Detail
}

// passing reports that the same may go through later: 408, 425, 429 and all that
// is the server's own trouble.
func (r *Refused) passing() bool {
	switch r.Status {
	case 408, 425, 429:
		return true
	}
	return r.Status >= 500
}

// Closed is how the server closed a connection.
type Closed struct {
	// Code is the WebSocket's close code; package wire has ours.
	Code int
	// Reason is for a person to read.
	Reason string
}

func (c *Closed) Error() string {
	if c.Reason == "" {
		return fmt.Sprintf("the connection was closed (%d)", c.Code)
	}
	return c.Reason
}
