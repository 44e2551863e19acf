package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tailpty/term/client"
	"tailpty/term/wire"
)

// slowLine relays TCP to an address; each byte takes a time, in each direction.
// It returns its own address.
func slowLine(t *testing.T, to string, takes time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	pass := func(from, to net.Conn) {
		type piece struct {
			p  []byte
			at time.Time
		}
		way := make(chan piece, 1024)
		all.Go(func() {
			defer to.Close()
			for one := range way {
				time.Sleep(time.Until(one.at)) // this is what the line does
				if _, err := to.Write(one.p); err != nil {
					from.Close()
				}
			}
		})
		all.Go(func() {
			defer close(way)
			for {
				p := make([]byte, 32<<10)
				n, err := from.Read(p)
				if err != nil {
					return
				}
				way <- piece{p[:n], time.Now().Add(takes)}
			}
		})
	}
	all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			mu.Lock()
			conns = append(conns, near, far)
			mu.Unlock()
			pass(near, far)
			pass(far, near)
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// until asks again and again, as fast as tmux answers, and says how long it took
// to come true.
func (p *pane) until(what string, cond func() bool) time.Duration {
	p.t.Helper()
	began := time.Now()
	for !cond() {
		if time.Since(began) > soon {
			p.t.Fatalf("waited for %s; the terminal shows\n%s", what, p.text())
		}
	}
	return time.Since(began)
}

// On a slow line what is typed at a shell is shown at once; and what has no echo,
// or is for a full screen, is not.
func TestAttachOnASlowLine(t *testing.T) {
	if _, err := exec.LookPath("/bin/bash"); err != nil {
		t.Skip("needs bash")
	}
	const there = 100 * time.Millisecond
	h := newAttachHost(t)
	p := newPane(t, 80, 24, h.as("alice"), "new", slowLine(t, h.address, there), "bash")
	p.shows("$")
	id := h.sessions()[0].ID
	// key types one, which is another than the last, and says how long it took to
	// be seen.
	key := func(k string) time.Duration {
		t.Helper()
		began := time.Now()
		p.typ(k)
		p.until(k, func() bool { return strings.HasSuffix(p.text(), k) })
		return time.Since(began)
	}
	if took := key("z"); took < 2*there {
		t.Fatalf("the first key was shown after %v: nothing had shown yet that there is echo", took)
	}
	var took []time.Duration
	for k := range strings.SplitSeq("abcdefghijk", "") {
		took = append(took, key(k))
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > there {
		t.Errorf("keys are shown after %v (of %v), a round trip takes %v", median, took, 2*there)
	}
	p.keys("C-u")
	same(t, h, p, id)

	p.typ(`read -s secret; echo "${#secret} read"`)
	p.keys("Enter")
	p.await("the question", func() bool { text, _, _ := h.text(id); return !strings.HasSuffix(strings.TrimSpace(text), "$") })
	hidden := func(keys string) {
		t.Helper()
		for k := range strings.SplitSeq(keys, "") {
			p.typ(k)
			for range 4 {
				if text := p.text(); strings.ContainsAny(text, keys) {
					t.Fatalf("what is not echoed is shown:\n%s", text)
				}
			}
		}
	}
	hidden("QZXJKVQZXJ")
	p.keys("Enter")
	p.shows("10 read\n$")
	same(t, h, p, id)

	p.typ(`printf '\033[?1049h\033[Hfull'; cat`)
	p.keys("Enter")
	p.await("the full screen", func() bool { return p.text() == "full" })
	for k := range strings.SplitSeq("typed", "") {
		if took := key(k); took < 2*there {
			t.Errorf("in a full screen a key is shown after %v", took)
		}
	}
	p.keys("C-c")
	same(t, h, p, id)
}

// residentMB is how much memory a process has, in MB.
func residentMB(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb >> 10
}

// A terminal that takes nothing any more, as a stopped one, keeps nobody from
// being driver, nor the program from ending when it is asked to.
func TestAttachToATerminalThatStops(t *testing.T) {
	h := newAttachHost(t)
	p := newPane(t, 80, 24, h.as("alice"), "new", h.address, "sh")
	p.shows("$")
	id := h.sessions()[0].ID
	attached := p.attached()
	server, err := strconv.Atoi(strings.TrimSpace(p.tmux("display", "-p", "#{pid}")))
	if err != nil {
		t.Fatal(err)
	}
	p.typ(`sleep 1; yes flood | head -n 2000000; echo all; sleep 1000`)
	p.keys("Enter")
	p.await("the line", func() bool { text, _, _ := h.text(id); return strings.Contains(text, "sleep 1000") })
	before := residentMB(t, attached)
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	goOn := sync.OnceFunc(func() { _ = syscall.Kill(server, syscall.SIGCONT) })
	defer goOn()

	// The program is not held up, and who drives still does: longer than one who
	// is not heard of may.
	var mu sync.Mutex
	var drivers []string
	remote := h.remote("bob")
	watcher := client.New(client.Options{ViewOnly: true, Dial: func(ctx context.Context) (*client.Conn, error) { return remote.Dial(ctx, id) }, State: func(c wire.Control) {
		mu.Lock()
		drivers = append(drivers, c.Driver)
		mu.Unlock()
	}})
	var watching sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { _, _ = watcher.Run(ctx) })
	began := time.Now()
	for deadline := began.Add(soon); ; time.Sleep(50 * time.Millisecond) {
		text, _, _ := h.text(id)
		if strings.HasSuffix(text, "\nall") && time.Since(began) > 6*time.Second {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the program is held up:\n%s", text)
		}
	}
	mu.Lock()
	if len(drivers) == 0 || slices.Contains(drivers, "") || slices.Contains(drivers, wire.Away) {
		t.Errorf("the drivers were %q", drivers)
	}
	mu.Unlock()

	if kept := residentMB(t, attached) - before; kept > 12 {
		t.Errorf("of 14 MB it keeps %d", kept)
	}
	if err := syscall.Kill(attached, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(soon); syscall.Kill(attached, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not end")
		}
	}
	goOn()
	p.shows("EXIT=143")
}
