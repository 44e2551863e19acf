package identity

import (
	"testing"
)

func grant(t *testing.T, raw string) Grant {
	t.Helper()
	g, err := ParseGrant([]byte(raw), FromTailnet)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var (
	alice = Identity{Login: "alice@example.com", NodeID: "n1"}
	ci    = Identity{Name: "ci", NodeID: "n2", Tags: []string{"tag:ci"}}
)

func TestAllows(t *testing.T) {
	session := func(owner string) Object {
		return Object{ID: "s", Workspace: "web", Profile: "codex", Owner: owner}
	}
	for _, tt := range []struct {
		name   string
		grants []string
		who    Identity
		action Action
		object Object
		want   bool
	}{
		{"own", []string{`{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`}, alice, View, session("alice@example.com"), true},
		{"not own", []string{`{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`}, alice, View, session("bob@example.com"), false},
		{"all", []string{`{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, View, session("bob@example.com"), true},
		{"a node's own", []string{`{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`}, ci, View, session("node:n2"), true},
		{"another node's", []string{`{"actions":["view"],"workspaces":["*"],"profiles":["*"]}`}, ci, View, session("node:n3"), false},
		{"missing workspaces", []string{`{"actions":["view"],"sessions":"all","profiles":["*"]}`}, alice, View, session("x"), false},
		{"missing profiles", []string{`{"actions":["view"],"sessions":"all","workspaces":["*"]}`}, alice, View, session("x"), false},
		{"glob", []string{`{"actions":["view"],"sessions":"all","workspaces":["w?b","x"],"profiles":["co*"]}`}, alice, View, session("x"), true},
		{"other workspace", []string{`{"actions":["view"],"sessions":"all","workspaces":["api-*"],"profiles":["*"]}`}, alice, View, session("x"), false},
		{"other action", []string{`{"actions":["end"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, View, session("x"), false},
		{"drive includes approve", []string{`{"actions":["drive"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, Approve, session("x"), true},
		{"drive includes files.write", []string{`{"actions":["drive"],"workspaces":["web"]}`}, alice, FilesWrite, Object{Workspace: "web"}, true},
		{"drive does not include end", []string{`{"actions":["drive"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, End, session("x"), false},
		{"view does not include drive", []string{`{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, Drive, session("x"), false},
		{"two halves are no whole", []string{`{"actions":["drive"],"workspaces":["web"]}`, `{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, Drive, session("alice@example.com"), false},
		{"a session of no workspace", []string{`{"actions":["view"],"sessions":"all","workspaces":["web"],"profiles":["*"]}`}, alice, View, Object{ID: "s", Profile: "run", Owner: "x"}, false},
		{"a session of no workspace, all of them", []string{`{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`}, alice, View, Object{ID: "s", Profile: "run", Owner: "x"}, true},
		{"the node itself", []string{`{"actions":["audit"]}`}, alice, Audit, Object{}, true},
		{"nothing", nil, alice, View, Object{Any: true}, false},
		{"no actions", []string{`{"workspaces":["*"]}`, `{}`}, alice, View, Object{Any: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var grants []Grant
			for _, raw := range tt.grants {
				grants = append(grants, grant(t, raw))
			}
			if _, got := NewCaller(tt.who, grants).Allows(tt.action, tt.object); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

var voidGrants = []string{
	`{"actions":["view"],"workspace":["*"]}`, `{"actions":["view"],"Workspaces":["*"]}`, `{"actions":["view"],"actions":["drive"]}`,
	`{"actions":["view","rule"]}`, `{"actions":["View"]}`, `{"actions":"view"}`, `{"sessions":"mine"}`, `{"sessions":""}`, `{"workspaces":["[" ]}`,
	`{"max_sessions":-1}`, `{"max_sessions":"3"}`, `[]`, `"x"`, `null`, `{}{}`, ``, `{"source":"config"}`,
}

func TestVoidGrants(t *testing.T) {
	for _, raw := range voidGrants {
		if g, err := ParseGrant([]byte(raw), FromTailnet); err == nil {
			t.Errorf("%s: %+v", raw, g)
		}
	}
	grants, void := ParseGrants([]string{`{"actions":["x"]}`, `{"actions":["view"]}`}, FromConfig)
	if len(grants) != 1 || len(void) != 1 || grants[0].Source != FromConfig {
		t.Errorf("got %v, %v", grants, void)
	}
}

func TestChanged(t *testing.T) {
	view := []Grant{grant(t, `{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`)}
	c := NewCaller(alice, view)
	before := c.Changed()
	c.SetGrants([]Grant{grant(t, `{"actions":["view"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`)})
	select {
	case <-before:
		t.Error("the same rights are a change")
	default:
	}
	c.SetGrants(nil)
	select {
	case <-before:
	default:
		t.Error("other rights are no change")
	}
	if _, ok := c.Allows(View, Object{Any: true}); ok {
		t.Error("still allowed")
	}
}

// FuzzParseGrant: whatever is taken grants no more than it says.
func FuzzParseGrant(f *testing.F) {
	for _, raw := range voidGrants {
		f.Add([]byte(raw))
	}
	f.Add([]byte(`{"actions":["view","drive"],"sessions":"all","workspaces":["a*"],"profiles":["*"],"max_sessions":3}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := ParseGrant(raw, FromTailnet)
		if err != nil {
			return
		}
		c := NewCaller(alice, []Grant{g})
		if _, ok := c.Allows(Admin, Object{}); ok && !g.allows("", Admin, Object{Any: true}) {
			t.Fatalf("%s grants admin", raw)
		}
		if len(g.Workspaces) == 0 && c.Sees(Object{Workspace: "w"}) {
			t.Fatalf("%s lets a workspace be seen", raw)
		}
	})
}
