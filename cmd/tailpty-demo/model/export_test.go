package model

import "net/http"

// NewHandler is the API without a listener, for tests with a clock of their own.
func NewHandler(host string) http.Handler { return newServer(host, nil).routes() }

// MaxBody and MaxStreams are the limits.
const (
	MaxBody    = maxBody
	MaxStreams = maxStreams
)

// Target is the npm package that FindCodex looks for on a platform, and the target
// in it.
var Target = target
