package screen

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var updateWidths = flag.Bool("update-widths", false, "write testdata/widths.txt and widths_table.go from xterm.js")

// widthsFile lists the widths of all code points as xterm.js has them, in runs.
const widthsFile = "testdata/widths.txt"

// readWidths returns the width of each code point.
func readWidths(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(widthsFile)
	if err != nil {
		t.Fatal(err)
	}
	widths := bytes.Repeat([]byte{9}, 0x110000)
	for text := range strings.Lines(string(text)) {
		var first, last, width int
		if _, err := fmt.Sscanf(text, "%x-%x %d", &first, &last, &width); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for i := first; i <= last; i++ {
			widths[i] = byte(width)
		}
	}
	return widths
}

func TestWidths(t *testing.T) {
	for r, want := range readWidths(t) {
		if got := runeWidth(rune(r)); got != int(want) && r >= 0x20 {
			t.Errorf("%U is %d wide, want %d", r, got, want)
		}
	}
}

func TestWidthsAreThoseOfXtermJS(t *testing.T) {
	cmd := exec.Command("node", filepath.Join("oracle", "widths.mjs"))
	cmd.Env = append(os.Environ(), "TAILPTY_TEST_NODE_MODULES="+nodeModules(t))
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if *updateWidths {
		if err := os.WriteFile(widthsFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(widthsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what xterm.js has", widthsFile)
	}
}

// TestWidthTableIsGenerated holds widths_table.go to be what the widths give.
func TestWidthTableIsGenerated(t *testing.T) {
	want := widthTable(readWidths(t))
	if *updateWidths {
		if err := os.WriteFile("widths_table.go", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("widths_table.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("widths_table.go is not what go test -run Width -update-widths writes")
	}
}

// widthTable returns the text of widths_table.go.
func widthTable(widths []byte) []byte {
	var stage, pages []byte
	known := map[string]byte{}
	for first := 0; first < len(widths); first += 256 {
		page := make([]byte, 64)
		for i, w := range widths[first : first+256] {
			page[i/4] |= w << (i % 4 * 2)
		}
		n, ok := known[string(page)]
		if !ok {
			n = byte(len(known))
			known[string(page)] = n
			pages = append(pages, page...)
		}
		stage = append(stage, n)
	}
	var out bytes.Buffer
	out.WriteString("// Code generated from the widths that oracle/widths.mjs prints. DO NOT EDIT.\n\npackage screen\n\n" +
		"// widthStage maps a code point's upper bits (cp >> 8) to a page of widthPages.\nconst widthStage = \"\"")
	writeBytes(&out, stage)
	out.WriteString("\n// widthPages holds, for each page of 256 code points, 64 bytes of four widths\n" +
		"// of two bits each, the lowest code point in the lowest bits.\nconst widthPages = \"\"")
	writeBytes(&out, pages)
	return out.Bytes()
}

func writeBytes(out *bytes.Buffer, p []byte) {
	for i, c := range p {
		if i%64 == 0 {
			if i > 0 {
				out.WriteByte('"')
			}
			out.WriteString(" +\n\t\"")
		}
		fmt.Fprintf(out, `\x%02x`, c)
	}
	out.WriteString("\"\n")
}
