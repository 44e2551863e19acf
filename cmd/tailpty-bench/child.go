package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// childCommand is the hidden command that is the program in a terminal.
const childCommand = "child"

// The programs in the terminals. Each says @ready=1@ when it is, and ends when its
// terminal does.
const (
	// flooder SIZE KIND: for the nth g it reads, it writes that much and
	// @endN=MICROSECONDS@.
	flooder = "flood"
	// echoer writes what it reads.
	echoer = "echo"
	// yesser: for the nth g it reads, a process of its own writes without end until
	// Ctrl-C kills it; then it says @promptN=1@, as a shell does.
	yesser = "yes"
	// endless is that process.
	endless = "endless"
)

// idler is a program for the terminal that takes next to nothing and starts at
// once.
var idler = []string{"/bin/sh", "-c", "echo @ready=1@; exec cat"}

// child is a program in a terminal.
func child(args []string) error {
	if len(args) == 0 {
		return errors.New("which?")
	}
	switch {
	case args[0] == flooder && len(args) == 3:
		size, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return flood(size, kind(args[2]))
	case args[0] == echoer:
		return echo()
	case args[0] == yesser:
		return yes()
	case args[0] == endless:
		block := plain.block()
		for {
			if err := writeAll(block); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("no such child: %q", args)
}

// prepareTTY sets the terminal: output is translated, input comes at once and is
// not echoed. signals has Ctrl-C be one.
func prepareTTY(signals bool) error {
	t, err := unix.IoctlGetTermios(0, getTermios)
	if err != nil {
		return fmt.Errorf("no terminal: %w", err)
	}
	t.Iflag &^= unix.ICRNL | unix.IXON
	t.Oflag |= unix.OPOST | unix.ONLCR
	t.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN
	if signals {
		t.Lflag |= unix.ISIG
	}
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(0, setTermios, t)
}

// chunk is how much is written at once, in bytes.
const chunk = 64 << 10

// writeAll writes with plain system calls.
func writeAll(p []byte) error {
	for len(p) > 0 {
		n, err := syscall.Write(1, p[:min(len(p), chunk)])
		if err != nil && err != syscall.EINTR {
			return err
		}
		p = p[max(n, 0):]
	}
	return nil
}

// eachGo says that it is ready, and calls do for each g that is read, counted
// from 1.
func eachGo(do func(n int) error) error {
	if err := writeAll([]byte("@ready=1@")); err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for n := 1; ; {
		c, err := in.ReadByte()
		if err != nil {
			return ended(err)
		}
		if c != 'g' {
			continue
		}
		if err := do(n); err != nil {
			return ended(err)
		}
		n++
	}
}

// ended is no error where the terminal is gone.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO) {
		return nil
	}
	return err
}

func flood(size int, k kind) error {
	if err := prepareTTY(false); err != nil {
		return err
	}
	block := k.block()
	return eachGo(func(n int) error {
		begin := time.Now()
		for range blocks(size) {
			if err := writeAll(block); err != nil {
				return err
			}
		}
		return writeAll(fmt.Appendf(nil, "\r\n@end%d=%d@\r\n", n, time.Since(begin).Microseconds()))
	})
}

func echo() error {
	if err := prepareTTY(false); err != nil {
		return err
	}
	if err := writeAll([]byte("@ready=1@")); err != nil {
		return err
	}
	b := make([]byte, 4096)
	for {
		n, err := syscall.Read(0, b)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return ended(err)
		case n == 0:
			return nil
		}
		if err := writeAll(b[:n]); err != nil {
			return ended(err)
		}
	}
}

func yes() error {
	if err := prepareTTY(true); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // caught and dropped: it is the other's
	return eachGo(func(n int) error {
		cmd := exec.Command(self, childCommand, endless)
		cmd.Stdout = os.Stdout
		if err := cmd.Run(); err == nil || cmd.ProcessState == nil {
			return fmt.Errorf("the flood did not run: %w", err)
		}
		return writeAll(fmt.Appendf(nil, "\r\n@prompt%d=1@", n))
	})
}
