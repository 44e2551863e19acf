package predict

import "fmt"

// Mode is when guesses are shown.
type Mode int

// The modes.
const (
	// Auto shows them while the line is slow.
	Auto Mode = iota
	// Off never does.
	Off
	// Always does on every line.
	Always
)

// ParseMode reads the name of a mode: auto, off or always.
func ParseMode(name string) (Mode, error) {
	switch name {
	case "auto":
		return Auto, nil
	case "off":
		return Off, nil
	case "always":
		return Always, nil
	}
	return Auto, fmt.Errorf("%q is none of auto, off and always", name)
}
