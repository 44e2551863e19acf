package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	// Key is the setting, such as listen or profiles[0].command.
	Key string
	// Text says what is wrong and what to do.
	Text string
}

// Problems is all that is wrong, as one error.
type Problems []Problem

// Error lists every problem, one a line.
func (p Problems) Error() string {
	var b strings.Builder
	if len(p) == 1 {
		b.WriteString("config: 1 problem")
	} else {
		fmt.Fprintf(&b, "config: %d problems", len(p))
	}
	for _, one := range p {
		fmt.Fprintf(&b, "\n  %s: %s", one.Key, one.Text)
	}
	return b.String()
}

func (p *Problems) add(key, format string, args ...any) {
	*p = append(*p, Problem{key, fmt.Sprintf(format, args...)})
}

// err is p as an error, nil where it is empty.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
