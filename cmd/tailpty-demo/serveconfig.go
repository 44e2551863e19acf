package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/template"
)

// serveConfig is what `tailpty serve` is told, as a configuration file.
type serveConfig struct {
	ControlURL  string
	AuthKeyFile string
	StateDir    string
	RuntimeDir  string // empty: the default
	Isolation   string // empty: the default
	TokensFile  string
	Workspace   namedPath
	Profiles    []profile
}

type namedPath struct{ Name, Path string }

type profile struct {
	Name, Title string
	Command     []string
	Env         []string // NAME=VALUE
}

// A JSON string or list is one in YAML too.
var configTemplate = template.Must(template.New("config").Funcs(template.FuncMap{"yaml": quoteYAML}).Parse(
	`# tailpty's configuration in the demo: a node of a private tailnet on loopback.
hostname: tailpty
control_url: {{yaml .ControlURL}}
auth_key_file: {{yaml .AuthKeyFile}}
tags: ["tag:tailpty"]
state_dir: {{yaml .StateDir}}
tokens_file: {{yaml .TokensFile}}
{{- with .RuntimeDir}}
runtime_dir: {{yaml .}}
{{- end}}
{{- with .Isolation}}
isolation: {{yaml .}}
{{- end}}
max_sessions_per_login: 100 # who tries things out leaves many behind
allow_root: true # the demo runs as whoever tries it
join_timeout: 30s
listen: tailnet
log_level: info
workspaces:
  - name: {{yaml .Workspace.Name}}
    path: {{yaml .Workspace.Path}}
profiles:
{{- range .Profiles}}
  - name: {{yaml .Name}}
    title: {{yaml .Title}}
    command: {{yaml .Command}}
{{- with .Env}}
    env: {{yaml .}}
{{- end}}
{{- end}}
`))

func quoteYAML(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSpace(b.String()), err
}

// write writes the file, which only its owner can read.
func (c serveConfig) write(path string) error {
	var b bytes.Buffer
	if err := configTemplate.Execute(&b, c); err != nil {
		return fmt.Errorf("writing tailpty's configuration: %w", err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("writing tailpty's configuration: %w", err)
	}
	return nil
}

// envList writes variables as NAME=VALUE, sorted.
func envList(env map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// serveEnv is the environment of `tailpty serve`: this process's, without what
// would configure tailpty or Tailscale otherwise, and what the tailnet needs.
func serveEnv(own, tailnet []string) []string {
	env := slices.DeleteFunc(slices.Clone(own), func(v string) bool {
		return strings.HasPrefix(v, "TAILPTY_") || strings.HasPrefix(v, "TS_") || strings.HasPrefix(v, "SSL_CERT_")
	})
	return append(env, tailnet...)
}
