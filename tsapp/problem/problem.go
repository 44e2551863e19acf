// Package problem is what an HTTP request that fails is told: RFC 9457 problem
// details of a closed list of types. Detail is written for the person who reads
// it and holds nothing they may not know; the cause goes to the log only.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Type is one of the closed list of problems. Clients tell problems apart by its
// name, which never changes.
type Type struct {
	name   string
	title  string
	status int
}

// The types. The names are public.
var (
	Host          = Type{"host", "Unknown host", http.StatusMisdirectedRequest}
	Origin        = Type{"origin", "Wrong origin", http.StatusForbidden}
	UnknownPeer   = Type{"unknown-peer", "Unknown device", http.StatusForbidden}
	TooManyTokens = Type{"too-many-tokens", "Too many wrong tokens", http.StatusTooManyRequests}
	Token         = Type{"token", "Token missing or wrong", http.StatusUnauthorized}
	NoGrant       = Type{"no-grant", "No grant", http.StatusForbidden}
	NotFound      = Type{"not-found", "Not found", http.StatusNotFound}
	NotAllowed    = Type{"not-allowed", "Not allowed", http.StatusForbidden}
	Limit         = Type{"limit", "Too many requests", http.StatusTooManyRequests}
	TooLarge      = Type{"too-large", "Too large", http.StatusRequestEntityTooLarge}
	BadRequest    = Type{"bad-request", "Bad request", http.StatusBadRequest}
	Method        = Type{"method", "Method not allowed", http.StatusMethodNotAllowed}
	Upgrade       = Type{"upgrade", "WebSocket only", http.StatusUpgradeRequired}
	Conflict      = Type{"conflict", "Conflict", http.StatusConflict}
	Unavailable   = Type{"unavailable", "Not available now", http.StatusServiceUnavailable}
	Internal      = Type{"internal", "Something went wrong here", http.StatusInternalServerError}
)

// Name is the type's name, the last part of its URN.
func (t Type) Name() string { return t.name }

// Status is the HTTP status of the type.
func (t Type) Status() int { return t.status }

// Problem is an error that a client may be told.
type Problem struct {
	Type Type
	// Detail is a sentence or two for a person.
	Detail string
	// RetryAfter, if not 0, is sent as Retry-After, rounded up to seconds.
	RetryAfter time.Duration
	// Cause is for the log; it is never sent.
	Cause error
}

// New makes a problem with a detail for a person.
func New(t Type, format string, args ...any) *Problem {
	return &Problem{Type: t, Detail: fmt.Sprintf(format, args...)}
}

// Because is the same problem with a cause for the log.
func (p *Problem) Because(err error) *Problem {
	q := *p
	q.Cause = err
	return &q
}

// After is the same problem with a time after which to try again.
func (p *Problem) After(d time.Duration) *Problem {
	q := *p
	q.RetryAfter = d
	return &q
}

// Error is for the log: it includes the cause.
func (p *Problem) Error() string {
	s := p.Type.name + ": " + p.Detail
	if p.Cause != nil {
		s += ": " + p.Cause.Error()
	}
	return s
}

// Unwrap is the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// From is the problem in err's chain, or an internal problem caused by err.
func From(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return New(TooLarge, "The request's body is larger than %d bytes.", e.Limit)
	}
	return New(Internal, "This is our mistake, not yours. The server's log has the details.").Because(err)
}

// Write answers a request with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.RetryAfter.Seconds()))))
	}
	switch p.Type {
	case Token:
		h.Set("WWW-Authenticate", `Bearer realm="tailpty"`)
	case Upgrade:
		h.Set("Upgrade", "websocket")
		h.Set("Connection", "Upgrade")
	}
	w.WriteHeader(p.Type.status)
	// The client may have gone; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"urn:tailpty:problem:" + p.Type.name, p.Type.title, p.Type.status, p.Detail})
}
