package render

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// A Point is a place in the stream: bytes of output from its beginning, or with
// Timed seconds of an asciicast.
type Point struct {
	Offset  int64
	Seconds float64
	Timed   bool
}

// ParsePoint reads an offset, or seconds with an s: "1024", "12.5s".
func ParsePoint(text string) (Point, error) {
	if number, ok := strings.CutSuffix(text, "s"); ok {
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || !(v >= 0) {
			return Point{}, fmt.Errorf("render: %q is no number of seconds", text)
		}
		return Point{Seconds: v, Timed: true}, nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 0 {
		return Point{}, fmt.Errorf("render: %q is no offset, and no number of seconds with an s", text)
	}
	return Point{Offset: v}, nil
}

func (p Point) String() string {
	if p.Timed {
		return strconv.FormatFloat(p.Seconds, 'f', -1, 64) + "s"
	}
	return strconv.FormatInt(p.Offset, 10)
}

func (p Point) compare(q Point) int {
	if p.Timed != q.Timed {
		return 0
	}
	return cmp.Or(cmp.Compare(p.Offset, q.Offset), cmp.Compare(p.Seconds, q.Seconds))
}

// A Resize is a change of size at a point.
type Resize struct {
	At         Point
	Cols, Rows int
}

// ParseResize reads a resize: "1024=80x24".
func ParseResize(text string) (Resize, error) {
	at, size, ok := strings.Cut(text, "=")
	if !ok {
		return Resize{}, fmt.Errorf("render: %q is no resize like OFFSET=80x24", text)
	}
	p, err := ParsePoint(at)
	if err != nil {
		return Resize{}, err
	}
	cols, rows, err := ParseSize(size)
	if err != nil {
		return Resize{}, err
	}
	return Resize{At: p, Cols: cols, Rows: rows}, nil
}

// ParseSize reads columns and rows: "80x24".
func ParseSize(text string) (cols, rows int, err error) {
	c, r, ok := strings.Cut(text, "x")
	cols, errC := strconv.Atoi(c)
	rows, errR := strconv.Atoi(r)
	if !ok || errC != nil || errR != nil || cols < 1 || rows < 1 || cols > 4096 || rows > 4096 {
		return 0, 0, fmt.Errorf("render: %q is no size like 80x24", text)
	}
	return cols, rows, nil
}
