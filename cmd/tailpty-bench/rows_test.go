package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// own are the rows of ours that need no tailnet. Their sessions are this program.
func own(t *testing.T) []peer {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []peer{limit{}, relay{}, hops{}, tailpty{session: []string{self, sessionCommand}}}
}

// testBench is what measurements get in tests.
func testBench(t *testing.T) *bench {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{self: self, rounds: 1, o: options{size: 2 << 20, keys: 20}}
}

// startIn starts a row in a folder whose path is short enough for sockets.
func startIn(t *testing.T, p peer) server {
	t.Helper()
	dir, err := os.MkdirTemp("", "tpb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s, err := p.start(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each of our rows carries every byte, to a client that looks at each, twice.
func TestOwnRowsCarryAll(t *testing.T) {
	b := testBench(t)
	for _, p := range own(t) {
		t.Run(p.name(), func(t *testing.T) {
			s := startIn(t, p)
			defer s.close()
			for _, k := range []kind{plain, redraws} {
				term, err := openReady(t.Context(), s, openOptions{command: b.flood(k), mode: every})
				if err != nil {
					t.Fatal(err)
				}
				defer term.Close()
				want := k.expected(b.o.size)
				for n := 1; n <= 2; n++ {
					f, err := readFlood(term, n, &want)
					if err != nil || f.took <= 0 || f.child <= 0 || f.bytes < want.bytes {
						t.Fatalf("%s, for the %d. time: %+v, %v", k, n, f, err)
					}
				}
				wrong := expected{want.bytes, want.sum + 1}
				if _, err := readFlood(term, 3, &wrong); err == nil {
					t.Errorf("%s: other bytes are taken for the same", k)
				}
			}
		})
	}
}

// Keys come back, and the output of one Ctrl-C is seen.
func TestOwnRowsEcho(t *testing.T) {
	b := testBench(t)
	for _, p := range own(t) {
		t.Run(p.name(), func(t *testing.T) {
			s := startIn(t, p)
			defer s.close()
			term, err := openReady(t.Context(), s, openOptions{command: b.child(echoer)})
			if err != nil {
				t.Fatal(err)
			}
			defer term.Close()
			took, err := typeKeys(term, 20)
			if err != nil || len(took) != 20 {
				t.Fatalf("%d echoes: %v", len(took), err)
			}
			shell, err := openReady(t.Context(), s, openOptions{command: b.child(yesser), mode: latest})
			if err != nil {
				t.Fatal(err)
			}
			defer shell.Close()
			for n, f := range []*finder{find("prompt1"), find("prompt2")} {
				if _, err := shell.Write([]byte("g")); err != nil {
					t.Fatal(err)
				}
				read := 0
				for buf := make([]byte, 32<<10); read < 300_000; {
					m, err := shell.Read(buf)
					if err != nil {
						t.Fatal(err)
					}
					shell.consumed(m)
					read += m
				}
				if _, err := shell.Write([]byte{3}); err != nil {
					t.Fatal(err)
				}
				if _, err := readUntil(shell, f, nil); err != nil {
					t.Fatalf("prompt %d: %v", n+1, err)
				}
			}
		})
	}
}

// When a terminal is closed its program ends, and with the server all that is
// charged.
func TestOwnRowsEnd(t *testing.T) {
	for _, p := range own(t) {
		t.Run(p.name(), func(t *testing.T) {
			s := startIn(t, p)
			pidOf := func() (int, terminal) {
				term, err := openReady(t.Context(), s, openOptions{command: []string{"/bin/sh", "-c", "echo @ready=1@; exec cat"}})
				if err != nil {
					t.Fatal(err)
				}
				pids := append(childrenOf(os.Getpid()), s.pids()...)
				for _, pid := range pids {
					for _, c := range append(childrenOf(pid), pid) {
						if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c)); err == nil && strings.HasPrefix(string(line), "cat\x00") {
							return c, term
						}
					}
				}
				t.Fatal("the program is nowhere")
				return 0, nil
			}
			program, term := pidOf()
			term.Close()
			gone(t, program)
			program, term = pidOf()
			pids := s.pids()
			if err := s.close(); err != nil {
				t.Error(err)
			}
			term.Close()
			for _, pid := range append(pids, program) {
				gone(t, pid)
			}
		})
	}
}

// gone waits until a process has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(patient); ; time.Sleep(5 * time.Millisecond) {
		fields, err := statOf(pid)
		if err != nil || string(fields[0]) == "Z" {
			return
		}
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("process %d does not end", pid)
		}
	}
}

// A screen is there again, whole, and watched by others.
func TestTailptyComesBack(t *testing.T) {
	b := testBench(t)
	all := own(t)
	s := startIn(t, all[len(all)-1])
	defer s.close()
	term, err := openReady(t.Context(), s, openOptions{command: b.flood(plain), mode: latest})
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	viewer, err := term.(joiner).join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan error, 1)
	go func() {
		_, err := readUntil(viewer, find("end1"), nil)
		seen <- err
	}()
	if _, err := readFlood(term, 1, nil); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-seen, viewer.Close(), term.(rejoiner).leave()); err != nil {
		t.Fatal(err)
	}
	sizes := map[int]int{}
	for _, lines := range []int{0, 1000} {
		again, n, err := term.(rejoiner).rejoin(t.Context(), lines)
		if err != nil {
			t.Fatal(err)
		}
		shown := make([]byte, n)
		if _, err := io.ReadFull(again, shown); err != nil {
			t.Fatal(err)
		}
		if found, _ := find("end1").feed(shown); !found {
			t.Errorf("with %d lines it does not show the end", lines)
		}
		sizes[lines] = n
		if err := again.(rejoiner).leave(); err != nil {
			t.Error(err)
		}
	}
	if sizes[1000] < 10*sizes[0] {
		t.Errorf("bytes of 0 and 1,000 lines: %v", sizes)
	}
}

// What is rendered is acknowledged, and never more.
func TestAcknowledgedOffset(t *testing.T) {
	term := &attached{frames: []frameRead{{0x01, 100, 0, 10}, {0x02, 500, 10, 40}, {0x01, 500, 50, 20}}}
	for _, tt := range []struct {
		done int64
		want uint64
		ok   bool
	}{{0, 0, false}, {4, 104, true}, {10, 110, true}, {30, 0, false}, {50, 500, true}, {55, 505, true}, {70, 520, true}, {70, 0, false}} {
		term.done = tt.done
		if at, ok := term.offset(); at != tt.want || ok != tt.ok {
			t.Errorf("%d rendered: %d, %t; want %d, %t", tt.done, at, ok, tt.want, tt.ok)
		}
	}
}

// A context that ends takes a terminal that nobody closes with it.
func TestLimitEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := limit{}.start(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	term, err := openReady(ctx, s, openOptions{command: idler})
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, term)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patient):
		t.Error("its reader still waits")
	}
}
