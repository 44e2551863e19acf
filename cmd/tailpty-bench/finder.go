package main

import "bytes"

// finder finds a marker, @NAME=VALUE@, in output that comes in pieces.
type finder struct {
	prefix []byte
	seam   []byte // the end of what came before
	value  []byte
	inside bool
	done   bool
}

// find makes a finder of a marker.
func find(name string) *finder { return &finder{prefix: []byte("@" + name + "=")} }

// feed takes the next piece, and reports whether the marker has come. rest is how
// many bytes of p are behind it.
func (f *finder) feed(p []byte) (found bool, rest int) {
	if f.done {
		return true, len(p)
	}
	if !f.inside {
		edge := append(f.seam, p[:min(len(p), len(f.prefix)-1)]...)
		if i := bytes.Index(edge, f.prefix); i >= 0 {
			p = p[i+len(f.prefix)-len(f.seam):]
		} else if i := bytes.Index(p, f.prefix); i >= 0 {
			p = p[i+len(f.prefix):]
		} else {
			if len(p) < len(f.prefix)-1 {
				f.seam = edge[max(0, len(edge)-len(f.prefix)+1):]
			} else {
				f.seam = append(f.seam[:0], p[len(p)-len(f.prefix)+1:]...)
			}
			return false, 0
		}
		f.inside = true
	}
	i := bytes.IndexByte(p, '@')
	if i < 0 {
		f.value = append(f.value, p...)
		return false, 0
	}
	f.value = append(f.value, p[:i]...)
	f.done = true
	return true, len(p) - i - 1
}
