package screen

import (
	"compress/gzip"
	"io"
	"os"
	"strings"
)

// readMaybeGzip reads a file, unpacked if its name ends in .gz.
func readMaybeGzip(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(name, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
