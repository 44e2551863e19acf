package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// rows is everything that is measured, in the order of the report.
func rows(o options, net *tailnet) ([]peer, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	all := []peer{
		limit{}, relay{}, hops{}, tailpty{session: o.sessionBinary},
		tailptyTailnet{program: o.tailpty, net: net}, relayTailnet{net},
	}
	all = append(all, otherPeers(install{may: o.install, cache: filepath.Join(cache, "tailpty-bench")})...)
	return choose("row", all, o.rows, peer.name)
}

// measurements is everything that is measured of them.
func measurements(o options) ([]measurement, error) {
	all := []measurement{
		throughput(plain), throughput(redraws), finalScreen(plain), finalScreen(redraws),
		keyEcho, interrupt, reattach, fanOut(o), idleSessions(o), settle, slowLine(false), slowLine(true),
	}
	return choose("measurement", all, o.only, func(m measurement) string { return m.name })
}

// choose is those of all that are asked for by name, or all.
func choose[T any](what string, all []T, names []string, name func(T) string) ([]T, error) {
	if len(names) == 0 {
		return all, nil
	}
	var some []T
	for _, wanted := range names {
		i := slices.IndexFunc(all, func(one T) bool { return name(one) == wanted })
		if i < 0 {
			known := make([]string, 0, len(all))
			for _, one := range all {
				known = append(known, name(one))
			}
			return nil, fmt.Errorf("there is no %s %q; there are %v", what, wanted, known)
		}
		some = append(some, all[i])
	}
	return some, nil
}
