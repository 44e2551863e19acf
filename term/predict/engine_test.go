package predict

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tailpty/term/screen"
)

// scene is an engine over a true screen, in which a test says what happens.
type scene struct {
	t      *testing.T
	engine *Engine
	screen *screen.Screen
	now    time.Time
	total  uint64
}

func newScene(t *testing.T, cols int, shown string) *scene {
	s := &scene{t: t, engine: New(Always), screen: screen.New(screen.Options{Cols: cols, Rows: 4}), now: time.Unix(0, 0)}
	s.prints(shown)
	return s
}

func (s *scene) types(keys ...string) {
	for _, k := range keys {
		s.total += uint64(len(k))
		s.engine.Typed(s.screen, []byte(k), s.total, s.now)
	}
}

func (s *scene) prints(p string) {
	s.screen.Write([]byte(p))
	s.engine.Changed(s.screen)
}

func (s *scene) applies() { s.engine.Applied(s.screen, s.total, s.now) }

func (s *scene) waits(d time.Duration) {
	s.now = s.now.Add(d)
	s.engine.Tick(s.screen, s.now)
}

// echoed types a key that proves that there is echo.
func (s *scene) echoed() *scene {
	s.types("e")
	s.applies()
	s.prints("e")
	return s
}

// shows checks the row of the cursor as a person sees it, with guesses in
// brackets and a | for the cursor where guesses are shown.
func (s *scene) shows(want string) {
	s.t.Helper()
	o, ok := s.engine.Overlay()
	at, _ := look(s.screen, nil)
	row := at.row
	var b strings.Builder
	guesses := map[int]string{}
	for _, c := range o.Cells {
		guesses[c.X] = c.Text
	}
	for x, c := range row {
		if ok && x == o.X {
			b.WriteByte('|')
		}
		if g, is := guesses[x]; is {
			b.WriteString("[" + g + "]")
		} else {
			b.WriteString(c.Text)
		}
	}
	if got := strings.TrimRight(b.String(), " "); got != want {
		s.t.Helper()
		s.t.Errorf("it shows %q, want %q", got, want)
	}
}

func TestEcho(t *testing.T) {
	s := newScene(t, 20, "$ ")
	s.types("l")
	s.shows("$") // nothing has shown yet that there is echo
	s.types("s")
	s.prints("l")
	s.shows("$ l[s]|")
	s.types(" ")
	s.shows("$ l[s][ ]|")
	s.types("x")
	s.prints("s x")
	s.shows("$ ls x")
	s.types("\x7f")
	s.shows("$ ls |[ ]")
	s.types("\x7f", "\x7f", "\x7f")
	s.shows("$ |[ ][ ] [ ]")
	s.types("\x7f") // is no part of what was typed
	s.shows("$ |[ ][ ] [ ]")
}

func TestWithinALine(t *testing.T) {
	s := newScene(t, 20, "$ ").echoed()
	s.types("a", "b", "c")
	s.prints("abc")
	s.types("\x1b[D", "\x1bOD")
	s.shows("$ ea|bc")
	s.types("X")
	s.shows("$ ea[X]|[b][c]")
	s.types("\x7f", "\x7f")
	s.shows("$ e|[b][c][ ]")
	s.types("\x1b[C", "\x1b[C", "\x1b[C") // once more than there is
	s.shows("$ e[b][c]|[ ]")
}

// Behind what was typed before a key of which no guess is made, one may edit.
func TestBehindTheSamePrompt(t *testing.T) {
	s := newScene(t, 20, "$ ").echoed()
	s.types("\r")
	s.applies()
	s.prints("\r\n$ ")
	s.types("\x1b[A")
	s.applies()
	s.prints("before")
	s.types("\x7f", "y")
	s.prints("\b \by")
	s.types("\x7f", "\x7f")
	s.shows("$ befo|[ ][ ]")
}

func TestASuggestionIsOverwritten(t *testing.T) {
	s := newScene(t, 20, "$ ").echoed()
	s.prints("\x1b[90mcho\x1b[m\b\b\b")
	s.types("x")
	s.shows("$ e[x]|ho")
}

func TestNothingWithoutEcho(t *testing.T) {
	for name, answer := range map[string]string{"none": "", "stars": "*", "upper case": "S", "a bell": "\a", "a blank": " "} {
		s := newScene(t, 30, "$ ").echoed()
		s.types("\r")
		s.applies()
		s.prints("\r\nPassword: ")
		for k := range strings.SplitSeq("s*s s", "") {
			s.types(k)
			if _, ok := s.engine.Overlay(); ok {
				t.Errorf("%s: a guess is shown", name)
			}
			s.applies()
			s.prints(answer)
			s.waits(2 * echoWithin)
		}
	}
}

// What follows an Enter begins anew, also where the program prints nothing.
func TestAfterEnter(t *testing.T) {
	s := newScene(t, 30, "$ ").echoed()
	s.types("\r", "s")
	s.shows("$ e")
	s.applies()
	s.types("e")
	s.shows("$ e")
}

// A program that asks without an Enter before ends what held, too.
func TestAQuestionByItself(t *testing.T) {
	s := newScene(t, 30, "Continue? ").echoed()
	s.prints("\r\nPassword: ")
	s.types("s", "e")
	s.shows("Password:")
}

func TestWrongGuessesGo(t *testing.T) {
	// With the answer that differs.
	s := newScene(t, 20, "$ ").echoed()
	s.types("a", "b")
	s.shows("$ e[a][b]|")
	s.prints("A")
	s.shows("$ eA")
	// Without any, soon after the key was applied.
	s = newScene(t, 20, "$ ").echoed()
	s.types("a", "b")
	s.applies()
	s.waits(echoWithin - 1)
	s.shows("$ e[a][b]|")
	s.waits(1)
	s.shows("$ e")
}

// A key and its undoing have no answer that can be seen, and none is missed.
func TestThereAndBack(t *testing.T) {
	s := newScene(t, 20, "$ ").echoed()
	s.types("a", "\x7f")
	s.applies()
	s.prints("a\b \b")
	s.waits(2 * echoWithin)
	s.types("b")
	s.shows("$ e[b]|")
}

func TestOnlyPlainScreens(t *testing.T) {
	for name, mode := range map[string]string{"alternate": "\x1b[?1049h$ e", "mouse": "\x1b[?1000h", "insert": "\x1b[4h", "origin": "\x1b[?6h\x1b[1;4H",
		"no wrap": "\x1b[?7l", "hidden": "\x1b[?25l", "held back": "\x1b[?2026h"} {
		s := newScene(t, 20, "$ ").echoed()
		s.types("a")
		s.shows("$ e[a]|")
		s.prints(mode)
		for range 3 {
			s.types("b")
			if _, ok := s.engine.Overlay(); ok {
				t.Errorf("%s: a guess is shown", name)
			}
			s.applies()
			s.prints("b")
		}
	}
}

func TestNoGuess(t *testing.T) {
	for name, keys := range map[string]string{"paste": strings.Repeat("p", maxTyped+1), "brackets": "\x1b[200~x\x1b[201~", "tab": "\t", "wide": "漢", "mark": "\u0301", "C1": "\u0085", "soft hyphen": "\u00ad", "bad": "\xff"} {
		s := newScene(t, 40, "$ ").echoed()
		s.types(keys, "x")
		if _, ok := s.engine.Overlay(); ok {
			t.Errorf("%s: a guess is shown", name)
		}
	}
	s := newScene(t, 6, "$ ").echoed()
	s.types("1", "2", "3")
	s.shows("$ e[1][2]|") // not into the last column
	s = newScene(t, 20, "漢$ ").echoed()
	s.types("\x7f", "\x7f")
	s.shows("漢$ |[ ]")
}

func TestOnSlowLinesOnly(t *testing.T) {
	s := newScene(t, 140, "$ ")
	s.engine = New(Auto)
	key := func(took time.Duration) (shown bool) {
		s.types("k")
		_, shown = s.engine.Overlay()
		s.now = s.now.Add(took)
		s.applies()
		s.prints("k")
		return shown
	}
	for range 5 {
		if key(50 * time.Millisecond) {
			t.Fatal("shown at 50 ms, and it was never slow")
		}
	}
	for range 20 {
		key(200 * time.Millisecond)
	}
	if !key(200 * time.Millisecond) {
		t.Error("not shown at 200 ms")
	}
	for range 40 {
		key(45 * time.Millisecond)
	}
	if !key(45 * time.Millisecond) {
		t.Error("not shown any more at 45 ms, between the two bounds")
	}
	for range 20 {
		key(time.Millisecond)
	}
	if key(time.Millisecond) {
		t.Error("shown at 1 ms")
	}
	off := newScene(t, 20, "$ ")
	off.engine = New(Off)
	off.echoed()
	off.types("x")
	off.shows("$ e")
}

func TestParseMode(t *testing.T) {
	for name, want := range map[string]Mode{"auto": Auto, "off": Off, "always": Always} {
		if got, err := ParseMode(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := ParseMode("on"); err == nil {
		t.Error("on is a mode")
	}
}

func TestLook(t *testing.T) {
	s := screen.New(screen.Options{Cols: 12, Rows: 3})
	s.Write([]byte("[]],[[\r\n\",\\\x1b[1;4;38;5;9;48;2;1;2;3m],漢é\x1b[m"))
	at, _ := look(s, nil)
	plain := func(text string) Cell { return Cell{Text: text, Width: 1, FG: "d", BG: "d"} }
	styled := func(text string, width int) Cell {
		return Cell{Text: text, Width: width, FG: "p9", BG: "#010203", Attributes: "BU"}
	}
	want := []Cell{plain(`"`), plain(","), plain(`\`), styled("]", 1), styled(",", 1), styled("漢", 2), styled("", 0), styled("é", 1)}
	for len(want) < 12 {
		want = append(want, plain(" "))
	}
	if !at.plain || at.x != 8 || at.y != 1 || !slices.Equal(at.row, want) {
		t.Errorf("got %+v, want %+v", at, want)
	}
}
