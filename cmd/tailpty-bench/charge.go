package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// ticks is how many make a second in /proc: 100 on every Linux.
const ticks = 100

// cpuOf is the CPU time of processes; of this one where there are none, whose
// client counts then too.
func cpuOf(pids []int) (time.Duration, error) {
	if len(pids) == 0 {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			return 0, err
		}
		return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
	}
	var sum time.Duration
	for _, pid := range pids {
		fields, err := statOf(pid)
		if err != nil {
			return 0, err
		}
		for _, i := range []int{11, 12} { // utime, stime
			n, err := strconv.ParseInt(string(fields[i]), 10, 64)
			if err != nil {
				return 0, err
			}
			sum += time.Duration(n) * time.Second / ticks
		}
	}
	return sum, nil
}

// statOf is the fields of /proc/PID/stat from the state on, which is the first.
func statOf(pid int) ([][]byte, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, after, _ := bytes.Cut(b[bytes.LastIndexByte(b, ')')+1:], []byte(" "))
	fields := bytes.Fields(after)
	if len(fields) < 22 {
		return nil, fmt.Errorf("the statistics of process %d are cut off", pid)
	}
	return fields, nil
}

// memory is what processes have, in bytes.
type memory struct {
	private int64 // of nobody else
	pss     int64 // with their share of what they share
}

// memoryOf adds up the memory of processes.
func memoryOf(pids []int) (memory, error) {
	var m memory
	for _, pid := range pids {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return m, err
		}
		for line := range bytes.Lines(b) {
			fields := bytes.Fields(line)
			if len(fields) < 3 {
				continue
			}
			n, err := strconv.ParseInt(string(fields[1]), 10, 64)
			if err != nil {
				continue // the first line names addresses
			}
			switch string(fields[0]) {
			case "Private_Clean:", "Private_Dirty:":
				m.private += n << 10
			case "Pss:":
				m.pss += n << 10
			}
		}
	}
	return m, nil
}

// childrenOf is the processes that have one as their parent.
func childrenOf(parent int) []int {
	var all []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		fields, err := statOf(pid)
		if err != nil || string(fields[0]) == "Z" || string(fields[1]) != strconv.Itoa(parent) {
			continue // gone meanwhile, or another's
		}
		all = append(all, pid)
	}
	return all
}
