package screen

import "testing"

func TestReplies(t *testing.T) {
	for _, test := range []struct{ stream, want string }{
		{"\x1b[c\x1b[0c\x1b[1c", "\x1b[?1;2c\x1b[?1;2c"},
		{"\x1b[>c\x1b[=c\x1b[>q", "\x1b[>0;276;0c\x1bP!|00000000\x1b\\\x1bP>|xterm.js(6.0.0)\x1b\\"},
		{"\x1b[5n\x1b[3;4H\x1b[6n\x1b[?6n", "\x1b[0n\x1b[3;4R\x1b[?3;4R"},
		{"\x1b[18t\x1b[14t\x1b[16t\x1b[21t", "\x1b[8;24;80t"}, // no window, no pixels, no title to echo
		{"\x1b[?2026$p\x1b[?2026h\x1b[?2026$p", "\x1b[?2026;2$y\x1b[?2026;1$y"},
		{"\x1b[?7$p\x1b[?25$p\x1b[?1049$p\x1b[?9999$p\x1b[?67$p", "\x1b[?7;1$y\x1b[?25;1$y\x1b[?1049;2$y\x1b[?9999;0$y\x1b[?67;4$y"},
		{"\x1b[?1003h\x1b[?1003$p\x1b[?1000$p\x1b[?1006h\x1b[?1006$p", "\x1b[?1003;1$y\x1b[?1000;2$y\x1b[?1006;1$y"},
		{"\x1b[4h\x1b[4$p\x1b[2$p\x1b[12$p\x1b[20$p\x1b[77$p", "\x1b[4;1$y\x1b[2;4$y\x1b[12;3$y\x1b[20;2$y\x1b[77;0$y"},
		{"\x1b[2;9r\x1bP$qr\x1b\\\x1bP$qm\x1b\\\x1bP$qx\x1b\\", "\x1bP1$r2;9r\x1b\\\x1bP1$r0m\x1b\\\x1bP0$r\x1b\\"},
		{"\x1bP$q\"q\x1b\\\x1b[1\"q\x1bP$q\"q\x1b\\\x1bP$q\"p\x1b\\\x1bP$q q\x1b\\", "\x1bP1$r0\"q\x1b\\\x1bP1$r1\"q\x1b\\\x1bP1$r61;1\"p\x1b\\\x1bP1$r2 q\x1b\\"},
		{"\x1b[?u\x1b[>5u\x1b[?u\x1b[=8;2u\x1b[?u\x1b[=1;3u\x1b[?u\x1b[<u\x1b[?u", "\x1b[?0u\x1b[?5u\x1b[?13u\x1b[?12u\x1b[?0u"},
		{"\x1b[>1u\x1b[?1049h\x1b[?u\x1b[>3u\x1b[?u\x1b[?1049l\x1b[?u", "\x1b[?0u\x1b[?3u\x1b[?1u"},
		{"\x1b]4;1;?\a\x1b]4;1;rgb:12/34/56\a\x1b]4;1;?;2;?\x1b\\", "\x1b]4;1;rgb:cccc/0000/0000\x1b\\\x1b]4;1;rgb:1212/3434/5656\x1b\\\x1b]4;2;rgb:4e4e/9a9a/0606\x1b\\"},
		{"\x1b]10;?;?\a\x1b]12;#102030\a\x1b]12;?\a\x1b]112\a\x1b]12;?\a", "\x1b]10;rgb:0101/0202/0303\x1b\\\x1b]11;rgb:0404/0505/0606\x1b\\\x1b]12;rgb:1010/2020/3030\x1b\\\x1b]12;rgb:0707/0808/0909\x1b\\"},
		{"\x1b]4;7;#fff\a\x1b]104;7\a\x1b]4;7;?\a\x1b]4;300;?\a\x1b]4;x;?\a", "\x1b]4;7;rgb:d3d3/d7d7/cfcf\x1b\\"},
	} {
		var got []byte
		s := New(Options{Reply: func(p []byte) { got = append(got, p...) },
			Colors: Colors{Set: true, Foreground: 0x010203, Background: 0x040506, Cursor: 0x070809}})
		s.Write([]byte(test.stream))
		if string(got) != test.want {
			t.Errorf("%q:\n got %q\nwant %q", test.stream, got, test.want)
		}
	}
}
