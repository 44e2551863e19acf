package screen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// pieces are what random streams are made of.
var pieces = []func(rng *rand.Rand) string{
	func(rng *rand.Rand) string { return words[rng.IntN(len(words))] },
	func(rng *rand.Rand) string { return words[rng.IntN(len(words))] },
	func(rng *rand.Rand) string { return controls[rng.IntN(len(controls))] },
	func(rng *rand.Rand) string { return plain[rng.IntN(len(plain))] },
	randomCSI, randomCSI, randomSGR,
	func(rng *rand.Rand) string {
		return fmt.Sprintf("\x1b[%d;%dH", rng.IntN(14), rng.IntN(30))
	},
	func(rng *rand.Rand) string {
		mode := modeNumbers[rng.IntN(len(modeNumbers))]
		return fmt.Sprintf("\x1b[?%d%c", mode, "hl"[rng.IntN(2)])
	},
}

var words = []string{"a", "bc", "hello world ", "漢", "漢字かな", "e\u0301", "\u0301", "ä", "👍", "👩‍💻", "x漢", "漢x",
	"the quick brown fox jumps over the lazy dog", "│─┘", " ", "    ", "한글", "\u200b", "⚡️", "q`ajk[]{|}", "ก็", "\u00ad"}

var controls = []string{"\r", "\n", "\r\n", "\b", "\t", "\v", "\f", "\x0e", "\x0f", "\x00", "\x7f", "\a", "\u0084", "\u0085", "\u0088", "\u008d",
	"\n\n\n\n", "\x18", "\x1a", "\u009b3C", "\ufeff", "\u0090$qr\u009c"}

var plain = []string{"\x1b7", "\x1b8", "\x1bD", "\x1bE", "\x1bH", "\x1bM", "\x1b=", "\x1b>", "\x1bn", "\x1bo", "\x1b|", "\x1b}", "\x1b~", "\x1b%@",
	"\x1b(0", "\x1b(B", "\x1b)0", "\x1b)A", "\x1b*4", "\x1b+K", "\x1b-=", "\x1b.R", "\x1b/Z", "\x1b(E", "\x1b(Y", "\x1b(1", "\x1b#8", "\x1b[!p", "\x1bc",
	"\x1b]2;title\a", "\x1b]0;both\x1b\\", "\x1b]1;icon\a", "\x1b[22t", "\x1b[23t", "\x1b[22;1t", "\x1b[23;2t", "\x1b[18t",
	"\x1b]8;;http://example.com\a", "\x1b]8;;\a", "\x1b]8;id=1;http://example.org/;a\x1b\\", "\x1b]8;x;\a",
	"\x1b[4h", "\x1b[4l", "\x1b[20h", "\x1b[20l", "\x1b[1\"q", "\x1b[0\"q", "\x1b[3 q", "\x1b[0 q", "\x1b[6 q", "\x1b[9 q", "\x1b[c", "\x1b[>c", "\x1b[6n", "\x1b[?6n", "\x1b[5n",
	"\x1bP$qm\x1b\\", "\x1bP$qr\x1b\\", "\x1bP$q q\x1b\\", "\x1bP$q\"q\x1b\\", "\x1bPabc\x1b\\", "\x1b_apc\x1b\\", "\x1b_apcö\x1b\\", "\x1b]4;1;#fff\a", "\x1b[", "\x1b", "\x1b]", "\x1b[1;", "\x1b[?", "\x1b[>", "\x1b[1 ",
	"\x1b[3g", "\x1b[g", "\x1b[?5$p", "\x1b[4$p", "\x1b[?7$p", "\x1b[?2026$p", "\x1b[38;5m", "\x1b[38:5:200m", "\x1b[48:2::1:2:3m",
	"\x1b6", "\x1b9", "\x1b[2j", "\x1b[2k", "\x1b[?69h", "\x1b[3;9s", "\x1b[1;1;3;3;1;2;2;1$v", "\x1b[88;1;1;3;3$x", "\x1b[1;1;3;3$z", "\x1b[3J", "\x1b[?5h", "\x1b[?1034h", "\x1b#3", "\x1b#6",
	"\x1bl", "\x1bZ", "\x1bN", "\x1bO", "\x1b[?1;7s", "\x1b[?1;7r", "\x1b[>4;2m", "\x1b[>4m", "\x1b[?4m", "\x1b[=1;1u", "\x1b[?u", "\x1b[>1u", "\x1b[<u", "\x1bXsos\x1b\\", "\x1b^pm\x1b\\", "\x1b[;;m", "\x1b[4:1:2m",
	"\x1b[38:2:1:2:3m", "\x1b[38;2:1:2:3m", "\x1b[1;31;;4m", "\x1b[0;0r", "\x1b[99;1r", "\x1b[5;5r", "\x1b[?1;2c", "\x1b[?15n", "\x1bP+q544e\x1b\\", "\x1b]4;1\a", "\x1b]104\a", "\x1b]8;;\x1b\\", "\x1b[14t", "\x1b[8;10;20t",
	"\x1b[\n3C", "\x1b[3\x18C", "\x1b[1\x1b[2C", "\x1b[:3C", "\x1b[3;:C", "\x1b[1$w", "\x1b[?25;7l\x1b[?7h", "\x1b%G", "\x1b F", "\x1b G"}

var modeNumbers = []int{1, 2, 3, 6, 7, 12, 25, 45, 47, 66, 9, 1000, 1002, 1003, 1004, 1006, 1016, 1047, 1048, 1049, 2004, 2026, 6, 7, 45, 1049}

func randomCSI(rng *rand.Rand) string {
	const finals = "@ABCDEFGHIJKLMPSTXZ`abdefgrsu"
	var out strings.Builder
	out.WriteString("\x1b[")
	final := string(finals[rng.IntN(len(finals))])
	if rng.IntN(12) == 0 {
		out.WriteString("?")
		final = []string{"J", "K"}[rng.IntN(2)]
	}
	n := rng.IntN(3)
	for i := range n {
		if i > 0 {
			out.WriteString(";")
		}
		switch rng.IntN(12) {
		case 0:
		case 1:
			out.WriteString(strconv.Itoa(rng.IntN(300)))
		default:
			out.WriteString(strconv.Itoa(rng.IntN(9)))
		}
	}
	if rng.IntN(14) == 0 {
		final = []string{" @", " A", "'}", "'~"}[rng.IntN(4)]
	}
	return out.String() + final
}

func randomSGR(rng *rand.Rand) string {
	var out strings.Builder
	out.WriteString("\x1b[")
	for i := range rng.IntN(4) {
		if i > 0 {
			out.WriteString(";")
		}
		out.WriteString([]string{"0", "1", "2", "3", "4", "7", "22", "24", "31", "42", "97", "105", "39", "49", "4:3", "4:0", "21", "58;5;3", "58:2::9:8:7", "59",
			"38;5;99", "48;2;1;2;3", "38;2;250;1;0", "53", "55", "5", "8", "9", "25", "27", "28", "29", "38:5", "38;2;1", "48;5;300", "4:9", "23", "38;5;1;48;5;2"}[rng.IntN(38)])
	}
	return out.String() + "m"
}

// randomJob is a terminal with n pieces written and a few resizes.
func randomJob(seed uint64, n int, resizes bool) *job {
	rng := rand.New(rand.NewPCG(seed, 7))
	j := &job{Cols: 2 + rng.IntN(30), Rows: 1 + rng.IntN(12), Scrollback: []int{0, 3, 20, 100}[rng.IntN(4)]}
	var chunk []byte
	for range n {
		if resizes && rng.IntN(40) == 0 {
			j.write(append(chunk, 0x7f))
			chunk = nil
			j.add("deep", true)
			j.resize(2+rng.IntN(30), 1+rng.IntN(12))
			j.add("deep", true)
			continue
		}
		chunk = append(chunk, pieces[rng.IntN(len(pieces))](rng)...)
		if rng.IntN(6) == 0 {
			// Where it does not wrap, xterm.js prints a wide character at the
			// margin in another way when a write begins there.
			chunk = append(chunk, 0x7f)
			j.write(chunk)
			chunk = nil
			j.add("deep", true)
		}
	}
	j.write(chunk)
	j.add("json", 0)
	j.add("replies")
	j.add("deep", true)
	return j
}

// onSeeds calls try with n seeds, or with as many and from the one on that the
// environment asks for, and stops after some failures.
func onSeeds(t *testing.T, n int, try func(seed uint64) bool) {
	t.Helper()
	first := 1
	for name, v := range map[string]*int{"TAILPTY_TEST_RANDOM_JOBS": &n, "TAILPTY_TEST_RANDOM_FIRST": &first} {
		if text := os.Getenv(name); text != "" {
			var err error
			if *v, err = strconv.Atoi(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	bad := 0
	for seed := first; seed < first+n; seed++ {
		if !try(uint64(seed)) {
			if bad++; bad > 8 {
				t.Fatal("too many differences")
			}
		}
	}
}

func TestAgreesWithOracleOnRandomStreams(t *testing.T) {
	o := startOracle(t)
	onSeeds(t, points(150), func(seed uint64) bool {
		return o.compare(t, fmt.Sprint("seed ", seed), randomJob(seed, 120, seed%2 == 0))
	})
}

func TestSnapshotsRestoreRandomStreams(t *testing.T) {
	o := startOracle(t)
	onSeeds(t, points(100), func(seed uint64) bool {
		return o.restores(t, fmt.Sprint("seed ", seed), randomJob(seed, 60, false), nil)
	})
}
