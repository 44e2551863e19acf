package main

import (
	"encoding/json"
	"fmt"

	"tailpty/tsapp/localnet"
)

const (
	serviceTag = "tag:tailpty"

	alice   = "alice@example.com"
	bob     = "bob@example.com"
	mallory = "mallory@example.com"
)

// cast are the three people at the start, in the order of their ports.
var cast = []struct {
	device localnet.DeviceOptions
	may    string // for a person to read
}{
	{localnet.DeviceOptions{Name: "alice-laptop", Login: alice}, "may do everything"},
	{localnet.DeviceOptions{Name: "bob-phone", Login: bob}, "may watch"},
	{localnet.DeviceOptions{Name: "mallory-laptop", Login: mallory}, "has no grant"},
}

// startPolicy is the tailnet's policy at the start, in the form of a policy
// file. Everybody reaches the service; what they may do there is another matter.
const startPolicy = `{
	"tagOwners": {"tag:tailpty": ["alice@example.com"]},
	"grants": [
		{"src": ["*"], "dst": ["tag:tailpty"], "ip": ["tcp:80", "tcp:443"]},
		{"src": ["alice@example.com"], "dst": ["tag:tailpty"], "app": {"tailpty.internal/cap/access": [
			{"actions": ["view", "drive", "prompt", "approve", "create", "end", "files.read", "files.write",
				"preview", "vault", "recordings", "audit", "admin"],
			 "sessions": "all", "workspaces": ["*"], "profiles": ["*"]}]}},
		{"src": ["bob@example.com"], "dst": ["tag:tailpty"], "app": {"tailpty.internal/cap/access": [
			{"actions": ["view"], "sessions": "all", "workspaces": ["*"], "profiles": ["*"]}]}}
	]
}`

// defaultPolicy parses startPolicy.
func defaultPolicy() (localnet.Policy, error) {
	var p localnet.Policy
	if err := json.Unmarshal([]byte(startPolicy), &p); err != nil {
		return localnet.Policy{}, fmt.Errorf("reading the demo's policy: %w", err)
	}
	return p, nil
}
