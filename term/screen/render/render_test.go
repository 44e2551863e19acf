package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func run(t *testing.T, stream string, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Run(strings.NewReader(stream), o, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func points(t *testing.T, texts ...string) (all []Point) {
	t.Helper()
	for _, text := range texts {
		p, err := ParsePoint(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestEndIsTheDefault(t *testing.T) {
	got := run(t, "one\ntwo", Options{Cols: 6, Rows: 3, CRLF: true})
	if want := "one\ntwo\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPicturesAtOffsets(t *testing.T) {
	got := run(t, "one\ntwo", Options{Cols: 6, Rows: 2, CRLF: true, At: points(t, "5", "0", "2")})
	if want := "== 0\n\n\n== 2\non\n\n== 5\none\nt\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestResizeComesBeforeItsPicture(t *testing.T) {
	r, err := ParseResize("4=3x2")
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, "abcdefgh", Options{Cols: 8, Rows: 1, Format: JSON, At: points(t, "4"), Resizes: []Resize{r}})
	var picture struct {
		Offset     int64
		Cols, Rows int
		Lines      [][][]any
	}
	if err := json.Unmarshal([]byte(got), &picture); err != nil {
		t.Fatal(err)
	}
	if picture.Offset != 4 || picture.Cols != 3 || picture.Rows != 2 || len(picture.Lines) != 2 || len(picture.Lines[0]) != 3 {
		t.Errorf("got %s", got)
	}
}

func TestAsciicast(t *testing.T) {
	two := `{"version":2,"width":5,"height":2}
[1.0,"o","ab"]
[1.5,"i","x"]
[2.0,"r","9x2"]
[3.0,"o","cdefg"]
`
	three := `{"version":3,"term":{"cols":5,"rows":2}}
# a comment
[1.0,"o","ab"]
[1.0,"r","9x2"]
[1.0,"o","cdefg"]
`
	for _, cast := range []string{two, three} {
		got := run(t, cast, Options{At: points(t, "0.5s", "1s", "2.5s", "3s", "4")})
		want := "== 0\n\n\n== 2\nab\n\n== 2\nab\n\n== 4\nabcd\n\n== 7\nabcdefg\n\n"
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTimesNeedAnAsciicast(t *testing.T) {
	err := Run(strings.NewReader("x"), Options{At: points(t, "1s")}, &bytes.Buffer{})
	if err == nil {
		t.Error("no error")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "x", "-1", "s", "-2s", "1.5", "NaNs"} {
		if p, err := ParsePoint(text); err == nil {
			t.Errorf("ParsePoint(%q) = %v", text, p)
		}
	}
	for _, text := range []string{"", "1", "1=", "1=80", "1=0x3", "x=8x3", "1=8x-3", "1=8x99999"} {
		if r, err := ParseResize(text); err == nil {
			t.Errorf("ParseResize(%q) = %v", text, r)
		}
	}
}
