package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tailpty/config"
	"tailpty/term"
	"tailpty/tsapp"
	"tailpty/tsapp/audit"
	"tailpty/tsapp/identity"
	"tailpty/tsapp/route"
	"tailpty/tsapp/token"
)

func serveCommand() *cobra.Command {
	var from settings
	c := &cobra.Command{
		Use:   "serve",
		Short: "Join the tailnet and serve",
		Long: `serve joins the tailnet and serves the sessions of this machine there until it
is told to stop. It prints one line on stdout when it is ready: READY and the
app's address. Everything else is on stderr.

It refuses to start with anything wrong in its configuration, without a token,
and with secrets that other users of the host can read.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := tsapp.CheckBuild(); err != nil {
				return err
			}
			all, err := prepare(&from)
			if err != nil {
				return err
			}
			return serve(c.Context(), all)
		},
	}
	from.addTo(c)
	return c
}

// prepared is everything that can be wrong before the tailnet is joined.
type prepared struct {
	config.Config
	file   string // of the configuration
	wall   wall
	tokens *token.Set
	grants []tsapp.ConfigGrant
}

// prepare reads the configuration and what it names, and reports every problem
// at once.
func prepare(from *settings) (prepared, error) {
	c, err := from.load()
	problems, _ := errors.AsType[config.Problems](err)
	if err != nil && problems == nil {
		return prepared{}, err
	}
	p := prepared{Config: c, file: from.path()}
	if p.wall, err = buildWall(c, p.file); err != nil {
		found, _ := errors.AsType[config.Problems](err)
		problems = append(problems, found...)
	}
	if os.Geteuid() == 0 && !c.AllowRoot {
		problems = append(problems, config.Problem{Key: "allow_root", Text: "this is root, so everyone who may drive a session would be root on this machine: " +
			"run tailpty as a user of its own, or set allow_root: true if you mean it"})
	}
	var clear []string
	if c.Token.IsSet() {
		clear = append(clear, c.Token.Reveal())
	}
	if p.tokens, err = token.Open(c.TokensFile, clear...); err != nil {
		problems = append(problems, tokenProblem(c, err))
	}
	for i, g := range c.Grants {
		raw, err := json.Marshal(g.Rule)
		if err == nil {
			var rule identity.Grant
			if rule, err = identity.ParseGrant(raw, identity.FromConfig); err == nil {
				p.grants = append(p.grants, tsapp.ConfigGrant{Src: g.Src, Grant: rule})
			}
		}
		if err != nil {
			problems = append(problems, config.Problem{Key: fmt.Sprintf("grants[%d]", i), Text: err.Error()})
		}
	}
	if len(problems) > 0 {
		return prepared{}, problems
	}
	return p, nil
}

// tokenProblem says which setting a token came from, or should have.
func tokenProblem(c config.Config, err error) config.Problem {
	const howTo = "`tailpty token new --name phone --login you@example.com` makes one"
	switch {
	case errors.Is(err, token.ErrMissing):
		return config.Problem{Key: "tokens_file", Text: fmt.Sprintf("there is no token in %s, and neither token nor token_file is set: %s", c.TokensFile, howTo)}
	case c.Token.IsSet() && (errors.Is(err, token.ErrShort) || errors.Is(err, token.ErrWellKnown) || errors.Is(err, token.ErrForm)):
		key := "token"
		if c.TokenFile != "" {
			key = "token_file"
		}
		return config.Problem{Key: key, Text: fmt.Sprintf("%v: a token is 256 random bits in base64url; %s", err, howTo)}
	}
	return config.Problem{Key: "tokens_file", Text: err.Error()}
}

// serve puts the program together and runs it until ctx ends.
func serve(ctx context.Context, c prepared) error {
	logger := newLogger(c.Config)
	if c.Listen != config.ListenTailnet {
		return errors.New("listen: serving a Unix socket behind `tailscale serve` is not in this version yet: use listen: tailnet")
	}

	node, err := tsapp.Join(ctx, tsapp.NodeOptions{
		Hostname: c.Hostname, ControlURL: c.ControlURL, AuthKey: c.AuthKey.Reveal(), OAuthSecret: c.OAuthSecret.Reveal(), Tags: c.Tags,
		StateDir: c.StateDir, JoinTimeout: c.JoinTimeout, AllowHTTP: c.AllowHTTP, Logger: logger,
		LoginLink: func(url string) { fmt.Fprintf(os.Stderr, "To let this node into your tailnet, open:\n\n  %s\n\n", url) },
	})
	if err != nil {
		return err
	}
	defer node.Close()

	records, err := audit.Open(filepath.Join(c.StateDir, "audit.jsonl"), logger)
	if err != nil {
		return err
	}
	defer records.Close()

	sayIsolation(c, logger)
	program, err := sessionProgram()
	if err != nil {
		return err
	}
	sessions := term.New(term.Options{Profiles: profiles(c.Config), Workspaces: workspaces(c.Config), Places: places(c.Config), Program: program, Wall: c.wall,
		Max: c.MaxSessions, MaxPerLogin: c.MaxSessionsPerLogin, Audit: records, Logger: logger})
	defer sessions.Close()
	if err := sessions.Open(ctx); err != nil {
		return err
	}

	router, err := tsapp.NewRouter(tsapp.RouterOptions{
		Hosts: node.Hosts(), Origins: node.Origins(), HTTPS: node.HTTPS(),
		Callers: &tsapp.Callers{Peers: node, Capability: c.Capability, Config: c.grants, Logger: logger,
			FromTailnet: c.GrantsFrom != config.FromConfig, FromConfig: c.GrantsFrom != config.FromTailnet},
		Tokens: c.tokens, Audit: records, Limits: limits(c.Config), Logger: logger,
		Destination: node.Destination(), Version: version(),
	}, append(sessions.Routes(), appRoutes()...)...)
	if err != nil {
		return err
	}
	return listen(ctx, node, router, logger)
}

// listen serves on the tailnet until ctx ends.
func listen(ctx context.Context, node *tsapp.Node, router http.Handler, logger *slog.Logger) error {
	app, redirect, err := node.Listen()
	if err != nil {
		return err
	}
	if err := tsapp.CheckSockets(); err != nil {
		return err
	}
	if err := node.Warm(ctx); err != nil {
		return err
	}
	// What stays open hears by this context that the server stops.
	life, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	newServer := func(h http.Handler) *http.Server {
		return &http.Server{
			Handler:                      h,
			DisableGeneralOptionsHandler: true, // ours has the checks and the headers
			ReadHeaderTimeout:            10 * time.Second,
			IdleTimeout:                  2 * time.Minute,
			MaxHeaderBytes:               32 << 10,
			BaseContext:                  func(net.Listener) context.Context { return life },
			ErrorLog:                     stdlog.New(debugLog{logger}, "", 0),
		}
	}
	failed := make(chan error, 2)
	servers := []*http.Server{newServer(router)}
	go func() { failed <- servers[0].Serve(app) }()
	if redirect != nil {
		servers = append(servers, newServer(node.Redirect()))
		go func() { failed <- servers[1].Serve(redirect) }()
	}
	fmt.Println("READY", node.URL())
	logger.Info("serving", "url", node.URL())

	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	logger.Info("stopping")
	stop(term.ErrClosed)
	deadline, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, s := range servers {
		_ = s.Shutdown(deadline) // what has not gone by then is cut off by Close
		s.Close()
	}
	return err
}

// debugLog takes what net/http complains of: clients that break off.
type debugLog struct{ *slog.Logger }

func (l debugLog) Write(p []byte) (int, error) {
	l.Debug(string(p), "from", "net/http")
	return len(p), nil
}

func newLogger(c config.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // config has checked it
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

func profiles(c config.Config) []term.Profile {
	out := make([]term.Profile, 0, len(c.Profiles))
	for _, p := range c.Profiles {
		out = append(out, term.Profile{Name: p.Name, Title: p.Title, Command: p.Command, Env: p.Env, Isolation: p.Isolation})
	}
	return out
}

func workspaces(c config.Config) []term.Workspace {
	out := make([]term.Workspace, 0, len(c.Workspaces))
	for _, w := range c.Workspaces {
		out = append(out, term.Workspace{Name: w.Name, Path: w.Path})
	}
	return out
}

func limits(c config.Config) tsapp.Limits {
	return tsapp.Limits{Open: c.Limits.Open, FailedTokens: c.Limits.FailedTokens, PerMinute: map[route.Limit]int{
		route.SessionOps: c.Limits.SessionOps, route.SessionReads: c.Limits.SessionReads,
		route.Lookups: c.Limits.Lookups, route.Attaches: c.Limits.Attaches,
	}}
}
