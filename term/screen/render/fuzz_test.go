package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// FuzzRun renders whatever comes, in each format, and looks at the pictures.
func FuzzRun(f *testing.F) {
	f.Add([]byte("one\ntwo\x1b[31m\xe6\xbc"), uint16(4), uint16(20), true)
	f.Add([]byte("{\"version\":2,\"width\":5,\"height\":2}\n[1.0,\"o\",\"ab\"]\n[2.0,\"r\",\"9x2\"]\n[3,\"o\",\"c\"]\n"), uint16(1), uint16(3), false)
	f.Add([]byte("{\"version\":3,\"term\":{\"cols\":5,\"rows\":2}}\n# x\n[1.0,\"o\",\"ab\"]\n"), uint16(0), uint16(1), false)
	f.Add([]byte("{\"version\":3,\"term\":{\"cols\":99999999,\"rows\":99999999}}\n"), uint16(0), uint16(0), false)
	f.Add([]byte("{\"version\":2}"), uint16(0), uint16(9), false)
	f.Fuzz(func(t *testing.T, stream []byte, at, resize uint16, crlf bool) {
		if len(stream) > 1<<14 {
			return
		}
		o := Options{Cols: 20, Rows: 5, Scrollback: 10, CRLF: crlf, Format: JSON,
			At:      []Point{{Offset: int64(at)}, {Offset: 3}},
			Resizes: []Resize{{At: Point{Offset: int64(resize)}, Cols: 7, Rows: 3}}}
		var out bytes.Buffer
		if err := Run(bytes.NewReader(stream), o, &out); err != nil {
			return
		}
		lines := json.NewDecoder(&out)
		for range o.At {
			var picture struct {
				Cols, Rows int
				Lines      [][]any
			}
			if err := lines.Decode(&picture); err != nil {
				t.Fatal(err)
			}
			if len(picture.Lines) != picture.Rows || len(picture.Lines[0]) != picture.Cols {
				t.Errorf("%d rows of %d columns, said to be %d x %d", len(picture.Lines), len(picture.Lines[0]), picture.Cols, picture.Rows)
			}
		}
		if lines.More() {
			t.Error("more pictures than points")
		}
		o.Format = ANSI
		if err := errors.Join(Run(bytes.NewReader(stream), o, &out), Run(bytes.NewReader(stream), Options{}, &out)); err != nil {
			t.Errorf("a format matters: %v", err)
		}
	})
}
