package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// same waits until a terminal shows what the screen package says the session
// shows.
func same(t *testing.T, h *attachHost, p *pane, id string) {
	t.Helper()
	var want string
	defer func() {
		if t.Failed() {
			t.Logf("the session shows\n%s", want)
		}
	}()
	p.await("the session's screen", func() bool {
		want, _, _ = h.text(id)
		return p.text() == want
	})
}

func TestAttach(t *testing.T) {
	h := newAttachHost(t)
	p := newPane(t, 80, 24, h.as("alice"), "new", h.address, "sh", "--name", "work")
	p.shows("$")
	id := h.sessions()[0].ID
	p.typ("echo one; stty size")
	p.keys("Enter")
	p.shows("24 80")
	p.typ(`printf 'a\tb\t%s\n' tabs`)
	p.keys("Enter")
	p.shows("b       tabs")
	same(t, h, p, id)

	// The session follows the window.
	p.resize(100, 30)
	p.await("the size", func() bool { _, cols, rows := h.text(id); return cols == 100 && rows == 30 })
	p.typ("stty size")
	p.keys("Enter")
	p.shows("30 100")
	same(t, h, p, id)
	p.resize(60, 12)
	p.await("the size", func() bool { _, cols, rows := h.text(id); return cols == 60 && rows == 12 })
	p.typ("seq 30; stty size")
	p.keys("Enter")
	p.shows("12 60")
	same(t, h, p, id)

	// The detach key, twice, is one for the program: the quit character.
	p.typ("trap 'echo qu''it' QUIT; echo trap''ped")
	p.keys("Enter")
	p.shows("trapped")
	p.keys(`C-\`, `C-\`)
	p.keys("Enter")
	p.shows("quit")

	p.keys(`C-\`)
	p.shows("EXIT=0")
	if said := strings.ReplaceAll(p.text(), "\n", ""); !strings.Contains(said, "[detached from work; come back with tailpty attach "+h.address+" "+id[:8]+"]") {
		t.Errorf("it says\n%s", p.text())
	}
	if s := h.sessions(); !running(s[0]) {
		t.Fatal("it has ended")
	}

	// Another terminal, of another size, comes back to the same screen.
	p = newPane(t, 90, 20, h.as("alice"), "attach", h.address)
	p.shows("quit")
	p.await("the size", func() bool { _, cols, rows := h.text(id); return cols == 90 && rows == 20 })
	same(t, h, p, id)

	// The server goes; what is typed meanwhile arrives once.
	h.stop()
	p.shows("No connection to " + h.address)
	p.typ("echo typed mean''while")
	p.keys("Enter")
	h.start()
	p.shows("\ntyped meanwhile\n")
	p.await("the line's going", func() bool { return !strings.Contains(p.text(), "No connection") })
	p.await("output as it comes", func() bool { return p.tmux("display", "-p", "#{alternate_on}") == "0\n" })
	same(t, h, p, id)
	if got, _, _ := h.text(id); strings.Count(got, "typed meanwhile") != 1 {
		t.Errorf("it was typed more than once:\n%s", got)
	}

	p.typ("exit 5")
	p.keys("Enter")
	p.shows("[work has ended with status 5]")
	p.shows("EXIT=5")
}

// One who only watches sees all that fits, and types nothing.
func TestAttachToWatch(t *testing.T) {
	h := newAttachHost(t)
	driver := newPane(t, 100, 30, h.as("alice"), "new", h.address, "sh", "--name", "work")
	driver.shows("$")
	id := h.sessions()[0].ID
	driver.typ(`printf '%0100d\n' $(seq 40); stty size`)
	driver.keys("Enter")
	driver.shows("30 100")

	small := newPane(t, 70, 14, h.as("bob"), "attach", h.address, "work", "--view")
	small.shows("The session is 100 x 30, this terminal 70 x 14: part of it is shown.")
	small.shows("30 100")
	want, _, _ := h.text(id)
	small.await("the part with the cursor", func() bool { return clip(want, 30, 70, 13) == firstRows(small.text(), 13) })
	small.typ("evil")
	small.keys("Enter")
	small.shows("You only watch (--view).")

	big := newPane(t, 120, 40, h.as("alice"), "attach", h.address, "--view", "work")
	big.shows("30 100")
	big.await("dots around it", func() bool { return strings.HasSuffix(strings.Split(big.text(), "\n")[0], strings.Repeat("·", 20)) })

	// When the size becomes that of the terminal, there is no difference any more.
	driver.resize(70, 14)
	driver.await("the size", func() bool { _, cols, rows := h.text(id); return cols == 70 && rows == 14 })
	driver.typ("stty size")
	driver.keys("Enter")
	driver.shows("14 70")
	same(t, h, driver, id)
	same(t, h, small, id)
	if got, _, _ := h.text(id); strings.Contains(got, "evil") {
		t.Errorf("the one who watches typed:\n%s", got)
	}
	small.keys(`C-\`)
	small.shows("EXIT=0")

	// One who may watch only is told so. One who may drive is told who does.
	small = newPane(t, 70, 14, h.as("bob"), "attach", h.address, "work")
	small.shows("14 70")
	small.typ("x")
	small.shows("Your grants let you watch this session, not type into it.")
	other := newPane(t, 70, 14, h.as("alice"), "attach", h.address, "work")
	other.shows("14 70")
	other.typ("x")
	other.shows("alice (alice-laptop) drives")
	other.keys(`C-\`)
	other.keys("t")
	other.await("the notice's end", func() bool { return !strings.Contains(other.text(), "drives") })
	other.typ("echo ta''ken")
	other.keys("Enter")
	other.shows("taken")
	same(t, h, other, id)
}

// clip is the rows and columns of a screen, whose cursor is near its lower left,
// that a smaller terminal shows.
func clip(text string, rows, cols, most int) string {
	all := strings.Split(text, "\n")
	end := min(len(all), rows)
	all = all[max(0, end-most):end]
	for i, l := range all {
		all[i] = strings.TrimRight(l[:min(len(l), cols)], " ")
	}
	return strings.Join(all, "\n")
}

func firstRows(text string, n int) string {
	all := strings.Split(text, "\n")
	return strings.TrimRight(strings.Join(all[:min(len(all), n)], "\n"), "\n ")
}

// The person's terminal answers nothing that a program asks, live or later, and
// nothing gets into its clipboard.
func TestAttachAnswersNothing(t *testing.T) {
	h := newAttachHost(t)
	p := newPane(t, 80, 24, h.as("alice"), "new", h.address, "queries")
	p.shows("begin")
	p.typ("x") // now it asks
	p.shows("^[[?1;2c")
	id := h.sessions()[0].ID
	p.typ("typed")
	p.shows("typed")
	if buffers := p.tmux("list-buffers"); buffers != "" {
		t.Errorf("in the clipboard: %s", buffers)
	}
	p.keys(`C-\`)
	p.shows("EXIT=0")
	p = newPane(t, 80, 24, h.as("alice"), "attach", h.address)
	p.shows("typed")
	p.typ(", again")
	p.shows(", again")
	p.keys("Escape") // is no beginning of an answer
	p.shows("again^[")
	same(t, h, p, id)
	if got, want := p.text(), "begin^[[0n^[[?1;2ctyped, again^["; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What a program turned on is off again when the person detaches, and their
// shell's screen is there.
func TestAttachLeavesTheTerminalAsItWas(t *testing.T) {
	h := newAttachHost(t)
	p := newPane(t, 80, 24, h.as("alice"), "new", h.address, "modes")
	modes := func() string {
		return strings.TrimSpace(p.tmux("display", "-p", "#{mouse_any_flag}#{mouse_sgr_flag} #{alternate_on} #{cursor_flag} #{keypad_cursor_flag}#{keypad_flag}"))
	}
	p.shows("in the alternate screen")
	p.await("its modes", func() bool { return modes() == "11 1 0 11" })
	p.keys(`C-\`)
	p.shows("EXIT=0")
	if got := modes(); got != "00 0 1 00" {
		t.Errorf("the modes are %q", got)
	}
	if all := p.tmux("capture-pane", "-p", "-S", "-"); !strings.Contains(all, "before\n") {
		t.Errorf("what was on the shell's screen is gone:\n%s", all)
	}
	// And also where the program is ended by a signal.
	p = newPane(t, 80, 24, h.as("alice"), "attach", h.address)
	p.await("its modes", func() bool { return modes() == "11 1 0 11" })
	for i, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		if i > 0 {
			p = newPane(t, 80, 24, h.as("alice"), "attach", h.address)
			p.await("its modes", func() bool { return modes() == "11 1 0 11" })
		}
		if err := syscall.Kill(p.attached(), signal); err != nil {
			t.Fatal(err)
		}
		p.shows(fmt.Sprintf("EXIT=%d", 128+int(signal)))
		if got := modes(); got != "00 0 1 00" {
			t.Errorf("after a signal the modes are %q", got)
		}
	}
}

// The server dies again and again: nothing is lost and nothing comes twice.
func TestAttachThroughManyDeaths(t *testing.T) {
	h := newAttachHost(t)
	p := newPane(t, 80, 24, h.as("alice"), "new", h.address, "sh")
	p.shows("$")
	id := h.sessions()[0].ID
	var want strings.Builder
	want.WriteString("$ ")
	for i := range 3 {
		h.stop()
		line := fmt.Sprintf("echo number %d", i)
		p.typ(line)
		p.keys("Enter")
		h.start()
		fmt.Fprintf(&want, "%s\nnumber %d\n$ ", line, i)
		p.await("the line", func() bool { return strings.Contains(p.text(), fmt.Sprintf("\nnumber %d", i)) })
	}
	same(t, h, p, id)
	if got := p.text(); got != strings.TrimSpace(want.String()) {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
}
