package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Example is an annotated configuration file with every key at its default.
//
//go:embed example.yaml
var Example string

// Print writes the configuration as YAML, in the order of Config, with every
// secret and every value of a profile's environment redacted.
func (c Config) Print(w io.Writer) error {
	for _, k := range Keys() {
		v := k.value(c)
		switch x := v.(type) {
		case time.Duration:
			v = x.String()
		case []Profile:
			v = redacted(x)
		}
		var b strings.Builder
		e := json.NewEncoder(&b) // JSON is YAML
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("config: printing %s: %w", k.Name, err)
		}
		value := strings.TrimSpace(b.String())
		if value == "null" {
			value = "[]"
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", k.Name, value); err != nil {
			return fmt.Errorf("config: printing: %w", err)
		}
	}
	return nil
}

// redacted is the profiles without the values of their environment, which may
// hold keys.
func redacted(profiles []Profile) []Profile {
	out := make([]Profile, len(profiles))
	for i, p := range profiles {
		out[i] = p
		out[i].Env = make([]string, len(p.Env))
		for j, e := range p.Env {
			name, _, _ := strings.Cut(e, "=")
			out[i].Env[j] = name + "=(set)"
		}
	}
	return out
}
