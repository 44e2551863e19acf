package link

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the transcript of the present version")

// line is one frame of a transcript: who sent it, its bytes, and what they mean.
type line struct {
	From string  `json:"from"` // server or process
	Hex  string  `json:"hex"`
	Kind Kind    `json:"kind"`
	Text string  `json:"text"` // a message as it is on the wire
	Data *Bytes  `json:"data,omitempty"`
	In   *Input  `json:"in,omitempty"`
	At   *uint64 `json:"at,omitempty"` // output
	Out  string  `json:"out,omitempty"`
}

// conversation is every kind of frame of the present version, each once.
func conversation() (from []string, frames [][]byte) {
	say := func(who string, b []byte) { from, frames = append(from, who), append(frames, b) }
	server, process := "server", "process"
	say(server, Message{T: Hello, Min: 1, Max: 1, Role: RoleServer}.Append(nil))
	say(process, Message{T: Hello, Version: 1, Session: "abcdefgh", Log: 8 << 20, Conn: 3}.Append(nil))
	say(process, Message{T: Error, Error: "a sentence"}.Append(nil))
	say(process, Message{T: State, Status: &Status{Name: "n", Cols: 80, Rows: 24, Title: "t", Program: "working", Since: 1, Driver: "a/b",
		Others: []Person{{ID: "a1.1", Client: "a/b", Login: "a", Name: "A", Device: "d"}}}}.Append(nil))
	say(server, Message{T: Follow, ID: 1}.Append(nil))
	say(process, Message{T: Reply, ID: 1, Offset: new(uint64(0))}.Append(nil))
	say(process, AppendOutput(nil, 1<<40, []byte("out\x00put")))
	say(server, Message{T: Unfollow}.Append(nil))
	say(server, Message{T: Snapshot, ID: 2, Scrollback: 1000}.Append(nil))
	say(process, Bytes{ID: 2, Offset: 7, Cols: 80, Rows: 24, Payload: []byte("\x1b[m")}.Append(nil))
	say(server, Message{T: Read, ID: 3, From: 5, N: 100}.Append(nil))
	say(process, Bytes{ID: 3, Offset: 5, Payload: []byte("xy")}.Append(nil))
	say(server, Message{T: Drive, ID: 4, Was: "a/b", Client: "c/d"}.Append(nil))
	say(process, Message{T: Reply, ID: 4, OK: true}.Append(nil))
	say(server, Message{T: Accepted, ID: 5, Client: "c/d"}.Append(nil))
	say(process, Message{T: Reply, ID: 5, Seq: 9}.Append(nil))
	say(server, Input{ID: 6, Seq: 10, Client: "c/d", Payload: []byte("ls\r")}.Append(nil))
	say(process, Message{T: Reply, ID: 6, Seq: 9, Error: NotDriver}.Append(nil))
	say(server, Message{T: Resize, Cols: 100, Rows: 30}.Append(nil))
	say(server, Message{T: Rename, Name: "new"}.Append(nil))
	say(server, Message{T: Folk, People: []Person{{ID: "a1.1", Client: "a/b", Name: "A", Device: "d"}}}.Append(nil))
	say(server, Message{T: Hold, Client: "c/d", Offset: new(uint64(12))}.Append(nil))
	say(server, Message{T: Hold, Client: "c/d"}.Append(nil))
	say(server, Message{T: End}.Append(nil))
	say(server, Message{T: Seen}.Append(nil))
	say(process, Message{T: State, Status: &Status{Name: "n", Cols: 80, Rows: 24, Program: "ended", Since: 2, Ended: true, Exit: 143, EndedAt: 3}}.Append(nil))
	return from, frames
}

// Every version that a process may still speak is read as it was written, and the
// present one is written so.
func TestTranscripts(t *testing.T) {
	if *update {
		write(t, filepath.Join("testdata", "v1", "transcript.json"))
	}
	all, err := filepath.Glob("testdata/v*/transcript.json")
	if err != nil || len(all) != Version-MinVersion+1 {
		t.Fatalf("%d transcripts for the versions %d to %d, %v", len(all), MinVersion, Version, err)
	}
	for _, file := range all {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var lines []line
		if err := json.Unmarshal(b, &lines); err != nil {
			t.Fatal(err)
		}
		var stream []byte
		for _, l := range lines {
			frame, err := hex.DecodeString(l.Hex)
			if err != nil {
				t.Fatal(err)
			}
			stream = append(stream, frame...)
			if got := describe(t, l.From, frame); !cmp.Equal(got, l) {
				t.Errorf("%s: %s", file, cmp.Diff(l, got))
			}
		}
		r := NewReader(bytes.NewReader(stream), MaxFrame)
		for i := range lines {
			if _, _, err := r.Next(); err != nil {
				t.Fatalf("frame %d: %v", i, err)
			}
		}
		if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last: %v", err)
		}
		if filepath.Base(filepath.Dir(file)) != "v1" {
			continue
		}
		_, frames := conversation()
		if len(frames) != len(lines) {
			t.Fatalf("the transcript has %d frames, the conversation %d: the protocol has changed, so its version must", len(lines), len(frames))
		}
		for i, f := range frames {
			if hex.EncodeToString(f) != lines[i].Hex {
				t.Errorf("frame %d is written differently now: the protocol has changed, so its version must\n%q", i, f)
			}
		}
	}
}

// describe is a frame as a transcript has it.
func describe(t *testing.T, from string, frame []byte) line {
	t.Helper()
	l := line{From: from, Hex: hex.EncodeToString(frame)}
	kind, b, err := NewReader(bytes.NewReader(frame), MaxFrame).Next()
	if err != nil {
		t.Fatal(err)
	}
	l.Kind = kind
	switch kind {
	case KindMessage:
		m, err := ParseMessage(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		l.Text = string(again)
	case KindOutput:
		at, p, err := ParseOutput(b)
		if err != nil {
			t.Fatal(err)
		}
		l.At, l.Out = &at, string(p)
	case KindBytes:
		f, err := ParseBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		f.Payload = bytes.Clone(f.Payload)
		l.Data = &f
	case KindInput:
		f, err := ParseInput(b)
		if err != nil {
			t.Fatal(err)
		}
		f.Payload = bytes.Clone(f.Payload)
		l.In = &f
	}
	return l
}

func write(t *testing.T, file string) {
	t.Helper()
	from, frames := conversation()
	var lines []line
	for i, f := range frames {
		lines = append(lines, describe(t, from[i], f))
	}
	b, err := json.MarshalIndent(lines, "", " ")
	if err == nil {
		err = os.WriteFile(file, append(b, '\n'), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestBadFrames(t *testing.T) {
	for name, b := range map[string][]byte{
		"no length": {0, 0}, "length 0": {0, 0, 0, 0}, "too long": {0xff, 0, 0, 0, 1}, "cut": {0, 0, 0, 9, 1, 2},
	} {
		if _, _, err := NewReader(bytes.NewReader(b), MaxRequest).Next(); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, parse := range map[string]func([]byte) error{
		"message": func(b []byte) error { _, err := ParseMessage(b); return err },
		"output":  func(b []byte) error { _, _, err := ParseOutput(b); return err },
		"bytes":   func(b []byte) error { _, err := ParseBytes(b); return err },
		"input":   func(b []byte) error { _, err := ParseInput(b); return err },
	} {
		for _, b := range [][]byte{nil, []byte("{"), make([]byte, 7), append(make([]byte, 16), 0xff, 0xff)} {
			if err := parse(b); !errors.Is(err, ErrFrame) && !(name == "output" && len(b) >= 8) {
				t.Errorf("%s of %x: %v", name, b, err)
			}
		}
	}
}

func TestPutOutput(t *testing.T) {
	b := append(make([]byte, OutputLen), "payload"...)
	PutOutput(b, 77)
	if want := AppendOutput(nil, 77, []byte("payload")); !bytes.Equal(b, want) {
		t.Errorf("%x, want %x", b, want)
	}
}

func FuzzReader(f *testing.F) {
	_, frames := conversation()
	for _, b := range frames {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), MaxRequest)
		for {
			kind, body, err := r.Next()
			if err != nil {
				return
			}
			switch kind {
			case KindMessage:
				_, _ = ParseMessage(body)
			case KindOutput:
				_, _, _ = ParseOutput(body)
			case KindBytes:
				_, _ = ParseBytes(body)
			case KindInput:
				_, _ = ParseInput(body)
			}
		}
	})
}
