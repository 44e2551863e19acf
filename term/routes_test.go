package term

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"tailpty/term/wire"
	"tailpty/tsapp/identity"
)

func TestSessionsOverHTTP(t *testing.T) {
	h := newHost(t)
	var s Session
	if code := h.ask("alice", "POST", "/sessions", `{"profile":"cat","workspace":"w","name":"my session","cols":100,"rows":40}`, &s); code != 201 {
		t.Fatal(code)
	}
	if s.Name != "my session" || s.Owner != "alice" || s.State != "unknown" || s.Cols != 100 || s.Exit != nil || len(s.ID) < 26 || s.People == nil {
		t.Errorf("got %+v", s)
	}
	var list struct{ Sessions []Session }
	if code := h.ask("bob", "GET", "/sessions", "", &list); code != 200 || len(list.Sessions) != 1 || !slices.Equal(list.Sessions[0].May, []identity.Action{identity.View}) {
		t.Errorf("bob: %d %+v", code, list)
	}
	if code := h.ask("carol", "GET", "/sessions", "", &list); code != 200 || len(list.Sessions) != 0 {
		t.Errorf("carol, who sees her own: %d %+v", code, list)
	}
	for _, tt := range []struct {
		login, method, path, body string
		want                      int
	}{
		{"carol", "GET", "/sessions/" + s.ID, "", 404}, {"bob", "PATCH", "/sessions/" + s.ID, `{"name":"x"}`, 403}, {"bob", "DELETE", "/sessions/" + s.ID, "", 403},
		{"alice", "PATCH", "/sessions/" + s.ID, `{"name":"` + strings.Repeat("x", 81) + `"}`, 400}, {"alice", "PATCH", "/sessions/" + s.ID, `{"name":"a\u001bb"}`, 400},
		{"alice", "PATCH", "/sessions/" + s.ID, `{"nam":"x"}`, 400}, {"alice", "PATCH", "/sessions/" + s.ID, `{"name":"new"}`, 200},
		{"alice", "POST", "/sessions", `{"profile":"none","workspace":"w"}`, 404}, {"alice", "POST", "/sessions", `{"profile":"cat","workspace":"none"}`, 404},
		{"alice", "POST", "/sessions", `{"profile":"cat","workspace":"w","command":["id"]}`, 400}, {"alice", "POST", "/sessions", `{"profile":"cat","workspace":"w","cols":-1,"rows":5}`, 400},
		{"bob", "POST", "/sessions", `{"profile":"cat","workspace":"w"}`, 403}, {"alice", "GET", "/sessions/none", "", 404},
	} {
		if code := h.ask(tt.login, tt.method, tt.path, tt.body, nil); code != tt.want {
			t.Errorf("%s %s %s %s: %d, want %d", tt.login, tt.method, tt.path, tt.body, code, tt.want)
		}
	}
	one, _ := h.s.get(s.ID)
	if code := h.ask("alice", "DELETE", "/sessions/"+s.ID, "", nil); code != 204 {
		t.Fatal(code)
	}
	eventually(t, "its end", func() bool { return one.process().State().Ended })
	if code := h.ask("alice", "GET", "/sessions/"+s.ID, "", &s); code != 200 || s.State != "ended" || s.Exit == nil || (*s.Exit != 143 && *s.Exit != 129) || s.Name != "new" {
		t.Errorf("%d %+v", code, s)
	}
	if code := h.ask("alice", "DELETE", "/sessions/"+s.ID, "", nil); code != 204 {
		t.Fatal(code)
	}
	if code := h.ask("alice", "GET", "/sessions/"+s.ID, "", nil); code != 404 {
		t.Errorf("a removed one: %d", code)
	}
}

func TestSessionLimits(t *testing.T) {
	h := newHost(t) // 5 in all, 3 for each login, 2 by carol's grant
	start := func(login string) int {
		return h.ask(login, "POST", "/sessions", `{"profile":"cat","workspace":"w"}`, nil)
	}
	var got []int
	for _, login := range []string{"carol", "carol", "carol", "alice", "alice", "alice", "alice", "dave"} {
		got = append(got, start(login))
	}
	if want := []int{201, 201, 429, 201, 201, 201, 429, 429}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestProfilesAndWorkspaces(t *testing.T) {
	h := newHost(t)
	var p struct{ Profiles []struct{ Name string } }
	var w struct {
		Workspaces []struct {
			Name     string
			Profiles []string
		}
	}
	h.ask("alice", "GET", "/profiles", "", &p)
	h.ask("alice", "GET", "/workspaces", "", &w)
	if len(p.Profiles) != 2 || len(w.Workspaces) != 1 || len(w.Workspaces[0].Profiles) != 2 {
		t.Errorf("alice: %+v %+v", p, w)
	}
	h.ask("bob", "GET", "/workspaces", "", &w)
	if len(w.Workspaces) != 1 || len(w.Workspaces[0].Profiles) != 0 {
		t.Errorf("bob: %+v", w)
	}
	h.callers["bob"].SetGrants(grantsOf(t, `{"actions":["view"],"workspaces":["other"],"profiles":["cat"]}`))
	h.ask("bob", "GET", "/profiles", "", &p)
	h.ask("bob", "GET", "/workspaces", "", &w)
	if len(p.Profiles) != 1 || len(w.Workspaces) != 0 {
		t.Errorf("bob: %+v %+v", p, w)
	}
}

func TestEvents(t *testing.T) {
	h := newHost(t)
	conn := h.dial("bob", "/events")
	next := func() (e struct {
		T        string
		Sessions []Session
		Session  *Session
		ID       string
	}) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		_, b, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := next(); e.T != "sessions" || len(e.Sessions) != 0 {
		t.Fatalf("at first: %+v", e)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"t":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	if e := next(); e.T != "pong" {
		t.Fatalf("after a ping: %+v", e)
	}
	id := h.create("alice", "cat")
	if e := next(); e.T != "session" || e.Session.ID != id {
		t.Fatalf("a new one: %+v", e)
	}
	a := h.attach("alice", id, wire.Control{})
	a.send(wire.Control{T: wire.Take})
	for e := next(); len(e.Session.People) != 1 || e.Session.Driver == ""; e = next() {
	}
	h.callers["bob"].SetGrants(grantsOf(t, `{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`))
	for e := next(); ; e = next() {
		if e.T == "sessions" {
			if len(e.Sessions) != 0 {
				t.Errorf("bob still sees %+v", e.Sessions)
			}
			break
		}
	}
	h.callers["bob"].SetGrants(grantsOf(t, viewAll))
	for e := next(); ; e = next() { // what was on its way may come first
		if e.T == "sessions" {
			if len(e.Sessions) != 1 {
				t.Fatalf("again: %+v", e)
			}
			break
		}
	}
	h.ask("alice", "DELETE", "/sessions/"+id, "", nil)
	for e := next(); e.Session.State != "ended"; e = next() {
	}
	h.ask("alice", "DELETE", "/sessions/"+id, "", nil)
	for e := next(); e.T != "gone" || e.ID != id; e = next() {
	}
}
