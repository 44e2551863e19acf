//go:build linux

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"tailpty/term/screen"
)

const (
	quiet    = 250 * time.Millisecond // a program that prints nothing for so long waits for keys
	patience = 2 * time.Second        // but it is not waited for longer
	maxBytes = 700 << 10
)

// A recording is what one run printed.
type recording struct {
	name       string
	cols, rows int
	data       []byte
	resizes    []resize
}

type resize struct {
	Off  int `json:"off"`
	Cols int `json:"cols"`
	Rows int `json:"rows"`
}

// A run is a program in a PTY.
type run struct {
	mu      sync.Mutex
	rec     recording
	last    time.Time
	ended   bool
	screen  *screen.Screen // answers the program's queries
	answers []byte
}

// record runs p and goes through its steps.
func record(p program) (*recording, error) {
	argv, env := p.argv, environment()
	if p.prepare != nil {
		more, extra, stop, err := p.prepare()
		if err != nil {
			return nil, err
		}
		defer stop()
		argv, env = append(more, p.argv...), append(env, extra...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = p.folder(), env
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(p.cols), Rows: uint16(p.rows)})
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	r := &run{last: time.Now(), rec: recording{name: p.name, cols: p.cols, rows: p.rows}}
	r.screen = screen.New(screen.Options{Cols: p.cols, Rows: p.rows, Reply: func(b []byte) { r.answers = append(r.answers, b...) }})
	var reading sync.WaitGroup
	reading.Go(func() { r.read(f) })
	r.settle()
	for _, st := range p.steps {
		st.do(r, f)
	}
	cmd.Process.Signal(syscall.SIGHUP) // it may have ended
	kill := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	cmd.Wait() // a signal may have ended it
	kill.Stop()
	f.Close()
	reading.Wait()
	return &r.rec, nil
}

// read keeps what the program prints, and answers it.
func (r *run) read(f *os.File) {
	buf := make([]byte, 64<<10)
	for {
		n, err := f.Read(buf)
		r.mu.Lock()
		if len(r.rec.data)+n <= maxBytes {
			r.rec.data = append(r.rec.data, buf[:n]...)
		}
		r.screen.Write(buf[:n])
		answers := r.answers
		r.answers = nil
		r.last = time.Now()
		r.ended = err != nil
		r.mu.Unlock()
		if err != nil {
			return
		}
		f.Write(answers) // the program may have ended
	}
}

// settle waits until the program prints nothing more.
func (r *run) settle() {
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(20 * time.Millisecond) {
		r.mu.Lock()
		done := r.ended || time.Since(r.last) > quiet && time.Since(begin) > quiet
		r.mu.Unlock()
		if done {
			return
		}
	}
}

// A step is keys typed, a resize, or a time to wait.
type step struct {
	keys       string
	cols, rows int
	wait       time.Duration
}

func (st step) do(r *run, f *os.File) {
	switch {
	case st.cols > 0:
		r.mu.Lock()
		pty.Setsize(f, &pty.Winsize{Cols: uint16(st.cols), Rows: uint16(st.rows)})
		r.rec.resizes = append(r.rec.resizes, resize{Off: len(r.rec.data), Cols: st.cols, Rows: st.rows})
		r.screen.Resize(st.cols, st.rows)
		r.mu.Unlock()
	case st.keys != "":
		f.WriteString(st.keys)
	}
	if st.wait > 0 {
		time.Sleep(st.wait)
		return
	}
	r.settle()
}

// save writes NAME.raw.gz and NAME.json.
func (r *recording) save(dir string) error {
	if len(r.data) == 0 {
		return fmt.Errorf("it printed nothing")
	}
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		return err
	}
	w.Write(r.data) // a buffer does not fail
	if err := w.Close(); err != nil {
		return err
	}
	about, err := json.Marshal(map[string]any{"name": r.name, "cols": r.cols, "rows": r.rows, "resizes": r.resizes})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, r.name+".raw.gz"), z.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, r.name+".json"), append(about, '\n'), 0o644)
}
