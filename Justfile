# tailpty: what a person does here, one short recipe each. `npx rust-just` lists them.

# Builds without these tags listen on the host (Tailscale's PeerAPI) and refuse to serve.
tags := "ts_omit_peerapiserver,ts_omit_logtail,ts_omit_portmapper"
staticcheck := "honnef.co/go/tools/cmd/staticcheck@v0.8.2"
export CGO_ENABLED := "0"

# List the recipes.
default:
    @just --list

# The whole thing on this machine: a private tailnet, three people, real Codex. Ctrl-C ends it.
demo *ARGS: build
    @exec bin/tailpty-demo {{ARGS}}

# Kill servers, sessions and connections under load, 2,000 times in 45 minutes, and count what is lost. Needs root to fill a disk.
chaos *ARGS: build
    @go build -trimpath -tags {{tags}} -o bin/ ./cmd/tailpty-chaos >&2
    @exec bin/tailpty-chaos {{ARGS}}

# All tests: checks, Go with the race detector, web units, a browser. About 12 minutes on two cores once Tailscale is compiled, 20 before.
test: _tools check build test-go test-fuzz test-web test-bench test-browser

# The fast part: formatting, static checks, types.
check: _npm
    @echo "== check" >&2
    @test -z "$(gofmt -s -l $(git ls-files '*.go'))" || { echo "Not formatted: run just fmt" >&2; gofmt -s -l $(git ls-files '*.go'); exit 1; }
    go mod tidy -diff
    go vet -tags {{tags}} ./...
    go fix -diff -tags {{tags}} ./...
    go run {{staticcheck}} -tags {{tags}} ./...
    cd ui && npm run --silent lint

# The programs, in bin/, with the web app in them.
build: ui
    @echo "== build (the first time takes some minutes: Tailscale is large)" >&2
    @go build -trimpath -tags {{tags}} -o bin/ ./cmd/tailpty ./cmd/tailpty-demo >&2

# The web app, in ui/dist.
ui: _npm
    @echo "== web app" >&2
    @cd ui && npm run --silent build >&2

# Go's tests, with the race detector.
test-go:
    @echo "== go test -race" >&2
    CGO_ENABLED=1 go test -race -shuffle=on -timeout 25m -tags {{tags}} ./...

# A minute of fuzzing the terminal emulator; `just fuzz` does more.
test-fuzz:
    @echo "== a minute of fuzzing" >&2
    go test -run '^$' -fuzz '^FuzzWrite$' -fuzztime 1m -fuzzminimizetime 20x ./term/screen

# The web app's unit tests.
test-web: _npm
    @echo "== web unit tests" >&2
    cd ui && npm test --silent

# The tests in a real browser, with real Codex, over the private tailnet.
test-browser: build _tools
    @echo "== browser tests" >&2
    cd ui && npm run --silent e2e

# What takes long: viewers and tabs that stop for a whole minute.
soak: build _tools
    TAILPTY_TEST_LONG=1 go test -count=1 -timeout 30m -tags {{tags}} -run 'TestStoppedViewer' -v ./term
    cd ui && TAILPTY_TEST_LONG=1 npx playwright test e2e/frozen.spec.ts

# Fuzz each decoder for TIME.
fuzz TIME="1m":
    @for pkg in $(go list ./term/... ./tsapp/identity ./tsapp/token ./config 2>/dev/null); do \
        for f in $(go test -tags {{tags}} -list '^Fuzz' $pkg | grep '^Fuzz'); do \
            echo "== $pkg $f" >&2; go test -tags {{tags}} -run '^$' -fuzz "^$f\$" -fuzztime {{TIME}} -fuzzminimizetime 20x $pkg || exit 1; \
        done; done

# Measure tailpty beside its peers in one run, about half an hour: `just bench --quick`, `--only echo`, `--rows limit,hops,tailpty`, `--install`.
bench *ARGS: build _bench
    @exec bin/tailpty-bench {{ARGS}}

# The benchmark as a test: ratios only, with room for a busy machine.
test-bench: build _bench
    @echo "== benchmark gate" >&2
    @bin/tailpty-bench --gate

_bench:
    @go build -trimpath -tags {{tags}} -o bin/ ./cmd/tailpty-bench >&2

# Format everything.
fmt: _npm
    gofmt -s -w $(git ls-files '*.go')
    cd ui && npm run --silent fmt

# Release builds for every platform of a host, in bin/release.
release: ui
    @for t in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do \
        echo "== $t" >&2; \
        GOOS=${t%/*} GOARCH=${t#*/} go build -trimpath -ldflags '-s -w' -tags {{tags}} -o bin/release/tailpty-${t%/*}-${t#*/} ./cmd/tailpty || exit 1; done

# npm packages, by the lockfile, when it has changed.
_npm:
    @cd ui && if ! cmp -s package-lock.json node_modules/.installed; then echo "== npm packages" >&2; npm ci --no-audit --no-fund >&2 && cp package-lock.json node_modules/.installed; fi

# What the tests need: installed where we may, named where not.
_tools:
    @missing=""; \
    command -v "${CHROMIUM:-chromium}" >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="chromium"; \
    command -v tmux >/dev/null || missing="$missing tmux"; \
    if [ "$(uname)" = Linux ]; then command -v bwrap >/dev/null || missing="$missing bubblewrap"; fi; \
    if [ -n "$missing" ]; then \
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "== installing $missing" >&2; apt-get update -qq >&2 && apt-get install -y -qq $missing >&2; \
        else echo "The tests need $missing: install it (Debian: apt install $missing). CHROMIUM=/path names another browser." >&2; exit 1; fi; fi
