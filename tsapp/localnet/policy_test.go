package localnet_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tailpty/tsapp/localnet"
)

func TestPolicyIsChecked(t *testing.T) {
	grant := func(inside string) string { return `{"grants":[{` + inside + `}]}` }
	for _, c := range []struct{ name, policy, want string }{
		{"all kinds", `{"groups":{"group:dev":["a@b.c"]},"tagOwners":{"tag:x":["group:dev","autogroup:member"]},"grants":[
			{"src":["*","a@b.c","group:dev","tag:x","autogroup:member","autogroup:tagged","100.64.0.1","100.64.0.0/10"],
			 "dst":["*","tag:x","autogroup:self"],"ip":["*","443","tcp:80,443","udp:1-2","icmp:*"],"app":{"x.internal/cap/y":[{},1]}}]}`, ""},
		{"empty", `{}`, ""},
		{"group's name", `{"groups":{"dev":[]}}`, "group:"},
		{"group's login", `{"groups":{"group:dev":["alice"]}}`, "login"},
		{"tag's name", `{"tagOwners":{"ci":[]}}`, "tag"},
		{"tag's owner", `{"tagOwners":{"tag:ci":["group:none"]}}`, "group:none"},
		{"no source", grant(`"dst":["*"],"ip":["*"]`), "src"},
		{"nothing granted", grant(`"src":["*"],"dst":["*"]`), "ip and app"},
		{"unknown source", grant(`"src":["alice"],"dst":["*"],"ip":["*"]`), "alice"},
		{"self as source", grant(`"src":["autogroup:self"],"dst":["*"],"ip":["*"]`), "dst only"},
		{"unknown group", grant(`"src":["group:x"],"dst":["*"],"ip":["*"]`), "group:x"},
		{"unknown destination", grant(`"src":["*"],"dst":["tag:"],"ip":["*"]`), "tag:"},
		{"protocol", grant(`"src":["*"],"dst":["*"],"ip":["sctp:1"]`), "sctp"},
		{"port", grant(`"src":["*"],"dst":["*"],"ip":["tcp:70000"]`), "70000"},
		{"range", grant(`"src":["*"],"dst":["*"],"ip":["9-8"]`), "9-8"},
		{"capability", grant(`"src":["*"],"dst":["*"],"app":{"access":[]}`), "access"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p localnet.Policy
			if err := json.Unmarshal([]byte(c.policy), &p); err != nil {
				t.Fatal(err)
			}
			err := p.Validate()
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want it to name %q", err, c.want)
			}
		})
	}
}

func TestBadPolicyChangesNothing(t *testing.T) {
	n := start(t, policy(t, alicePolicy))
	before, _ := json.Marshal(n.Grants())
	if err := n.SetGrants(localnet.Policy{Grants: []localnet.Grant{{}}}); err == nil {
		t.Error("a bad policy was accepted")
	}
	changed := n.Grants()
	changed.Grants[0].Src[0] = "mallory@example.com"
	changed.Groups["group:dev"][0] = "mallory@example.com"
	if after, _ := json.Marshal(n.Grants()); string(after) != string(before) {
		t.Errorf("the policy was\n%s\nand is\n%s", before, after)
	}
}
