package main

import (
	"fmt"
	"testing"
)

// A marker is found in whatever pieces it comes, and what is behind it is counted.
func TestFinder(t *testing.T) {
	for _, tt := range []struct {
		text, value string
		rest        int
	}{
		{"@end1=123@", "123", 0},
		{"noise @end @end2=9@ @end1=45@ more", "45", 5},
		{"@@end1=@end1=1@xx", "", 9}, // the value ends at the first @
		{"@en@end1=7@", "7", 0},
		{"@end1=12", "", -1},
		{"nothing", "", -1},
	} {
		for size := 1; size <= len(tt.text); size++ {
			f := find("end1")
			found, rest := false, 0
			for i := 0; i < len(tt.text) && !found; i += size {
				piece := []byte(tt.text[i:min(len(tt.text), i+size)])
				if found, rest = f.feed(piece); found {
					rest += len(tt.text) - i - len(piece)
				}
			}
			if found != (tt.rest >= 0) || found && (string(f.value) != tt.value || rest != tt.rest) {
				t.Errorf("%q in pieces of %d: %t, %q, %d behind it; want %q, %d", tt.text, size, found, f.value, rest, tt.value, tt.rest)
			}
		}
	}
}

// No kind of output has what markers begin with, and each is the same every time.
func TestStream(t *testing.T) {
	for _, k := range []kind{plain, redraws} {
		block := k.block()
		for i, c := range block {
			if c == '@' {
				t.Fatalf("%s has an @ at %d", k, i)
			}
		}
		if len(block) < 1<<20 || string(block) != string(k.block()) {
			t.Errorf("%s: %d bytes, the same every time: %t", k, len(block), string(block) == string(k.block()))
		}
		one, three := k.expected(1), k.expected(3<<20)
		if three.bytes != 3*one.bytes || one.bytes < len(block) || one.sum == three.sum {
			t.Errorf("%s: %+v and %+v", k, one, three)
		}
	}
	if got := fmt.Sprintf("%q", translated([]byte("a\nb\n"))); got != `"a\r\nb\r\n"` {
		t.Error(got)
	}
}
