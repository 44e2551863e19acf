package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tags are those that every build carries; the Justfile has them too.
const tags = "ts_omit_peerapiserver,ts_omit_logtail,ts_omit_portmapper"

// anyOfOurs is all packages but what only the demo and tests may import.
var anyOfOurs = []string{"*"}

// mayImport is the table of ARCHITECTURE.md: which of our packages each of them
// may import. A package that is not here does not belong.
var mayImport = map[string][]string{
	"cmd/tailpty":            anyOfOurs,
	"cmd/tailpty-bench":      {"term", "term/session", "term/wire", "tsapp/audit", "tsapp/identity", "tsapp/localnet", "tsapp/problem", "tsapp/route"},
	"cmd/tailpty-chaos":      {"term/client", "term/session", "term/wire", "tsapp/localnet"},
	"cmd/tailpty-demo":       {"cmd/tailpty-demo/model", "tsapp/localnet"},
	"cmd/tailpty-demo/model": {},
	"config":                 {"config/private"},
	"config/private":         {},
	"tsapp":                  {"config/private", "tsapp/audit", "tsapp/identity", "tsapp/problem", "tsapp/route", "tsapp/token"},
	"tsapp/audit":            {"tsapp/identity"},
	"tsapp/identity":         {},
	"tsapp/localnet":         {},
	"tsapp/problem":          {},
	"tsapp/route":            {"tsapp/identity", "tsapp/problem"},
	"tsapp/token":            {"config/private", "term/wire"},
	"term":                   {"term/session", "term/wire", "tsapp/audit", "tsapp/identity", "tsapp/problem", "tsapp/route"},
	"term/screen":            {},
	"term/screen/render":     {"term/screen"},
	"term/client":            {"term/wire"},
	"term/link":              {},
	"term/predict":           {"term/screen"},
	"term/sandbox":           {},
	"term/session":           {"term/link", "term/screen"},
	"term/wire":              {},
	"ui":                     {},
}

// onlyIn is modules that one place of ours knows, and nobody else.
var onlyIn = map[string][]string{
	"tailscale.com/":             {"tsapp", "tsapp/localnet", "cmd/tailpty-demo", "cmd/tailpty-bench"},
	"github.com/spf13/viper":     {"config"},
	"github.com/spf13/cobra":     {"cmd/tailpty", "cmd/tailpty-demo"},
	"github.com/creack/pty":      {"term/session", "cmd/tailpty-bench"},
	"github.com/letsencrypt/":    {"tsapp/localnet"},
	"github.com/coder/websocket": {"term", "term/client", "cmd/tailpty-demo", "cmd/tailpty-bench"},
}

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath, Dir, Doc string
	Imports, Deps        []string
	GoFiles              []string
}

// list is `go list` of our packages, as they are built.
func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json", "-tags", tags}, args...)...)
	cmd.Dir = top(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// top is the project's folder.
func top(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

const module = "tailpty/"

func TestHouseImports(t *testing.T) {
	for _, p := range list(t, "./...") {
		place := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport[place]
		if !known {
			t.Errorf("%s has no place in the house: see ARCHITECTURE.md", place)
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, module); ok {
				if !allows(allowed, ours) {
					t.Errorf("%s imports %s, which the table does not allow", place, ours)
				}
				continue
			}
			for prefix, places := range onlyIn {
				if strings.HasPrefix(imported, prefix) && !slices.Contains(places, place) {
					t.Errorf("%s imports %s, which only %v may", place, imported, places)
				}
			}
		}
	}
}

func allows(allowed []string, ours string) bool {
	if slices.Contains(allowed, ours) {
		return true
	}
	return slices.Contains(allowed, "*") && ours != "tsapp/localnet" && !strings.HasPrefix(ours, "cmd/tailpty-demo")
}

// The demo's tailnet never gets into the program.
func TestHouseDemoTailnetStaysOut(t *testing.T) {
	for _, p := range list(t, "./cmd/tailpty") {
		for _, d := range p.Deps {
			if d == module+"tsapp/localnet" || strings.Contains(d, "letsencrypt/pebble") || strings.Contains(d, "testcontrol") {
				t.Errorf("the program links %s", d)
			}
		}
	}
}

func TestHousePackageComments(t *testing.T) {
	for _, p := range list(t, "./...") {
		if len(p.Doc) < 20 {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// Funnel would put the app on the internet: nothing may even name it.
func TestHouseNoFunnel(t *testing.T) {
	for _, p := range list(t, "./...") {
		for _, f := range p.GoFiles {
			file := filepath.Join(p.Dir, f)
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("ListenFunnel")) {
				t.Errorf("%s names ListenFunnel", file)
			}
		}
	}
}

// The program builds for a host of the other architecture; `just release` builds
// all.
func TestHouseCrossBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds Tailscale again for each")
	}
	cmd := exec.Command("go", "build", "-o", os.DevNull, "-tags", tags, "./cmd/tailpty")
	cmd.Dir, cmd.Env = top(t), append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("linux/arm64: %v\n%s", err, out)
	}
}

// Direct dependencies are few, and each has its reason in ARCHITECTURE.md.
func TestHouseDependencies(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(top(t), "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for _, p := range list(t, "-deps", "./cmd/tailpty") {
		if strings.HasPrefix(p.ImportPath+"/", module) {
			for _, i := range p.Imports {
				linked[i] = true
			}
		}
	}
	mod, err := os.ReadFile(filepath.Join(top(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	direct, inProgram := 0, 0
	for line := range strings.SplitSeq(string(mod), "\n") {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if !strings.HasPrefix(line, "\t") || strings.Contains(line, "// indirect") || len(fields) < 2 {
			continue
		}
		direct++
		for i := range linked {
			if i == fields[0] || strings.HasPrefix(i, fields[0]+"/") {
				inProgram++
				break
			}
		}
		if !strings.Contains(string(b), "`"+fields[0]+"`") {
			t.Errorf("ARCHITECTURE.md has no reason for %s", fields[0])
		}
	}
	if direct == 0 || direct > 20 || inProgram > 12 {
		t.Errorf("%d direct dependencies, %d of them in the program; at most 20 and 12", direct, inProgram)
	}
	t.Logf("%d direct dependencies, %d of them in the program", direct, inProgram)
}

// Every promise of SECURITY.md names a test that there is, and every promise
// test is named there.
func TestHousePromises(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(top(t), "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	var tests bytes.Buffer
	for _, pattern := range []string{"cmd/*/*_test.go", "tsapp/*_test.go", "term/*_test.go", "term/*/*_test.go", "config/*_test.go", "ui/e2e/*.ts"} {
		files, err := filepath.Glob(filepath.Join(top(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(text)
		}
	}
	named := regexp.MustCompile(`TestPromise_[A-Z]+\d+|TestHouse\w+`)
	promised := named.FindAllString(string(b), -1)
	if len(promised) < 8 {
		t.Errorf("SECURITY.md names %d tests", len(promised))
	}
	for _, name := range promised {
		if !strings.Contains(tests.String(), name) {
			t.Errorf("SECURITY.md names %s, which is nowhere", name)
		}
	}
	for _, name := range named.FindAllString(tests.String(), -1) {
		if strings.HasPrefix(name, "TestPromise_") && !slices.Contains(promised, name) {
			t.Errorf("SECURITY.md does not name %s", name)
		}
	}
}
