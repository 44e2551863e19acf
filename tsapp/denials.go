package tsapp

import (
	"net/netip"
	"sync/atomic"

	"tailpty/tsapp/audit"
)

// deniedLines is how many denied requests of one device have a line in the audit
// log, a minute. Whoever sends more only shows that they do.
const deniedLines = 120

// denials writes the lines of denied requests, so that nobody whom nothing is
// granted can fill the disk.
type denials struct {
	lines      *limiter
	suppressed atomic.Int64
}

func (d *denials) write(log *audit.Log, line audit.Line) {
	device := line.NodeID
	if device == "" {
		device = line.Addr
		if addr, err := netip.ParseAddrPort(line.Addr); err == nil {
			device = addr.Addr().String() // each connection has another port
		}
	}
	if _, ok := d.lines.take(device); !ok {
		d.suppressed.Add(1)
		return
	}
	line.Suppressed = d.suppressed.Swap(0)
	log.Write(line)
}
