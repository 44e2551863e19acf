package screen

// An Event is something that happened that is not on the screen. All text in it
// comes from the program: it is not to be trusted.
type Event interface{ isEvent() }

// Bell is BEL.
type Bell struct{}

// Title is a new title of the window (OSC 0 and 2).
type Title struct{ Text string }

// Notification is OSC 9 or OSC 777;notify. Title may be empty.
type Notification struct{ Title, Body string }

// Status is the program's state, as it tells it (OSC 7501). State is idle,
// working, blocked, done, error or clear, if the program keeps to the protocol.
type Status struct{ State, App, Kind string }

// Directory is the program's working directory (OSC 7, OSC 9;9). Host may be
// empty.
type Directory struct{ Host, Path string }

// PromptMark is a shell's mark (OSC 133): A before the prompt, B before the
// input, C before the output, D after it.
type PromptMark struct {
	Mark byte
	// Exit is the command's exit status, for D; -1 if it does not say.
	Exit int
}

// Clipboard is a request to set the clipboard, or with Query to read it (OSC
// 52). The screen does nothing about it. Data is base64, as it came.
type Clipboard struct {
	Selection string
	Data      string
	Query     bool
}

func (Bell) isEvent()         {}
func (Title) isEvent()        {}
func (Notification) isEvent() {}
func (Status) isEvent()       {}
func (Directory) isEvent()    {}
func (PromptMark) isEvent()   {}
func (Clipboard) isEvent()    {}
