package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"tailpty/tsapp"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/problem"
	"tailpty/tsapp/route"
	"tailpty/ui"
)

// forever is for files whose name changes with their content.
const forever = "public, max-age=31536000, immutable"

// appRoutes is the web app's files. An address that is no file is a place in the
// app, and gets its page.
func appRoutes() []route.Route {
	files := ui.Assets()
	serve := func(w http.ResponseWriter, r *http.Request, _ *identity.Caller) error {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name != "" && name != "index.html" {
			b, err := fs.ReadFile(files, name)
			if err == nil {
				if ui.Immutable(name) {
					w.Header().Set("Cache-Control", forever)
				}
				http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
				return nil
			}
			if strings.Contains(path.Base(name), ".") {
				return problem.New(problem.NotFound, "There is nothing here.")
			}
		}
		page, err := ui.Index(tsapp.Nonce(r))
		if err != nil {
			return problem.New(problem.Unavailable, "This program was built without the web app: use `just build`.").Because(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // the browser may have gone
		return nil
	}
	return []route.Route{route.Open("GET", "/", serve)}
}
