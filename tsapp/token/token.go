// Package token is the explicit secret that every API call and WebSocket
// carries beside the identity of its peer: its form, the file that holds the
// hashes, and the headers it travels in.
//
// A token is 256 bits, written as 43 characters of base64url. Only its SHA-256
// is stored. Nothing here makes one by itself: a person asks for it.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Size is the entropy of a token in bytes.
const Size = 32

// minLen is the length of a token's string.
var minLen = base64.RawURLEncoding.EncodedLen(Size)

// maxLen bounds what is hashed for a stranger: longer strings are no token.
const maxLen = 512

// wellKnown are values that stand in examples and in other programs' defaults;
// whoever uses one has not configured a secret.
var wellKnown = []string{"buffaly", "changeme", "change-me", "change-me-in-production", "secret", "password", "token", "test", "admin", "tailpty"}

// Errors of Check.
var (
	ErrMissing   = errors.New("token: none is configured")
	ErrShort     = errors.New("token: too short")
	ErrWellKnown = errors.New("token: a well-known value")
	ErrForm      = errors.New("token: not base64url")
)

// Generate makes a new token, when a person asked for one.
func Generate() string {
	var b [Size]byte
	rand.Read(b[:]) // never fails, says its documentation
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Check reports why s may not be configured as a token: missing, well known,
// not base64url, of less than Size bytes, or plainly not random.
func Check(s string) error {
	if s == "" {
		return ErrMissing
	}
	if slices.Contains(wellKnown, strings.ToLower(s)) {
		return ErrWellKnown
	}
	if len(s) > maxLen {
		return fmt.Errorf("%w: %d characters; a token has %d", ErrForm, len(s), base64.RawURLEncoding.EncodedLen(Size))
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if len(s) < base64.RawURLEncoding.EncodedLen(Size) {
		return fmt.Errorf("%w: %d characters; a token has %d", ErrShort, len(s), base64.RawURLEncoding.EncodedLen(Size))
	}
	if err != nil {
		return ErrForm
	}
	if len(b) < Size {
		return fmt.Errorf("%w: %d bytes; a token has %d", ErrShort, len(b), Size)
	}
	// 43 random characters of 64 have 31 different ones on average, and fewer
	// than 16 once in 10^10: whoever repeats "abc" has not made a secret.
	distinct := map[rune]bool{}
	for _, r := range s {
		distinct[r] = true
	}
	if len(distinct) < 12 {
		return fmt.Errorf("%w: it repeats %d characters", ErrWellKnown, len(distinct))
	}
	return nil
}

// Hash is the SHA-256 of a token's whole string.
type Hash [sha256.Size]byte

// HashOf hashes a token's string.
func HashOf(s string) Hash { return sha256.Sum256([]byte(s)) }

// String is the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText is the hash in hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("token: a hash has %d hex digits, not %d", 2*len(h), len(b))
	}
	if _, err := hex.Decode(h[:], b); err != nil {
		return fmt.Errorf("token: reading a hash: %w", err)
	}
	return nil
}
