package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
)

// Conn is the WebSocket that Options.Dial returns.
type Conn = websocket.Conn

// Dial opens the WebSocket at an https or http address. An answer that is no
// WebSocket is a *Refused, and so is a certificate that is not trusted.
func Dial(ctx context.Context, via *http.Client, url string, header http.Header) (*Conn, error) {
	conn, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: via, HTTPHeader: header, Subprotocols: []string{wire.Subprotocol}, CompressionMode: websocket.CompressionNoContextTakeover})
	if err == nil {
		return conn, nil
	}
	if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, RefusedBy(resp)
	}
	if wrong, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return nil, &Refused{Detail: "The server's certificate is not trusted: " + wrong.Unwrap().Error()}
	}
	return nil, err
}

// maxDetail is how much of an answer is read for what it says, in bytes.
const maxDetail = 16 << 10

// RefusedBy reads what an HTTP answer that is no success says: the detail of a
// problem (RFC 9457) where it is one. It does not close the body.
func RefusedBy(resp *http.Response) *Refused {
	r := &Refused{Status: resp.StatusCode, Detail: "The server answered " + strconv.Itoa(resp.StatusCode) + "."}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		r.RetryAfter = time.Duration(s) * time.Second
	}
	var problem struct {
		Detail string `json:"detail"`
	}
	if resp.Body != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") &&
		json.NewDecoder(io.LimitReader(resp.Body, maxDetail)).Decode(&problem) == nil && problem.Detail != "" {
		r.Detail = problem.Detail
	}
	return r
}
