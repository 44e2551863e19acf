// Package ui is the web app, embedded. The app is built by npm into dist; a
// program built without it works all the same, and says so on its page.
//
// Index is the one page, whose style nonce changes with every answer. All else
// is files that Assets holds; those that Immutable names have a hash in their
// name and never change.
package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed all:dist
var embedded embed.FS

// placeholder stands in the page where the nonce goes.
const placeholder = "__CSP_NONCE__"

// page is the name of the one page in the bundle.
const page = "index.html"

// ErrNotBuilt reports that the program was built before the web app.
var ErrNotBuilt = errors.New("ui: the web app is not in this program; build it with npm in ui, then build again")

// Assets is the built app: the page, and what it loads. It is empty but for a
// hidden file when the app was not built.
func Assets() fs.FS {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil {
		panic("ui: dist is embedded, so it is a folder: " + err.Error())
	}
	return dist
}

// Built tells whether the app is in this program.
func Built() bool { return built(Assets()) }

// Index is the page for a response whose content security policy has the nonce.
// The nonce must be base64 or base64url text, so that it needs no escaping. The
// error is ErrNotBuilt when there is no app.
func Index(nonce string) ([]byte, error) { return index(Assets(), nonce) }

// Immutable tells whether the file at this path of Assets may be cached for
// ever: its name changes with its content.
func Immutable(name string) bool { return strings.HasPrefix(name, "assets/") }

func built(dist fs.FS) bool {
	_, err := fs.Stat(dist, page)
	return err == nil
}

func index(dist fs.FS, nonce string) ([]byte, error) {
	b, err := fs.ReadFile(dist, page)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("ui: reading the page: %w", err)
	}
	return bytes.ReplaceAll(b, []byte(placeholder), []byte(nonce)), nil
}
