package token

import (
	"encoding/base64"
	"net/http"
	"strings"

	"tailpty/term/wire"
)

// FromRequest is the token that a request carries in its headers: either
// "Authorization: Bearer", or in a WebSocket's handshake a subprotocol. Empty
// where it carries none, more than one, or one of no form at all. Nothing else
// of a request is ever looked at.
func FromRequest(r *http.Request) string {
	var found []string
	for _, v := range r.Header["Authorization"] {
		scheme, t, ok := strings.Cut(v, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return ""
		}
		found = append(found, strings.TrimSpace(t))
	}
	for _, v := range r.Header["Sec-Websocket-Protocol"] {
		for p := range strings.SplitSeq(v, ",") {
			encoded, ok := strings.CutPrefix(strings.TrimSpace(p), wire.BearerPrefix)
			if !ok {
				continue
			}
			b, err := base64.RawURLEncoding.DecodeString(encoded)
			if err != nil {
				return ""
			}
			found = append(found, string(b))
		}
	}
	if len(found) != 1 || len(found[0]) > maxLen {
		return ""
	}
	return found[0]
}

// Sent reports whether a request tries to carry a token, in whichever form.
func Sent(r *http.Request) bool {
	return len(r.Header["Authorization"]) > 0 || strings.Contains(strings.Join(r.Header["Sec-Websocket-Protocol"], ","), wire.BearerPrefix)
}

// InURL reports whether a request's query carries a token that the set knows.
// Such a token has been written to logs and histories already.
func (s *Set) InURL(r *http.Request) bool {
	if r.URL.RawQuery == "" {
		return false
	}
	for _, values := range r.URL.Query() {
		for _, v := range values {
			if len(v) <= maxLen && s.knows(HashOf(strings.TrimPrefix(v, "Bearer "))) {
				return true
			}
		}
	}
	return false
}
