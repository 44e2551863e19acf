package screen

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// An oracle is a node process with xterm.js in it.
type oracle struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// nodeModules returns the folder with xterm.js, or skips the test.
func nodeModules(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: not compared with xterm.js")
	}
	dir := os.Getenv("TAILPTY_TEST_NODE_MODULES")
	if dir == "" {
		dir = filepath.Join("..", "..", "ui", "node_modules")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"headless", "addon-unicode11"} {
		if _, err := os.Stat(filepath.Join(dir, "@xterm", name)); err != nil {
			t.Skipf("@xterm/%s is not installed: not compared with xterm.js", name)
		}
	}
	return dir
}

func startOracle(t testing.TB) *oracle {
	t.Helper()
	dir := nodeModules(t)
	cmd := exec.Command("node", filepath.Join("oracle", "oracle.mjs"))
	cmd.Env = append(os.Environ(), "TAILPTY_TEST_NODE_MODULES="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &oracle{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("oracle: %v", err)
		}
	})
	return o
}

// A job is one terminal and what is done with it.
type job struct {
	Cols       int     `json:"cols"`
	Rows       int     `json:"rows"`
	Scrollback int     `json:"scrollback"`
	Steps      [][]any `json:"steps"`
}

func (j *job) write(p []byte)        { j.add("w", base64.StdEncoding.EncodeToString(p)) }
func (j *job) add(step ...any)       { j.Steps = append(j.Steps, step) }
func (j *job) resize(cols, rows int) { j.add("r", cols, rows) }

// run gives the job to the oracle and returns what it printed.
func (o *oracle) run(j *job) ([]json.RawMessage, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	var sent sync.WaitGroup
	var sendErr error
	sent.Go(func() { _, sendErr = o.in.Write(append(text, '\n')) })
	defer sent.Wait()
	var all []json.RawMessage
	for {
		text, err := o.out.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("reading from the oracle: %w (writing: %v)", err, sendErr)
		}
		if string(text) == "\"end\"\n" {
			return all, nil
		}
		all = append(all, bytes.TrimSuffix(text, []byte{'\n'}))
	}
}

// replay does the job with a Screen and returns what the oracle would print.
func replay(j *job) []json.RawMessage {
	var replies []byte
	var all []json.RawMessage
	options := Options{Cols: j.Cols, Rows: j.Rows, Scrollback: j.Scrollback,
		Reply: func(p []byte) {
			if !ownReply(p) {
				replies = append(replies, p...)
			}
		}}
	s := New(options)
	for _, step := range j.Steps {
		switch step[0] {
		case "w":
			p, err := base64.StdEncoding.DecodeString(step[1].(string))
			if err != nil {
				panic(err)
			}
			s.Write(p)
		case "r":
			s.Resize(step[1].(int), step[2].(int))
		case "json":
			all = append(all, s.AppendJSON(nil, int64(step[1].(int))))
		case "deep":
			all = append(all, appendString(nil, []byte(s.deep(step[1].(bool)))))
		case "replies":
			all = append(all, appendString(nil, replies))
			replies = nil
		}
	}
	return all
}

// ownReply reports whether p answers something that xterm.js without a window
// does not.
func ownReply(p []byte) bool {
	for _, head := range []string{"\x1bP>|", "\x1bP!|", "\x1b]"} {
		if bytes.HasPrefix(p, []byte(head)) {
			return true
		}
	}
	return bytes.HasPrefix(p, []byte("\x1b[?")) && bytes.HasSuffix(p, []byte("u"))
}

// compare runs the job both ways and reports the first difference. It returns
// whether there was none.
func (o *oracle) compare(t *testing.T, name string, j *job) bool {
	t.Helper()
	want, err := o.run(j)
	if err != nil {
		t.Fatal(err)
	}
	got := replay(j)
	for i := range want {
		if bytes.HasPrefix(want[i], []byte(`{"error"`)) {
			t.Logf("%s: xterm.js fails: %s", name, want[i])
			return true
		}
		var a, b any
		if err := json.Unmarshal(got[i], &a); err != nil {
			t.Fatalf("%s: %v in %s", name, err, got[i])
		}
		if err := json.Unmarshal(want[i], &b); err != nil {
			t.Fatal(err)
		}
		if diff := firstDifference(a, b, ""); diff != "" {
			t.Errorf("%s: print %d of %d: %s", name, i, len(want), diff)
			return false
		}
	}
	return true
}

// firstDifference names the first place where two values differ.
func firstDifference(got, want any, path string) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s: got %v, want %v", path, got, want)
		}
		for k := range w {
			if d := firstDifference(g[k], w[k], path+"."+k); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s: got %v, want %v", path, got, want)
		}
		for i := range w {
			if d := firstDifference(g[i], w[i], fmt.Sprintf("%s[%d]", path, i)); d != "" {
				return d
			}
		}
		return ""
	case string:
		g, ok := got.(string)
		if ok && g == w {
			return ""
		}
		gl, wl := strings.Split(g, "\n"), strings.Split(w, "\n")
		for i := range min(len(gl), len(wl)) {
			if gl[i] != wl[i] {
				return fmt.Sprintf("%s line %d:\n got %q\nwant %q", path, i, gl[i], wl[i])
			}
		}
		return fmt.Sprintf("%s: got %d lines, want %d", path, len(gl), len(wl))
	}
	if got != want {
		return fmt.Sprintf("%s: got %v, want %v", path, got, want)
	}
	return ""
}

func TestAgreesWithOracle(t *testing.T) {
	o := startOracle(t)
	for _, r := range allRecordings(t) {
		t.Run(r.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			o.compare(t, r.name, r.job(rng, points(25), 1000, lookJSON))
			o.compare(t, r.name, r.job(rng, points(15), 200, lookDeep))
		})
	}
}
