package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tailpty/term/screen"
)

func TestOutputFilter(t *testing.T) {
	for in, want := range map[string]string{
		"plain text\r\n\ttab":                             "plain text\r\n\ttab",
		"é漢😀":                                             "é漢😀",
		"\x1b[1;31mred\x1b[m":                             "\x1b[1;31mred\x1b[m",
		"\x1b[c|\x1b[0c|\x1b[>c|\x1b[=c|\x1b[>0c":         "||||",       // DA
		"\x1b[5n|\x1b[6n|\x1b[?6n|\x1b[?996n":             "|||",        // DSR
		"\x1b[>4n":                                        "\x1b[>4n",   // no query
		"\x1b[?2026$p|\x1b[4$p":                           "|",          // DECRQM
		"\x1b[!p":                                         "\x1b[!p",    // DECSTR
		"\x1b[>q|\x1b[>0q|\x1b[2 q":                       "||\x1b[2 q", // XTVERSION; the cursor's shape
		"\x1b[?u|\x1b[>1u|\x1b[<u|\x1b[=3;1u|\x1b[u":      "|\x1b[>1u|\x1b[<u|\x1b[=3;1u|\x1b[u",
		"\x1b[14t|\x1b[18t|\x1b[8;9;9t|\x1b[22;0t":        "|||\x1b[22;0t",
		"\x1b[x|\x1b[?1;1;0S|\x1b[2S":                     "||\x1b[2S",
		"\x1b[1$w|\x1b[1;1;1;1;1;1*y|\x1b[?4m":            "||",
		"\x1bZ|\x05|\x1b G|\x1b%@|\x1b(0|\x1b#8":          "||||\x1b(0|\x1b#8",
		"\x1b]52;c;aGVsbG8=\a|":                           "|",
		"\x1b]10;?\a|\x1b]11;?\x1b\\|\x1b]4;1;?\a|":       "|||",
		"\x1b]11;#123456\a":                               "\x1b]11;#123456\x1b\\",
		"\x1b]4;1;#fff;2;?\a|":                            "|",
		"\x1b]0;title?\a\x1b]2;more\x1b\\":                "\x1b]0;title?\x1b\\\x1b]2;more\x1b\\",
		"\x1b]8;;https://a.example/?q\ax\x1b]8;;\a":       "\x1b]8;;https://a.example/?q\x1b\\x\x1b]8;;\x1b\\",
		"\x1b]8;;file:///etc/passwd\ax\x1b]8;;\a":         "x\x1b]8;;\x1b\\",
		"\x1b]9;note\a\x1b]777;x\a\x1b]1337;File=:\a":     "",
		"\x1bP$qm\x1b\\|\x1bP+q544e\x1b\\|":               "||", // DECRQSS, XTGETTCAP
		"\x1bPtmux;\x1b\x1b]52;c;aGk=\a\x1b\\|":           "|",
		"\x1b_Ga=q;\x1b\\|\x1b^pm\x1b\\|\x1bXsos\x1b\\|":  "|||",
		"\x1b]0;broken\x1b[1mx":                           "\x1b[1mx",
		"\x1b[1\n;31m":                                    "\n\x1b[1;31m",
		"\x1b[6\x05n":                                     "",
		"\x1b[1\x18m":                                     "\x18m",
		"\x1b[\x1b[m":                                     "\x1b[m",
		"\u009b6n|\u009dx\u009c|\u0090$qm\u009c|\u009b1m": "|||\x1b[1m",
		"\u0085|\u009a|":                                  "\x1bE||",
		"\x9b6n":                                          "\ufffd6n",
		"\x1b[?66h\x1b[?66l":                              "\x1b=\x1b>",
		"\x1b[" + strings.Repeat("1;", 200) + "m|":        "|",
		"\x1b]0;" + strings.Repeat("x", 5000) + "\a|":     "|",
	} {
		for _, size := range []int{1, 2, 3, 7, len(in)} {
			var f outputFilter
			var got strings.Builder
			for at := 0; at < len(in); at += size {
				got.Write(f.filter([]byte(in[at:min(len(in), at+size)])))
			}
			if got.String() != want {
				t.Errorf("%.200q by %d: %.200q, want %.200q", in, size, got.String(), want)
			}
		}
	}
}

// pieces are what random output is made of.
var pieces = []string{
	"text", "é", "漢", "😀", "\r\n", "\t", "\b", "\x1b[1m", "\x1b[38;5;9m", "\x1b[m", "\x1b[5;5H", "\x1b[2J", "\x1b[K", "\x1b[?1049h", "\x1b[?1049l", "\x1b[3;9r",
	"\x1b[c", "\x1b[>c", "\x1b[=c", "\x1b[5n", "\x1b[6n", "\x1b[?6n", "\x1b[?2026$p", "\x1b[4$p", "\x1b[>q", "\x1b[?u", "\x1b[18t", "\x1bZ", "\x05",
	"\x1b]10;?\a", "\x1b]11;?\x1b\\", "\x1b]4;1;?\a", "\x1b]52;c;?\a", "\x1bP$qm\x1b\\", "\x1bP$q q\x1b\\", "\x1bP+q544e\x1b\\", "\u009b6n", "\u009bc", "\u0090$qm\u009c", "\u009d11;?\u009c",
	"\a", "\x18", "\x1a", "\x1b7", "\x1b8", "\x1b(0", "\x1b(B", "\x0e", "\x0f", "\x1bM", "\x1b[L", "\x1b[?25l", "\x1b[4h", "\x1b[>1u", "\x1b]0;title\a",
}

// fragments are pieces of sequences, of which terminals make different things.
var fragments = []string{"\x1b", "[", "]", "\x1b[", "\x1b]", "\x1bP", "6", ";", "?", "$", "n", "c", "\x1b\\", "\u009b", "\u009d", "11;?"}

// Whatever a program writes, in whatever pieces it comes, a terminal that gets
// what is left answers nothing, and shows the same.
func TestOutputFilterLeavesNoQuery(t *testing.T) {
	for round := range 6000 {
		whole := round%2 == 0
		var in strings.Builder
		for range 1 + rand.IntN(40) {
			if whole || rand.IntN(2) == 0 {
				in.WriteString(pieces[rand.IntN(len(pieces))])
			} else {
				in.WriteString(fragments[rand.IntN(len(fragments))])
			}
		}
		in.WriteString("\x18") // ends what is unfinished, which the filter holds back
		var f outputFilter
		var answers, out strings.Builder
		s := screen.New(screen.Options{Cols: 20, Rows: 10, Reply: func(p []byte) { answers.Write(p) }})
		for rest := in.String(); rest != ""; {
			n := 1 + rand.IntN(len(rest))
			p := f.filter([]byte(rest[:n]))
			out.Write(p)
			s.Write(p)
			rest = rest[n:]
		}
		if answers.Len() > 0 {
			t.Fatalf("%q: %q is left, and answered with %q", in.String(), out.String(), answers.String())
		}
		if !whole {
			continue
		}
		other := screen.New(screen.Options{Cols: 20, Rows: 10})
		other.Write([]byte(in.String()))
		if got, want := string(s.AppendJSON(nil, 0)), string(other.AppendJSON(nil, 0)); got != want {
			t.Fatalf("%q: %q is left, and looks different\n%.200s\n%.200s\n%s\n%s", in.String(), out.String(), got, want, s.Text(), other.Text())
		}
	}
}
