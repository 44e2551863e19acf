package screen

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFixturesOfXtermJS(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpora(t), "xtermjs", "*.text"))
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	passed := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".text")
		in, err := os.ReadFile(strings.TrimSuffix(file, ".text") + ".in")
		if err != nil {
			t.Logf("%s: no input", name)
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := New(Options{Cols: 80, Rows: 25, Scrollback: 1000})
		s.Write(bytes.ReplaceAll(in, []byte("\n"), []byte("\r\n")))
		if trimRows(s.Text()) == trimRows(string(want)) {
			passed++
		} else {
			t.Logf("%s differs", name)
		}
	}
	t.Logf("%d of %d", passed, len(files))
	if passed < 69 {
		t.Errorf("%d fixtures agree, want at least 69", passed)
	}
}

// trimRows drops the blanks at the ends of rows and of the whole.
func trimRows(text string) string {
	rows := strings.Split(text, "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

func TestFixturesAgreeWithOracle(t *testing.T) {
	dir := corpora(t)
	o := startOracle(t)
	files, _ := filepath.Glob(filepath.Join(dir, "xtermjs", "*.in"))
	for _, file := range files {
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		j := &job{Cols: 80, Rows: 25, Scrollback: 1000}
		j.write(bytes.ReplaceAll(in, []byte("\n"), []byte("\r\n")))
		j.add("deep", true)
		j.add("replies")
		o.compare(t, filepath.Base(file), j)
	}
}
