package screen

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// A recording is a stream with the resizes that happened in it.
type recording struct {
	name       string
	cols, rows int
	resizes    []resizeAt
	data       []byte
}

type resizeAt struct {
	Off        int `json:"off"`
	Cols, Rows int
}

// corpora returns the folder of recordings that are not part of the project, or
// skips the test.
func corpora(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("TAILPTY_CORPORA")
	if dir == "" {
		t.Skip("TAILPTY_CORPORA is not set: no corpora")
	}
	return dir
}

// readRecordings reads NAME.raw with NAME.json from dir.
func readRecordings(t testing.TB, dir string) []recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.raw*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", dir, err)
	}
	var all []recording
	for _, file := range files {
		data, err := readMaybeGzip(file)
		if err != nil {
			t.Fatal(err)
		}
		base, _, _ := strings.Cut(file, ".raw")
		text, err := os.ReadFile(base + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var about struct {
			Cols, Rows int
			Resizes    []resizeAt
		}
		if err := json.Unmarshal(text, &about); err != nil {
			t.Fatal(err)
		}
		all = append(all, recording{name: filepath.Base(base), cols: about.Cols, rows: about.Rows,
			resizes: about.Resizes, data: data})
	}
	return all
}

// job cuts the recording into random chunks of whole characters and looks at the
// state after about points of them, and after each resize.
func (r *recording) job(rng *rand.Rand, points, scrollback int, look func(j *job, off int)) *job {
	j := &job{Cols: r.cols, Rows: r.rows, Scrollback: scrollback}
	every := max(1, len(r.data)/points)
	next, resize := 0, 0
	for off := 0; off < len(r.data); {
		end := off + 1 + rng.IntN(2*every)
		if rng.IntN(8) == 0 {
			end = off + 1 + rng.IntN(16)
		}
		if resize < len(r.resizes) {
			if off >= r.resizes[resize].Off {
				j.resize(r.resizes[resize].Cols, r.resizes[resize].Rows)
				resize++
				look(j, off)
				continue
			}
			end = min(end, r.resizes[resize].Off)
		}
		end = min(end, len(r.data))
		for end < len(r.data) && !utf8.RuneStart(r.data[end]) {
			end++
		}
		j.write(r.data[off:end])
		off = end
		if off >= next {
			look(j, off)
			next = off + every
		}
	}
	look(j, len(r.data))
	return j
}

func lookJSON(j *job, off int) { j.add("json", off) }
func lookDeep(j *job, _ int)   { j.add("deep", true) }

// points is how many points of a recording a test looks at: n, or with
// TAILPTY_TEST_EXHAUSTIVE set, forty times as many.
func points(n int) int {
	if os.Getenv("TAILPTY_TEST_EXHAUSTIVE") != "" {
		return 40 * n
	}
	return n
}

// allRecordings returns the project's recordings, and the corpora if there are
// any.
func allRecordings(t testing.TB) []recording {
	all := readRecordings(t, "testdata")
	if dir := os.Getenv("TAILPTY_CORPORA"); dir != "" {
		all = append(all, readRecordings(t, filepath.Join(dir, "streams"))...)
	}
	return all
}

// readMaybeGzip reads a file, unpacked if its name ends in .gz.
func readMaybeGzip(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(name, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
