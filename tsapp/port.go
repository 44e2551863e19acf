package tsapp

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The UDP port of WireGuard is picked once from the ports that Linux gives out
// to nobody by itself: below net.ipv4.ip_local_port_range, which begins at
// 32768.
const (
	firstPort = 20000
	lastPort  = 32767
)

// stablePort is the node's UDP port, kept in the state folder. With another port
// after each start the peers go on trusting the old path for some seconds, and
// cannot reach the node meanwhile. If something else has the port, Tailscale
// takes another.
func stablePort(dir string) (uint16, error) {
	path := filepath.Join(dir, "port")
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("tsapp: reading the node's port: %w", err)
	}
	if n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 16); err == nil && n != 0 {
		return uint16(n), nil
	}
	port := uint16(firstPort + rand.IntN(lastPort-firstPort+1))
	if err := os.WriteFile(path, []byte(strconv.Itoa(int(port))+"\n"), 0o600); err != nil {
		return 0, fmt.Errorf("tsapp: keeping the node's port: %w", err)
	}
	return port, nil
}
