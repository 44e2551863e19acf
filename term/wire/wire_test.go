package wire

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden is one message of testdata/frames.json, which the web app's tests read
// too: a frame as hex, or a control message as text.
type golden struct {
	Name       string          `json:"name"`
	Hex        string          `json:"hex,omitempty"`
	Kind       string          `json:"kind,omitempty"`
	Number     string          `json:"number,omitempty"`
	PayloadHex string          `json:"payload_hex,omitempty"`
	Text       string          `json:"text,omitempty"`
	Control    json.RawMessage `json:"control,omitempty"`
}

var update = flag.Bool("update", false, "write testdata/frames.json anew")

var frames = []struct {
	name  string
	frame Frame
}{
	{"output at 0", Frame{Output, 0, []byte("hello\r\n")}},
	{"output beyond 2^53", Frame{Output, 1<<53 + 1, []byte("\x1b[1mé漢\x1b[m")}},
	{"empty output", Frame{Output, 7, nil}},
	{"snapshot", Frame{Snapshot, 4096, []byte("\x1bc\x1b[?1049h")}},
	{"input", Frame{Input, 1, []byte("ls\r")}},
	{"input of every byte", Frame{Input, 1<<64 - 1, []byte{0, 0x7f, 0x80, 0xff}}},
}

var controls = []struct {
	name    string
	control Control
}{
	{"hello, new", Control{T: Hello, Mode: Latest, Cols: 80, Rows: 24, Scrollback: 1000, Client: "c-1_A"}},
	{"hello, resumed at 0", Control{T: Hello, Mode: Lossless, Offset: new(uint64(0)), Cols: 80, Rows: 24, Client: "c"}},
	{"ack", Control{T: Ack, Offset: new(uint64(65536))}},
	{"take", Control{T: Take}},
	{"release", Control{T: Release}},
	{"resize", Control{T: Resize, Cols: 132, Rows: 43}},
	{"ping", Control{T: Ping}},
	{"pong", Control{T: Pong}},
	{"state", Control{T: State, You: "a1", Driver: "a2", MayDrive: true, Cols: 80, Rows: 24, Program: "working", Title: "codex",
		Seq: new(uint64(0)), People: []Person{{ID: "a1", Login: "bob@example.com", Name: "Bob", Device: "bob-phone"}, {ID: "a2", Name: "ci", Device: "ci"}}}},
	{"replay", Control{T: Replay, To: new(uint64(10))}},
	{"gap", Control{T: Gap, From: new(uint64(0)), To: new(uint64(99))}},
	{"accepted", Control{T: Accepted, Seq: new(uint64(3))}},
	{"exit 0", Control{T: Exit, Code: new(0)}},
	{"exit by signal", Control{T: Exit, Code: new(137)}},
	{"hand over", Control{T: Hand, Person: "a1.2"}},
	{"exit that nobody knows", Control{T: Exit}},
	{"error", Control{T: Refused, Error: NotDriver, Detail: "Bob drives. Take over first."}},
}

func TestGoldenFrames(t *testing.T) {
	const file = "testdata/frames.json"
	if *update {
		var all []golden
		for _, f := range frames {
			all = append(all, golden{Name: f.name, Hex: hex.EncodeToString(f.frame.Append(nil)),
				Kind: strconv.Itoa(int(f.frame.Kind)), Number: strconv.FormatUint(f.frame.Number, 10), PayloadHex: hex.EncodeToString(f.frame.Payload)})
		}
		for _, c := range controls {
			all = append(all, golden{Name: c.name, Text: string(c.control.Encode()), Control: c.control.Encode()})
		}
		b, _ := json.MarshalIndent(all, "", " ")
		if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(frames)+len(controls) {
		t.Fatalf("%s has %d messages, the test has %d: run go test -update", file, len(all), len(frames)+len(controls))
	}
	for i, g := range all {
		t.Run(g.Name, func(t *testing.T) {
			if g.Hex == "" {
				want := controls[i-len(frames)].control
				got, err := ParseControl([]byte(g.Text))
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
				if string(want.Encode()) != g.Text {
					t.Errorf("encodes as %s, golden is %s", want.Encode(), g.Text)
				}
				return
			}
			raw, _ := hex.DecodeString(g.Hex)
			got, err := ParseFrame(raw)
			if err != nil {
				t.Fatal(err)
			}
			want := frames[i].frame
			if got.Kind != want.Kind || got.Number != want.Number || string(got.Payload) != string(want.Payload) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if hex.EncodeToString(got.Append(nil)) != g.Hex {
				t.Errorf("encodes as %x, golden is %s", got.Append(nil), g.Hex)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, b := range [][]byte{nil, {1}, make([]byte, HeaderLen-1), make([]byte, HeaderLen), append([]byte{0x12}, make([]byte, 8)...)} {
		if _, err := ParseFrame(b); !errors.Is(err, ErrFrame) {
			t.Errorf("ParseFrame(%x) = %v, want ErrFrame", b, err)
		}
	}
	for _, s := range []string{"", "{}", "[]", `{"t":1}`, `{"t":"ack","offset":-1}`, `{"t":"hello","cols":"80"}`} {
		if _, err := ParseControl([]byte(s)); !errors.Is(err, ErrControl) {
			t.Errorf("ParseControl(%s) = %v, want ErrControl", s, err)
		}
	}
}

// FuzzParseFrame: whatever parses encodes to the same bytes.
func FuzzParseFrame(f *testing.F) {
	for _, x := range frames {
		f.Add(x.frame.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := ParseFrame(b)
		if err == nil && string(fr.Append(nil)) != string(b) {
			t.Fatalf("%x parsed to %+v", b, fr)
		}
	})
}

// FuzzParseControl: whatever parses survives encoding and parsing again.
func FuzzParseControl(f *testing.F) {
	for _, c := range controls {
		f.Add(c.control.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseControl(b)
		if err != nil {
			return
		}
		again, err := ParseControl(c.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Encode()) != string(c.Encode()) {
			t.Fatalf("%s became %s", c.Encode(), again.Encode())
		}
	})
}
