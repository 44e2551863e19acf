package tsapp

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// ErrListens reports that the process listens on the host.
var ErrListens = errors.New("tsapp: this process listens on the host's network, which it must never do")

// listening is the state of a listening TCP socket in /proc/net/tcp
// (TCP_LISTEN in the kernel's tcp_states.h).
const listening = "0A"

// CheckSockets looks at this process's own sockets and returns ErrListens if one
// of them is a TCP listener on any address of the host, loopback too.
func CheckSockets() error {
	own, err := socketInodes("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("tsapp: looking at our own sockets: %w", err)
	}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(table)
		if errors.Is(err, fs.ErrNotExist) { // a kernel without IPv6
			continue
		}
		if err != nil {
			return fmt.Errorf("tsapp: looking at our own sockets: %w", err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			// sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
			fields := strings.Fields(lines.Text())
			if len(fields) > 9 && fields[3] == listening && own[fields[9]] {
				return fmt.Errorf("%w: %s", ErrListens, address(fields[1]))
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("tsapp: reading %s: %w", table, err)
		}
	}
	return nil
}

// socketInodes is the inodes of the sockets among the descriptors in dir.
func socketInodes(dir string) (map[string]bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	inodes := map[string]bool{}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil {
			continue // closed since
		}
		if rest, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes[strings.TrimSuffix(rest, "]")] = true
		}
	}
	return inodes, nil
}

// address reads the kernel's form of an address: bytes in hex, each group of
// four in host order (little-endian on every platform we build for), and the
// port.
func address(s string) string {
	host, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	p, perr := hex.DecodeString(port)
	if err != nil || perr != nil || len(b)%4 != 0 || len(p) != 2 {
		return s
	}
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	ip, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip, uint16(p[0])<<8|uint16(p[1])).String()
}
