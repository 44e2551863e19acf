package screen

import (
	"math/rand/v2"
	"testing"
)

// oddities are states that programs seldom leave, and that a snapshot restores.
var oddities = []struct {
	name       string
	cols, rows int
	stream     string
}{
	{"the cursor of the screen behind", 10, 4, "ab\r\ncd\x1b[1;2H\x1b[?47hxyz"},
	{"a wrap pending on the screen behind", 10, 4, "0123456789\x1b[?1049h\x1b[Hxyz"},
	{"a wrap into the only row", 10, 1, "0123456789ab"},
	{"a wrap into the only row, and back", 10, 1, "0123456789ab\r\x1b[K\x1b[5Cz"},
	{"a wrap pending in the only row", 10, 1, "\n\n0123456789"},
	{"a wrap pending over a blank line", 10, 4, "0123456789\x1b[2K"},
	{"a wrap pending over a blank line of the alternate screen", 10, 4, "\x1b[?1049h\x1b[44m0123456789\x1b[2K"},
	{"a wrap pending over a blank cell", 10, 4, "0\r\n123456789\x1b[2;10H0\x1b[1S"},
	{"the second half of a wide character", 10, 4, "ab漢字cd\x1b[4G\x1b[@"},
	{"two of them", 12, 4, "漢字漢字\x1b[2G\x1b[2@\x1b[12G\x1b[41mx\x1b[7G\x1b[2@"},
	{"one after two columns", 10, 4, "漢字\x1b[2G\x1b[@\x1b[1G\x1b[P"},
	{"a lone mark", 10, 4, "\u0301ab\x1b[5G\u0301x"},
	{"a mark may join in insert mode", 10, 4, "abcdef\x1b[3G\x1b[4hx"},
	{"a mark may join a wide character in insert mode", 10, 4, "abcdefghij\x1b[3G\x1b[4h漢"},
	{"a mark may join where nothing wraps", 10, 4, "\x1b[?7labcdefghijkl"},
	{"narrow screens", 2, 3, "abcde漢字"},
	{"a narrow row", 2, 1, "abcde漢字"},
	{"all underlines", 40, 4, "\x1b[4:1ma\x1b[4:2mb\x1b[4:3mc\x1b[4:4md\x1b[4:5me\x1b[58;2;1;2;3mf\x1b[24;58:5:9mg\x1b[21mh"},
	{"margins, origin, tab stops", 40, 12, "\x1b[3g\x1b[5G\x1bH\x1b[33G\x1bH\x1b[3;9r\x1b[?6h\x1b[4;7Hx\x1b7\x1b[2;2H"},
	{"protected cells", 20, 4, "\x1b[1\"qabc\x1b[0\"qdef\x1b[1\"q"},
	{"links and their ids", 30, 4, "\x1b]8;id=a;http://example.com/\abc\x1b]8;;\ad\x1b]8;;https://example.org/é;x\ae"},
	{"titles", 20, 4, "\x1b]0;one\a\x1b[22t\x1b]2;two 漢字\a\x1b]1;icon\a\x1b[22;1t"},
	{"charsets", 20, 4, "\x1b(0\x1b)A\x1b*K\x0eqx\x1b7\x0f\x1b+Eqq"},
	{"modes", 20, 4, "\x1b[?1;12;25;45;66;1003;1004;1006;2004;2026h\x1b[?25l\x1b[20;4h\x1b[3 q\x1b[?7l"},
}

func TestSnapshotsRestoreOddities(t *testing.T) {
	o := startOracle(t)
	for _, odd := range oddities {
		t.Run(odd.name, func(t *testing.T) {
			j := &job{Cols: odd.cols, Rows: odd.rows, Scrollback: 10}
			j.write([]byte(odd.stream))
			j.add("deep", true)
			o.compare(t, odd.name, j)
			o.restores(t, odd.name, j, nil)
			o.restores(t, odd.name, j, wild)
		})
	}
}

// wild is what a terminal may have been through before it is reset.
var wild = []byte("\x1b]0;left\a\x1b[22t\x1b[22t\x1b]1;over\a\x1b]2;behind\a\x1b[?1049h\x1b[?1;6;12;45;66;1003;1006;1004;2004;2026h\x1b[?25l\x1b[?7l" +
	"\x1b[20h\x1b[4h\x1b[3g\x1b[2;3r\x1b(0\x1b)A\x0e\x1b[1;4:3;31;42;58;5;9m\x1b[1\"q\x1b]8;;http://example.com/\awild\x1b7\x1b]4;1;#123456\a\x1b[5 q" +
	"\x1b]2;unfinished")

func TestSnapshotsRestoreAfterReset(t *testing.T) {
	o := startOracle(t)
	for _, r := range allRecordings(t) {
		o.restores(t, r.name, r.job(rand.New(rand.NewPCG(9, 9)), 3, 1000, lookDeep), wild)
	}
}
