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

// notInToken splits a URL into what could be a token: runs of the characters of
// base64url.
func notInToken(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// InURL reports whether a request's path or query has a token in it that the
// set knows, wherever in it. Such a token has been written to logs and histories
// already.
func (s *Set) InURL(r *http.Request) bool {
	for _, part := range []string{r.URL.Path, r.URL.RawQuery} {
		for word := range strings.FieldsFuncSeq(part, notInToken) {
			if len(word) >= minLen && len(word) <= maxLen && s.knows(HashOf(word)) {
				return true
			}
		}
	}
	return false
}
