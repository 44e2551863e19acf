package tsapp

import (
	"net/http"

	"tailpty/tsapp/problem"
)

// Redirect is what port 80 answers where the app is served over HTTPS: a
// redirect of pages to it, and nothing else.
func (n *Node) Redirect() http.Handler {
	hosts := []string{n.domain, n.domain + ":80", n.Name(), n.Name() + ":80"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), false)
		if p := checkHost(r, hosts); p != nil {
			p.Write(w)
			return
		}
		if isUpgrade(r) || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
			problem.New(problem.Host, "Plain HTTP is answered with a redirect only. Use %s.", n.URL()).Write(w)
			return
		}
		// Without the query: nothing of ours has one, and it might hold a secret.
		http.Redirect(w, r, n.URL()+r.URL.EscapedPath(), http.StatusPermanentRedirect)
	})
}
