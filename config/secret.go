package config

import (
	"fmt"
	"log/slog"
)

// Secret is a value that cannot be printed: every way to format, log or encode
// it shows only whether it is set. Reveal is the one way to its value.
type Secret struct{ value string }

// NewSecret holds a value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal is the value, for the one place that needs it.
func (s Secret) Reveal() string { return s.value }

// IsSet reports whether there is a value.
func (s Secret) IsSet() bool { return s.value != "" }

// String is "(set)" or empty.
func (s Secret) String() string {
	if s.IsSet() {
		return "(set)"
	}
	return ""
}

// Format prints String, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// GoString prints String.
func (s Secret) GoString() string { return s.String() }

// LogValue logs String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText encodes String, for JSON and YAML too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
