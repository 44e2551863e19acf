package screen

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deviations are the fixtures whose .text xterm.js itself does not agree with, and
// why. TestFixturesAgreeWithOracle holds that the state is xterm.js's in them all.
var deviations = map[string]string{
	"t0031-HPB":          "has no input: HPB is not a sequence that xterm.js knows",
	"t0055-EL":           "EL at a pending wrap erases the last column and ends the wrap in xterm; in xterm.js the wrap stays",
	"t0084-CBT":          "CBT at a pending wrap moves in xterm; in xterm.js it does nothing",
	"t0103-reverse_wrap": "in xterm reverse wrap goes back over any line and from the top to the bottom; in xterm.js over wrapped lines only",
	"t0504-vim":          "its .text lacks what the shell prints after vim (echo Yes!), which xterm.js shows",
}

func TestFixturesOfXtermJS(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpora(t), "xtermjs", "*.text"))
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	passed, deviating := 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".text")
		in, err := os.ReadFile(strings.TrimSuffix(file, ".text") + ".in")
		if os.IsNotExist(err) && deviations[name] != "" {
			deviating++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := New(Options{Cols: 80, Rows: 25, Scrollback: 1000})
		s.Write(bytes.ReplaceAll(in, []byte("\n"), []byte("\r\n")))
		switch agrees := trimRows(s.Text()) == trimRows(string(want)); {
		case agrees:
			passed++
		case deviations[name] != "":
			deviating++
		default:
			t.Errorf("%s differs", name)
		}
	}
	if deviating != len(deviations) {
		t.Errorf("%d fixtures deviate, %d are named", deviating, len(deviations))
	}
	t.Logf("%d of %d agree", passed, len(files))
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
