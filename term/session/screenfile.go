package session

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
)

// shot is a session's screen at an offset of its output.
type shot struct {
	Cols   int    `json:"cols"`
	Rows   int    `json:"rows"`
	Offset uint64 `json:"offset"`
	Title  string `json:"title"`
	bytes  []byte // puts it into a blank terminal
}

// write keeps the screen: a line of JSON, then the bytes.
func (s shot) write(dir string) error {
	head, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, screenFile), append(append(head, '\n'), s.bytes...))
}

// readShot reads the screen that was kept last. Without one it is blank.
func readShot(dir string) shot {
	s := shot{Cols: 80, Rows: 24}
	b, err := os.ReadFile(filepath.Join(dir, screenFile))
	head, rest, ok := bytes.Cut(b, []byte("\n"))
	if err != nil || !ok || json.Unmarshal(head, &s) != nil || s.Cols < 1 || s.Rows < 1 {
		return shot{Cols: 80, Rows: 24}
	}
	s.bytes = rest
	return s
}
