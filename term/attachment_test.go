package term

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/problem"
)

func TestTypeAndSee(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	a := h.attach("alice", id, wire.Control{Cols: 100, Rows: 30})
	a.until("ready", a.sees("ready"))
	a.typ("hello\n") // nobody drives: typing takes the wheel
	a.until("the echo", a.sees("hello\r\n"))
	a.until("accepted", a.told(wire.Accepted, ""))
	a.send(wire.Control{T: wire.Ping})
	a.until("the pong", a.told(wire.Pong, ""))
	a.until("the wheel", func() bool { return a.state.Driver == a.state.You })
	a.until("the driver's size", func() bool { return a.state.Cols == 100 && a.state.Rows == 30 })
}

func TestViewersSeeAndDoNotType(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	a := h.attach("alice", id, wire.Control{})
	b := h.attach("bob", id, wire.Control{Cols: 50, Rows: 10})
	if b.state.MayDrive {
		t.Error("bob is told he may drive")
	}
	b.typ("evil\n")
	b.until("a refusal", b.told(wire.Refused, wire.NotAllowed))
	b.send(wire.Control{T: wire.Take})
	b.send(wire.Control{T: wire.Resize, Cols: 20, Rows: 20})
	b.until("two more refusals", func() bool {
		n := 0
		for _, m := range b.controls {
			if m.T == wire.Refused {
				n++
			}
		}
		return n >= 2
	})
	b.typ("evil\n") // after the resize, which is thus handled
	b.until("one more", func() bool { return b.controls[len(b.controls)-1].T == wire.Refused })
	a.typ("good\n")
	b.until("what alice typed", b.sees("good\r\n"))
	if b.sees("evil")() {
		t.Error("bob typed")
	}
	if st := b.state; st.Cols != 80 || st.Rows != 24 {
		t.Errorf("bob changed the size to %dx%d", st.Cols, st.Rows)
	}
	b.until("both people", func() bool { return len(b.state.People) == 2 && b.state.Driver == a.state.You })
}

func TestOneDriver(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	d := h.attach("dave", id, wire.Control{})
	d.send(wire.Control{T: wire.Take})
	d.until("the wheel", func() bool { return d.state.Driver == d.state.You })

	a := h.attach("alice", id, wire.Control{})
	a.typ("no\n")
	a.until("not the driver", a.told(wire.Refused, wire.NotDriver))
	a.send(wire.Control{T: wire.Take}) // the owner may
	a.until("the wheel", func() bool { return a.state.Driver == a.state.You })
	a.seq-- // what was refused used up no number
	a.typ("yes\n")
	a.until("the echo", a.sees("yes\r\n"))

	d.send(wire.Control{T: wire.Take}) // dave is not the owner
	d.until("not the driver", d.told(wire.Refused, wire.NotDriver))
	a.send(wire.Control{T: wire.Release})
	d.until("free", func() bool { return d.state.Driver == "" })
	d.send(wire.Control{T: wire.Take})
	d.until("the wheel", func() bool { return d.state.Driver == d.state.You })
	d.conn.CloseNow()
	a.until("free again", func() bool { return a.state.Driver == "" && len(a.state.People) == 1 })
}

func TestResumeFromAnOffset(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	a := h.attach("alice", id, wire.Control{Mode: wire.Lossless})
	a.until("ready", a.sees("ready"))
	a.typ("one\n")
	a.until("one", a.sees("one\r\n"))
	a.until("accepted", a.told(wire.Accepted, ""))
	at := a.offset
	a.conn.CloseNow()

	b := h.attach("dave", id, wire.Control{})
	b.until("the wheel's freedom", func() bool { return b.state.Driver == "" })
	b.typ("two\n")
	b.until("two", b.sees("two\r\n"))
	b.conn.CloseNow()

	a = h.attach("alice", id, wire.Control{Mode: wire.Lossless, Offset: &at})
	if a.controls[0].Seq == nil || *a.controls[0].Seq != 1 {
		t.Errorf("the first state says seq %v", a.controls[0].Seq)
	}
	a.offset = at
	a.until("what was missed", a.sees("two\r\n"))
	if got := a.out.String(); got != "two\r\n" {
		t.Errorf("got %q", got)
	}
	if !a.told(wire.Replay, "")() {
		t.Error("the replay is not marked")
	}
	a.typ("one\n") // number 1 again
	a.until("accepted again", a.told(wire.Accepted, ""))
	a.typ("three\n")
	a.until("three", a.sees("three\r\n"))
	if strings.Contains(a.out.String(), "one") {
		t.Errorf("number 1 was applied twice: %q", a.tail())
	}
}

func TestSnapshotForANewcomer(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{})
	a.typ("seq 20000; echo fin$((1))ished\n")
	a.until("the end", a.sees("fin1ished"))
	b := h.attach("bob", id, wire.Control{Scrollback: 10})
	b.until("the screen", b.sees("fin1ished"))
	if len(b.frames) != 1 || b.frames[0].Kind != wire.Snapshot || b.frames[0].Number != a.offset || len(b.frames[0].Payload) > 10_000 {
		t.Errorf("got %d frames, the first %+v", len(b.frames), b.frames[0].Kind)
	}
}

// Nobody who does not read holds up anybody else.
func TestStalledViewer(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	stalled := h.attach("bob", id, wire.Control{})
	stalled.noAck = true
	a := h.attach("alice", id, wire.Control{})
	a.typ("seq 300000; echo fin$((1))ished\n")
	a.until("the end", a.sees("fin1ished"))
	// It has had a window's worth, and waits.
	n := 0
	for n < firstWindow {
		if err := stalled.next(); err != nil {
			t.Fatal(err)
		}
		n = stalled.out.Len()
	}
	if n > firstWindow+wire.MaxOutput {
		t.Errorf("%d bytes without an acknowledgement", n)
	}
	stalled.noAck = false
	stalled.send(wire.Control{T: wire.Ack, Offset: &stalled.offset})
	stalled.until("the screen", stalled.sees("fin1ished"))
	if last := stalled.out.Len(); last > 1<<20 {
		t.Errorf("it was sent %d bytes and not a snapshot", last)
	}
}

func TestLosslessGetsEveryByte(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{Mode: wire.Lossless, Offset: new(uint64)})
	a.typ("stty -echo -onlcr; PS1=; echo begin; seq 200000; echo fin$((1))ished\n")
	a.until("the end", a.sees("fin1ished"))
	_, got, _ := strings.Cut(a.out.String(), "begin\n")
	got, _, _ = strings.Cut(got, "fin1ished")
	var want bytes.Buffer
	for i := 1; i <= 200000; i++ {
		fmt.Fprintln(&want, i)
	}
	if got != want.String() {
		t.Errorf("%d bytes, want %d", len(got), want.Len())
	}
}

func TestExitComesLast(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	a := h.attach("alice", id, wire.Control{})
	a.typ("echo by$((1))e; exit 5\n")
	if code := a.closed(); code != websocket.StatusNormalClosure {
		t.Errorf("closed with %d", code)
	}
	last := a.controls[len(a.controls)-1]
	if last.T != wire.Exit || last.Code == nil || *last.Code != 5 || !a.sees("by1e")() {
		t.Errorf("the last message is %+v", last)
	}
	// It can still be looked at.
	b := h.attach("bob", id, wire.Control{})
	if code := b.closed(); code != websocket.StatusNormalClosure || !b.sees("by1e")() {
		t.Errorf("afterwards: %d, %q", code, b.tail())
	}
}

func TestProtocolErrors(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	for name, send := range map[string]func(*websocket.Conn) error{
		"not a hello": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageText, []byte(`{"t":"take"}`))
		},
		"binary first": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageBinary, make([]byte, 9))
		},
		"no client": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageText, []byte(`{"t":"hello"}`))
		},
		"odd client": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageText, []byte(`{"t":"hello","client":"a/b"}`))
		},
		"size": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageText, []byte(`{"t":"hello","client":"a","cols":1,"rows":1}`))
		},
		"mode": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageText, []byte(`{"t":"hello","client":"a","mode":"x"}`))
		},
		"not JSON": func(c *websocket.Conn) error {
			return c.Write(context.Background(), websocket.MessageText, []byte(`hello`))
		},
	} {
		conn := h.dial("alice", "/sessions/"+id+"/attach")
		if err := send(conn); err != nil {
			t.Fatal(err)
		}
		c := &client{t: t, conn: conn}
		if code := c.closed(); code != wire.CloseProtocol {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	for name, m := range map[string]wire.Control{"ack of nothing": {T: wire.Ack}, "second hello": {T: wire.Hello, Client: "b"}, "huge": {T: wire.Resize, Cols: 100000, Rows: 1}} {
		c := h.attach("alice", id, wire.Control{})
		c.send(m)
		if code := c.closed(); code != wire.CloseProtocol {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	c := h.attach("alice", id, wire.Control{})
	// It may be cut off before it has sent all of it.
	_ = c.conn.Write(context.Background(), websocket.MessageBinary, make([]byte, wire.HeaderLen+wire.MaxMessage))
	if code := c.closed(); code != websocket.StatusMessageTooBig {
		t.Errorf("a large message: closed with %d", code)
	}
}

func TestRightsLostWhileAttached(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	d := h.attach("dave", id, wire.Control{})
	d.typ("x\n")
	d.until("the echo", d.sees("x\r\n"))
	h.callers["dave"].SetGrants(grantsOf(t, viewAll))
	d.until("no wheel", func() bool { return d.state.Driver == "" && !d.state.MayDrive })
	d.typ("y\n")
	d.until("a refusal", d.told(wire.Refused, wire.NotAllowed))
	h.callers["dave"].SetGrants(nil)
	if code := d.closed(); code != wire.CloseForbidden {
		t.Errorf("closed with %d", code)
	}
	a := h.attach("alice", id, wire.Control{})
	h.lost["alice"](problem.New(problem.Token, "removed"))
	if code := a.closed(); code != wire.CloseToken {
		t.Errorf("closed with %d", code)
	}
}

// A right that is lost takes effect although the client does not read.
func TestRightsLostWhileStuck(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "sh")
	b := h.attach("bob", id, wire.Control{})
	far := uint64(1) << 40
	a := h.attach("alice", id, wire.Control{Mode: wire.Lossless})
	a.typ("while :; do seq 1000; done\n")
	for range 200 { // bob acknowledges what he never reads, until his line is full
		b.send(wire.Control{T: wire.Ack, Offset: &far})
		if err := a.next(); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	h.callers["bob"].SetGrants(grantsOf(t, `{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`))
	a.until("bob's going", func() bool { return len(a.state.People) == 1 })
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A driver who is gone without a word frees the wheel within 5 s.
func TestDriverGoneWithoutAWord(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	d := h.attach("dave", id, wire.Control{})
	d.send(wire.Control{T: wire.Take})
	d.until("the wheel", func() bool { return d.state.Driver == d.state.You })
	a := h.attach("alice", id, wire.Control{})
	begun := time.Now() // from here on dave reads nothing, so he answers no ping
	a.until("the wheel's freedom", func() bool { return a.state.Driver == "" })
	if took := time.Since(begun); took > 5*time.Second || took < time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestSubprotocol(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	for protocol, want := range map[string]websocket.StatusCode{"tailpty.v2": wire.CloseProtocol, "": -1} {
		o := &websocket.DialOptions{HTTPHeader: http.Header{"X-Test-Login": {"alice"}}}
		if protocol != "" {
			o.Subprotocols = []string{protocol}
		}
		conn, _, err := websocket.Dial(t.Context(), h.url+"/api/v1/sessions/"+id+"/attach", o)
		if err != nil {
			t.Fatal(err)
		}
		c := &client{t: t, conn: conn}
		c.send(wire.Control{T: wire.Hello, Client: "a"})
		if want < 0 {
			c.until("a state", func() bool { return c.state.You != "" })
			conn.CloseNow()
		} else if code := c.closed(); code != want {
			t.Errorf("%q: closed with %d", protocol, code)
		}
	}
}

func TestSameClientAgain(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	old := h.attach("alice", id, wire.Control{Client: "tab"})
	old.send(wire.Control{T: wire.Take})
	old.until("the wheel", func() bool { return old.state.Driver == old.state.You })
	h.attach("dave", id, wire.Control{Client: "tab"}) // another person's is another client
	fresh := h.attach("alice", id, wire.Control{Client: "tab"})
	if code := old.closed(); code != wire.CloseReplaced {
		t.Errorf("closed with %d", code)
	}
	fresh.until("the wheel again", func() bool { return fresh.state.Driver == fresh.state.You })
	fresh.until("two people", func() bool { return len(fresh.state.People) == 2 })
}

func TestWholeCharacters(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "abc": 3, "é": 2, "\xc3": 0, "a\xc3": 1, "漢": 3, "a\xe6\xbc": 1, "a\xe6": 1, "😀": 4, "a\xf0\x9f\x98": 1,
		"\x80\x80\x80\x80": 4, "a\x80": 2, "\xe6\xbc\xa2\x80": 4,
	} {
		if got := wholeCharacters([]byte(in)); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("TS_AUTHKEY", "secret")
	t.Setenv("TAILPTY_TOKEN", "secret")
	t.Setenv("LC_TIME", "C")
	got := strings.Join(environment("/w", []string{"A=b", "TERM=dumb"}), "\n")
	for _, want := range []string{"PWD=/w", "LC_TIME=C", "A=b", "\nTERM=dumb"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s: %s", want, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Errorf("has a secret: %s", got)
	}
}

func TestHandOver(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	a := h.attach("alice", id, wire.Control{Cols: 100, Rows: 30})
	d := h.attach("dave", id, wire.Control{Cols: 90, Rows: 20})
	b := h.attach("bob", id, wire.Control{})
	d.send(wire.Control{T: wire.Hand, Person: a.state.You})
	d.until("a refusal", d.told(wire.Refused, wire.NotDriver))
	a.send(wire.Control{T: wire.Take})
	a.until("the wheel", func() bool { return a.state.Driver == a.state.You })
	a.send(wire.Control{T: wire.Hand, Person: b.state.You})
	a.until("a refusal", a.told(wire.Refused, wire.NotAllowed))
	a.controls = nil
	a.send(wire.Control{T: wire.Hand, Person: "nobody"})
	a.until("a refusal", a.told(wire.Refused, wire.NotAllowed))
	if a.state.Driver != a.state.You {
		t.Errorf("the wheel is %q's", a.state.Driver)
	}
	a.send(wire.Control{T: wire.Hand, Person: d.state.You})
	d.until("the wheel", func() bool { return d.state.Driver == d.state.You && d.state.Cols == 90 && d.state.Rows == 20 })
	d.typ("mine\n")
	d.until("the echo", d.sees("mine\r\n"))
}

// What a lost connection had sent may be read after its client is back, which
// sends it again: it is applied once, and the wheel stays the client's.
func TestLateInputOfALostConnection(t *testing.T) {
	h := newHost(t)
	id := h.create("alice", "cat")
	old := h.attach("alice", id, wire.Control{})
	r, _ := h.s.get(id)
	r.mu.Lock()
	gone := r.people[old.state.You]
	r.mu.Unlock()
	back := h.attach("alice", id, wire.Control{})
	gone.input(wire.Frame{Kind: wire.Input, Number: 1, Payload: []byte("one\n")})
	back.typ("one\n")
	back.typ("two\n")
	back.until("what was typed", back.sees("two\r\n"))
	if n := strings.Count(back.out.String(), "one\r\n"); n != 1 {
		t.Errorf("typed %d times", n)
	}
	for _, m := range back.controls {
		if m.T == wire.Refused {
			t.Errorf("refused: %+v", m)
		}
	}
	back.until("the wheel", func() bool { return back.state.Driver == back.state.You })
}
