package tsapp

import (
	"net/http"
	"slices"
	"strings"

	"tailpty/tsapp/problem"
)

// checkHost refuses a request for any other host than ours: a page whose name
// was pointed at our address says its own name here.
func checkHost(r *http.Request, hosts []string) *problem.Problem {
	if slices.Contains(hosts, strings.ToLower(r.Host)) {
		return nil
	}
	return problem.New(problem.Host, "This is not the host that was asked for. Use the address that tailpty printed.")
}

// checkOrigin refuses what a page of another origin makes a browser send. A
// request without Origin and Fetch Metadata is no browser's; a browser that
// leaves both out cannot put a token into a header either.
func checkOrigin(r *http.Request, origins []string, public bool) *problem.Problem {
	wrong := problem.New(problem.Origin, "This request was made by a page of another origin. Open tailpty itself.")
	if all, ok := r.Header["Origin"]; ok {
		if len(all) != 1 || !slices.Contains(origins, all[0]) {
			return wrong
		}
	}
	sites := r.Header["Sec-Fetch-Site"]
	if len(sites) > 1 {
		return wrong
	}
	if len(sites) == 0 {
		return nil
	}
	switch sites[0] {
	case "same-origin", "none":
		return nil
	}
	// A link on another page may lead here, to a public page, at the top level.
	if public && r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
		return nil
	}
	return wrong
}
