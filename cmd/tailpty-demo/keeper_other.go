//go:build !linux

package main

import (
	"bufio"
	"bytes"
	"os/exec"
	"strconv"
)

// adoptOrphans does nothing here: there is no way to. What leaves serve's
// process tree on purpose outlives the demo on this system.
func adoptOrphans() error { return nil }

// descendants lists what descends from root, but for the ps that it asks.
func descendants(root int) []int {
	ps := exec.Command("ps", "-A", "-o", "pid=,ppid=")
	out, err := ps.Output()
	if err != nil {
		return nil
	}
	parents := make(map[int]int)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := bytes.Fields(lines.Bytes())
		if len(fields) != 2 {
			continue
		}
		pid, err1 := strconv.Atoi(string(fields[0]))
		parent, err2 := strconv.Atoi(string(fields[1]))
		if err1 == nil && err2 == nil && pid != ps.Process.Pid {
			parents[pid] = parent
		}
	}
	return below(root, parents)
}
