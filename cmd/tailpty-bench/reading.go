package main

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"
)

// readyWithin is how long a program may take to be ready.
const readyWithin = 30 * time.Second

// openReady opens a terminal and waits until its program is ready.
func openReady(ctx context.Context, s server, o openOptions) (terminal, error) {
	t, err := s.open(ctx, o)
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(readyWithin, func() { t.Close() })
	defer late.Stop()
	if _, err := readUntil(t, find("ready"), nil); err != nil {
		return nil, errors.Join(fmt.Errorf("waiting for the program: %w", err), t.Close())
	}
	return t, nil
}

// readUntil reads and consumes until a marker, and returns its value. each is
// called with what is read, if not nil.
func readUntil(t terminal, f *finder, each func(p []byte)) (string, error) {
	b := make([]byte, 64<<10)
	for {
		n, err := t.Read(b)
		if each != nil && n > 0 {
			each(b[:n])
		}
		t.consumed(n)
		if found, _ := f.feed(b[:n]); found {
			return string(f.value), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// flooded is how a flood came.
type flooded struct {
	// took is from the first byte to the last, or to the end marker for who does
	// not send every byte; child is the time that the program took.
	took, child time.Duration
	bytes       int // that were read
}

// readFlood has a flooder write for the nth time, and reads it. With want it has to
// be that, byte by byte.
func readFlood(t terminal, n int, want *expected) (f flooded, err error) {
	if _, err := t.Write([]byte("g")); err != nil {
		return f, err
	}
	var begin time.Time
	var sum uint32
	value, err := readUntil(t, find(fmt.Sprint("end", n)), func(p []byte) {
		if begin.IsZero() {
			begin = time.Now()
		}
		if want != nil && f.bytes < want.bytes {
			ours := p[:min(len(p), want.bytes-f.bytes)]
			sum = crc32.Update(sum, castagnoli, ours)
			if f.bytes+len(p) >= want.bytes {
				f.took = time.Since(begin)
			}
		}
		f.bytes += len(p)
	})
	if err != nil {
		return f, fmt.Errorf("after %d bytes: %w", f.bytes, err)
	}
	switch {
	case want == nil:
		f.took = time.Since(begin)
	case f.bytes < want.bytes:
		return f, lost("%d of %d bytes came", f.bytes, want.bytes)
	case sum != want.sum:
		return f, lost("%d bytes came, and they are not what was written", want.bytes)
	}
	us, err := strconv.Atoi(value)
	f.child = time.Duration(us) * time.Microsecond
	return f, err
}

// closeOnEnd closes a terminal when ctx ends, so that what waits for it returns.
// stop is called when it is closed anyway.
func closeOnEnd(ctx context.Context, t terminal) (stop func() bool) {
	return context.AfterFunc(ctx, func() { t.Close() })
}

// megabytes is a speed in MB/s.
func megabytes(bytes int, took time.Duration) float64 {
	return float64(bytes) / 1e6 / took.Seconds()
}

// micros and millis are a time as a number.
func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
