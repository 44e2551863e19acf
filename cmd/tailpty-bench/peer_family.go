package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// relative is a process in a family, as /proc has it. Where there is no /proc there
// are none.
type relative struct {
	pid, parent int
	name        string // as in /proc/PID/comm, at most 15 bytes
	state       byte
	start       string // of the machine's time: it tells one that has the same number
}

// look reads a process, if there is one.
func look(pid int) (p relative, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, false
	}
	// The name is in brackets, and may have anything in it.
	from, to := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if from < 0 || to < from {
		return p, false
	}
	rest := bytes.Fields(b[to+1:])
	if len(rest) < 20 {
		return p, false
	}
	p = relative{pid: pid, name: string(b[from+1 : to]), state: rest[0][0], start: string(rest[19])}
	p.parent, err = strconv.Atoi(string(rest[1]))
	return p, err == nil
}

// alive reports whether it is still there and runs.
func (p relative) alive() bool {
	now, ok := look(p.pid)
	return ok && now.start == p.start && now.state != 'Z' && now.state != 'X'
}

// processes are all there are.
func processes() []relative {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []relative
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := look(pid); ok {
				all = append(all, p)
			}
		}
	}
	return all
}

// family is a process and all that descend from it, parents first.
func family(root int) []relative {
	all := processes()
	var members []relative
	for _, p := range all {
		if p.pid == root {
			members = append(members, p)
		}
	}
	for i := 0; i < len(members); i++ {
		for _, p := range all {
			if p.parent == members[i].pid {
				members = append(members, p)
			}
		}
	}
	return members
}
