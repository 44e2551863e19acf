package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A row at the far end of a line is late by the line, carries what it shows, and
// comes back.
func TestBehindSlowLine(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		peer       peer
		compressed bool
	}{
		{relay{}, false},
		{tailpty{session: []string{self, sessionCommand}}, false},
		{tailpty{session: []string{self, sessionCommand}}, true},
		{ssh{}, false},
		{ssh{}, true},
	} {
		name := tt.peer.name()
		if tt.compressed {
			name += ", compressed"
		}
		t.Run(name, func(t *testing.T) {
			s, err := tt.peer.start(t.Context(), t.TempDir())
			if err != nil {
				t.Skip(err)
			}
			defer func() {
				if err := s.close(); err != nil {
					t.Error(err)
				}
			}()
			const delay = 20 * time.Millisecond
			f, err := throughSlowLine(t.Context(), s, tt.compressed, []string{self, listerCommand, "30000"}, linkOptions{lineRate, delay})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(f.values)
			between := func(key string, least, most float64) {
				if v, ok := f.values[key]; !ok || v < least || v > most {
					t.Errorf("%s is %v, and not in %v to %v", key, v, least, most)
				}
			}
			between("idle", 40, 400)
			between("key", 40, 2000)
			if _, ok := tt.peer.(ssh); ok && tt.compressed {
				between("keybytes", 0.5, 20)
			} else {
				between("keybytes", 0.5, 60) // the server may compress, or not
			}
			if !tt.compressed && f.values["keybytes"] < 30 {
				t.Error("less went over the line than was written")
			}
			if _, ok := tt.peer.(tailpty); ok {
				between("attach", 3*40, 5000)
				between("attachbytes", 1, 200)
			}
		})
	}
}

// A listing is as long as was asked for, lines of a terminal, and without what
// markers are made of.
func TestListing(t *testing.T) {
	for _, size := range []int{1, 10_000, 2 << 20} {
		b := listing(size)
		if len(b) < size || len(b) > size+10_000 {
			t.Errorf("%d bytes, and not %d", len(b), size)
		}
		if bytes.ContainsAny(b, "@\x1b\r\x00") {
			t.Error("there are bytes that ls does not write")
		}
		if !bytes.Equal(b, listing(size)) {
			t.Error("it is another one each time")
		}
	}
}

// The hidden command says where it listens, carries, and ends with its input.
func TestShapeCommand(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	to := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { _, _ = io.Copy(c, c) })
	cmd := exec.Command(self, shapeCommand, "--to", to, "--rate", "1000000", "--delay", "10ms")
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
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	var addr string
	if err := json.NewDecoder(out).Decode(&addr); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patient))
	if _, err := c.Write([]byte("key")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := shape([]string{"--rate", "1"}); err == nil {
		t.Error("a link to nowhere")
	}
}
