package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"tailpty/term/session"
)

const (
	// childCommand is the argument by which this program is a session's.
	childCommand = "child"
	// lookEvery is how often the program looks whether it is to end.
	lookEvery = 50 * time.Millisecond
	// inputWithin is how long the rest of the input may take, and quietFor how long
	// more than was typed is waited for.
	inputWithin, quietFor = 60 * time.Second, 300 * time.Millisecond
	// lastWords is how many bytes it writes as fast as it can right before its end:
	// more than a session that waits for its driver takes.
	lastWords = 640 << 10
)

// account is what a session's program has written and read, as it says itself.
type account struct {
	Printed amount `json:"printed"`
	Read    amount `json:"read"`
	// Wrong reports that what was read is not what was typed, from the byte At on.
	Wrong bool   `json:"wrong"`
	At    uint64 `json:"at"`
	Done  bool   `json:"done"` // nothing comes any more
}

// accountFile is where a session's program writes its account, stopFile where it
// is told how many bytes of input there are in all, after which it ends.
func accountFile(dir, id string) string { return filepath.Join(dir, id+".json") }
func stopFile(dir, id string) string    { return filepath.Join(dir, id+".stop") }

// replace writes a file, whole or not at all.
func replace(path string, b []byte) error {
	if err := os.WriteFile(path+"~", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+"~", path)
}

// child is the program of a session: it writes its stream, reads what is typed
// and keeps account of both.
func child(args []string) int {
	f := flag.NewFlagSet(childCommand, flag.ExitOnError)
	dir := f.String("dir", "", "where accounts are written")
	seed := f.Uint64("seed", 0, "what the streams are made from")
	rate := f.Int("rate", 1<<20, "bytes a second, at most")
	_ = f.Parse(args) // it exits
	id := os.Getenv(session.Mark)
	if err := makeRaw(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	p := &program{dir: *dir, id: id, rate: *rate, printed: newMeter(printedStream(*seed, id)), source: printedStream(*seed, id), read: newMeter(typedStream(*seed, id)), stop: make(chan struct{})}
	if err := p.run(); err != nil {
		_ = os.WriteFile(accountFile(*dir, id)+".error", []byte(err.Error()), 0o600) // its terminal may be gone
		return 1
	}
	return 0
}

// program is what runs in the child.
type program struct {
	dir, id string
	rate    int
	source  *stream
	stop    chan struct{}

	mu            sync.Mutex
	printed, read *meter
}

func (p *program) run() error {
	failed := make(chan error, 2)
	go func() { failed <- p.readAll() }()
	written := make(chan error, 1)
	go func() { written <- p.writeAll() }()
	total, err := p.awaitStop(failed)
	if err != nil {
		return err
	}
	close(p.stop)
	if err := <-written; err != nil {
		return err
	}
	if err := p.awaitInput(total, failed); err != nil {
		return err
	}
	for range lastWords / (64 << 10) {
		if err := p.write(64 << 10); err != nil {
			return err
		}
	}
	return p.tell(true)
}

// awaitStop waits until the program is told to end, and returns how much input
// there is.
func (p *program) awaitStop(failed <-chan error) (uint64, error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for i := 0; ; i++ {
		select {
		case err := <-failed:
			return 0, err
		case <-look.C:
		}
		b, err := os.ReadFile(stopFile(p.dir, p.id))
		if err == nil {
			return strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		if i%4 == 0 {
			if err := p.tell(false); err != nil {
				return 0, err
			}
		}
	}
}

// awaitInput waits for all input, and a little longer.
func (p *program) awaitInput(total uint64, failed <-chan error) error {
	deadline, quiet, last := time.Now().Add(inputWithin), time.Now(), uint64(0)
	for time.Now().Before(deadline) {
		p.mu.Lock()
		n := p.read.n
		p.mu.Unlock()
		if n != last {
			last, quiet = n, time.Now()
		}
		if n >= total && time.Since(quiet) > quietFor {
			return nil
		}
		select {
		case err := <-failed:
			return err
		case <-time.After(lookEvery):
		}
	}
	return nil // the account says it
}

// readAll reads what is typed.
func (p *program) readAll() error {
	buf := make([]byte, 64<<10)
	for {
		n, err := os.Stdin.Read(buf)
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		p.mu.Lock()
		p.read.add(buf[:n])
		p.mu.Unlock()
	}
}

// writeAll writes, in pieces of any size, at a speed that changes all the time and
// is the rate at most.
func (p *program) writeAll() error {
	next, change, rate := time.Now(), time.Now(), 0
	for {
		if now := time.Now(); now.After(change) {
			change, rate = now.Add(rand.N(4*time.Second)), 1+rand.IntN(p.rate)
		}
		n := 1 + rand.IntN(min(16<<10, 1+rate/8))
		if err := p.write(n); err != nil {
			return err
		}
		// What a terminal that waited has cost is made up for a little only.
		next = later(next, time.Now().Add(-100*time.Millisecond)).Add(time.Duration(n) * time.Second / time.Duration(rate))
		select {
		case <-p.stop:
			return nil
		case <-time.After(time.Until(next)):
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (p *program) write(n int) error {
	b := make([]byte, n)
	p.source.fill(b)
	k, err := os.Stdout.Write(b)
	p.mu.Lock()
	p.printed.add(b[:k])
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// tell writes the account.
func (p *program) tell(done bool) error {
	p.mu.Lock()
	a := account{Printed: p.printed.amount(), Read: p.read.amount(), Wrong: p.read.wrong, At: p.read.at, Done: done}
	p.mu.Unlock()
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return replace(accountFile(p.dir, p.id), b)
}

// readAccount reads what a session's program says.
func readAccount(dir, id string) (account, error) {
	var a account
	b, err := os.ReadFile(accountFile(dir, id))
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	return a, err
}
