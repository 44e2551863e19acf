package tsapp

import (
	"fmt"
	"net/http"
	"strings"

	"tailpty/tsapp/identity"
	"tailpty/tsapp/route"
)

// me is what the app asks first: who the tailnet says you are and, once the
// token is right, what you may do.
type me struct {
	Login  string           `json:"login"`
	Name   string           `json:"name"`
	Node   string           `json:"node"`
	Tags   []string         `json:"tags"`
	Token  bool             `json:"token"`
	Grants []identity.Grant `json:"grants"`
	Host   meHost           `json:"host"`
	// Capability is the name to ask a grant of.
	Capability string `json:"capability"`
	// Ask is a grant to paste into the policy, for those who have none.
	Ask string `json:"ask,omitempty"`
	// Version of the program.
	Version string `json:"version"`
}

type meHost struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

func (rt *Router) me() route.Route {
	return route.Identified(http.MethodGet, "/api/v1/me", route.Lookups, func(w http.ResponseWriter, r *http.Request, c *identity.Caller) error {
		name, _, _ := strings.Cut(rt.Hosts[0], ".")
		m := me{Login: c.Login, Name: c.Name, Node: c.Node, Tags: c.Tags, Token: c.Token != "",
			Grants: []identity.Grant{}, Host: meHost{name, rt.Origins[0]}, Capability: rt.Callers.Capability, Version: rt.Version}
		if m.Tags == nil {
			m.Tags = []string{}
		}
		if m.Token {
			if m.Grants = c.Grants(); len(m.Grants) == 0 {
				m.Grants, m.Ask = []identity.Grant{}, Ask(rt.Callers.Capability, c.Identity, rt.Destination)
			}
		}
		return route.WriteJSON(w, http.StatusOK, m)
	})
}

// Ask is a grant for the policy file that lets somebody see and drive their own
// sessions on the node that dst names in it, as JSON to paste.
func Ask(capability string, who identity.Identity, dst string) string {
	src := who.Login
	if who.Tagged() {
		src = who.Tags[0]
	}
	return fmt.Sprintf(`{
  "src": [%q],
  "dst": [%q],
  "ip": ["tcp:80", "tcp:443"],
  "app": { %q: [
    { "actions": ["view", "drive", "create", "end"],
      "sessions": "own",
      "workspaces": ["*"], "profiles": ["*"] }
  ] }
}`, src, dst, capability)
}
