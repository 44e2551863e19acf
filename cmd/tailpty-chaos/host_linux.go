package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"tailpty/term/session"
)

// makeRaw has a terminal pass every byte as it is.
func makeRaw(tty *os.File) error {
	t, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		return fmt.Errorf("a terminal that is none: %w", err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, t)
}

// limitDescriptors lets a process have n descriptors, and returns how many it
// could have.
func limitDescriptors(pid int, n uint64) (was uint64, err error) {
	var old unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &old); err != nil {
		return 0, err
	}
	return old.Cur, unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: old.Max}, nil)
}

// mountDisk makes a folder a disk of its own, of so many bytes.
func mountDisk(dir string, size int) error {
	return unix.Mount("tailpty-chaos", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%d,mode=0700", size))
}

func unmountDisk(dir string) error { return unix.Unmount(dir, unix.MNT_DETACH) }

// fillDisk takes all that is free on the disk of dir; free gives it back.
func fillDisk(dir string) (free func() error, err error) {
	path := filepath.Join(dir, "full")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	free = func() error { return os.Remove(path) }
	block := make([]byte, 1<<20)
	for {
		_, err := f.Write(block)
		if errors.Is(err, unix.ENOSPC) {
			return free, f.Close()
		}
		if err != nil {
			return nil, errors.Join(err, f.Close(), free())
		}
	}
}

// processesOf is the processes that a session has started, by the mark in their
// environment.
func processesOf(id string) (pids []int) {
	mark := []byte(session.Mark + "=" + id)
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range all {
		env, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		for v := range bytes.SplitSeq(env, []byte{0}) {
			if bytes.Equal(v, mark) {
				if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
					pids = append(pids, pid)
				}
			}
		}
	}
	return pids
}
