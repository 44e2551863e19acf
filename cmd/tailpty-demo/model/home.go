package model

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// HomeOptions says what a Codex home is to point at.
type HomeOptions struct {
	// BaseURL is the model API, as [Server.URL] returns it.
	BaseURL string
	// Trusted are the folders that Codex opens without asking whether to trust
	// them.
	Trusted []string
}

//go:embed home.toml
var homeConfig string

//go:embed home-models.json
var homeModels []byte

var homeTemplate = template.Must(template.New("home.toml").Funcs(template.FuncMap{"quote": quote}).Parse(homeConfig))

// WriteHome makes dir a Codex home of its own, which uses the model API and no
// account, asks on request, and starts no background process. It returns the
// arguments and the environment that Codex is to be run with; the environment
// adds to what a session has anyway.
//
// Codex refuses to put its helper programs below the temp directory, so the
// environment names one inside the home.
func WriteHome(dir string, o HomeOptions) (args []string, env map[string]string, err error) {
	api, err := url.Parse(o.BaseURL)
	if err != nil {
		return nil, nil, fmt.Errorf("model: writing the Codex home: %w", err)
	}
	if api.Host == "" {
		return nil, nil, fmt.Errorf("model: writing the Codex home: %q is no base URL", o.BaseURL)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, fmt.Errorf("model: writing the Codex home: %w", err)
	}
	scratch := filepath.Join(dir, "scratch")
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, nil, fmt.Errorf("model: writing the Codex home: %w", err)
	}
	trusted, err := folders(o.Trusted)
	if err != nil {
		return nil, nil, err
	}
	models := filepath.Join(dir, "models.json")
	var config bytes.Buffer
	err = homeTemplate.Execute(&config, map[string]any{
		"Model": Name, "BaseURL": o.BaseURL, "Models": models, "Trusted": trusted,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("model: writing the Codex home: %w", err)
	}
	if err := writePrivate(models, homeModels); err != nil {
		return nil, nil, err
	}
	if err := writePrivate(filepath.Join(dir, "config.toml"), config.Bytes()); err != nil {
		return nil, nil, err
	}
	// A trusted repository's configuration would win over ours, but not over these.
	args = []string{"--no-daemon", "--ask-for-approval", "on-request", "--sandbox", "workspace-write"}
	return args, environment(dir, scratch, api.Host), nil
}

func environment(home, scratch, apiHost string) map[string]string {
	// Whatever its settings, Codex asks a public host for announcements. The
	// model API is no proxy, so it gets none; home.toml keeps this from the
	// commands that Codex runs.
	const loopback = "127.0.0.1,localhost,::1"
	nowhere := "http://" + apiHost
	return map[string]string{
		"CODEX_HOME":  home,
		"TMPDIR":      scratch, // commands may write there, so no two homes share it
		"HTTPS_PROXY": nowhere,
		"https_proxy": nowhere,
		"NO_PROXY":    loopback,
		"no_proxy":    loopback,
	}
}

// writePrivate writes a file that its owner alone can read, also where there was
// one that others could.
func writePrivate(name string, content []byte) error {
	err := os.WriteFile(name, content, 0o600)
	if err == nil {
		err = os.Chmod(name, 0o600)
	}
	if err != nil {
		return fmt.Errorf("model: writing the Codex home: %w", err)
	}
	return nil
}

// folders returns absolute paths, each also with its symbolic links resolved:
// Codex looks for either.
func folders(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, fmt.Errorf("model: trusting %q: %w", p, err)
		}
		out = append(out, abs)
		if resolved, err := filepath.EvalSymlinks(abs); err == nil {
			out = append(out, resolved)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// quote writes a TOML basic string. JSON's string is one, but for DEL.
func quote(s string) (string, error) {
	b, err := json.Marshal(s)
	return strings.ReplaceAll(string(b), "\x7f", `\u007f`), err
}
