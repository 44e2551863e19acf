package sandbox

import (
	"os"
	"strconv"
	"strings"
)

// capabilities is a set of them, as the kernel writes it.
type capabilities uint64

// capSysAdmin is the number of the capability that makes namespaces.
const capSysAdmin = 21

// keep is what root keeps behind the wall, by number: enough to install software
// and be other users. With none of them a mask can be removed, a disk read, or a
// file opened other than by its path. CAP_SETFCAP is what Codex's own sandbox
// needs to make a user namespace with root in it.
var keep = []struct {
	number int
	name   string
}{
	{0, "CAP_CHOWN"}, {1, "CAP_DAC_OVERRIDE"}, {3, "CAP_FOWNER"}, {4, "CAP_FSETID"}, {5, "CAP_KILL"}, {6, "CAP_SETGID"},
	{7, "CAP_SETUID"}, {10, "CAP_NET_BIND_SERVICE"}, {29, "CAP_AUDIT_WRITE"}, {31, "CAP_SETFCAP"},
}

func (c capabilities) contains(number int) bool { return c>>number&1 != 0 }

// kept is the names of those of ours that root keeps.
func (c capabilities) kept() []string {
	var names []string
	for _, k := range keep {
		if c.contains(k.number) {
			names = append(names, k.name)
		}
	}
	return names
}

// effective is what this process has, none where the host does not say.
func effective() capabilities {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if hex, ok := strings.CutPrefix(line, "CapEff:"); ok {
			n, _ := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
			return capabilities(n)
		}
	}
	return 0
}
