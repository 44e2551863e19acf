package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tailpty/term/session"
	"tailpty/tsapp/localnet"
)

const (
	login = "alice@example.com"
	node  = "chaos"
	// diskSize is the size of the disk that is filled, in bytes.
	diskSize = 192 << 20
)

// scene is where it happens: a private tailnet, a folder with everything, a
// configuration, and one device.
type scene struct {
	dir, accounts, state, runtime, config, token string

	places  session.Places
	net     *localnet.Net
	device  *localnet.Device
	tls     *tls.Config
	disk    bool // the state folder is a disk of its own
	logger  *slog.Logger
	logFile *os.File
}

// newScene sets the scene for options. close takes it away, also where this
// fails.
func newScene(ctx context.Context, o options) (s *scene, err error) {
	s = &scene{logger: slog.New(slog.DiscardHandler)}
	if s.dir, err = os.MkdirTemp("", "tailpty-chaos-"); err != nil {
		return s, err
	}
	if s.runtime, err = os.MkdirTemp("", "tpc-"); err != nil {
		return s, err
	}
	s.accounts, s.state, s.config = filepath.Join(s.dir, "accounts"), filepath.Join(s.dir, "state"), filepath.Join(s.dir, "config.yaml")
	s.places = session.Places{State: filepath.Join(s.state, "sessions"), Runtime: s.runtime}
	for _, dir := range []string{s.accounts, s.state, filepath.Join(s.dir, "tailnet"), filepath.Join(s.dir, "workspace")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return s, err
		}
	}
	if s.logFile, err = os.Create(filepath.Join(s.dir, "chaos.log")); err != nil {
		return s, err
	}
	s.logger = slog.New(slog.NewTextHandler(s.logFile, nil))
	if err := mountDisk(s.state, diskSize); err != nil {
		s.logger.Warn("the disk will not be filled", "err", err)
	} else {
		s.disk = true
	}
	if s.net, err = localnet.New(ctx, localnet.Options{Dir: filepath.Join(s.dir, "tailnet"), Policy: policy()}); err != nil {
		return s, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.net.CA())
	s.tls = &tls.Config{RootCAs: roots}
	if err := s.configure(ctx, o); err != nil {
		return s, err
	}
	s.device, err = s.net.StartDevice(ctx, localnet.DeviceOptions{Name: "alice-laptop", Login: login})
	return s, err
}

// policy lets alice do everything.
func policy() localnet.Policy {
	const all = `{"actions":["view","drive","create","end","admin"],"sessions":"all","workspaces":["*"],"profiles":["*"]}`
	return localnet.Policy{Grants: []localnet.Grant{{
		Src: []string{login}, Dst: []string{"tag:tailpty"}, IP: []string{"tcp:80", "tcp:443"},
		App: map[string][]json.RawMessage{"tailpty.internal/cap/access": {json.RawMessage(all)}},
	}}}
}

// familyScript is the program of a session that is killed: with children, one of
// them in a session of its own, that no hang-up ends.
const familyScript = `trap "" HUP TERM; setsid sleep 3600 & sleep 3600 & (sleep 3600; :) & sleep 3600; :`

// familySize is how many processes run then, at least.
const familySize = 5

// configure makes a token and writes the configuration.
func (s *scene) configure(ctx context.Context, o options) error {
	key, err := s.net.TagKey("tag:tailpty")
	if err != nil {
		return err
	}
	keyFile, tokens := filepath.Join(s.dir, "auth-key"), filepath.Join(s.dir, "tokens.json")
	if err := os.WriteFile(keyFile, []byte(key), 0o600); err != nil {
		return err
	}
	make := exec.CommandContext(ctx, o.tailpty, "token", "new", "--name", "chaos", "--any-login", "--tokens-file", tokens)
	make.Env = s.environ()
	var said bytes.Buffer
	make.Stderr = &said
	out, err := make.Output()
	if err != nil {
		return fmt.Errorf("making a token: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	s.token = strings.TrimSpace(string(out))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	load := []string{self, childCommand, "--dir", s.accounts, "--seed", fmt.Sprint(o.seed), "--rate", fmt.Sprint(o.rate)}
	limits := map[string]int{}
	for _, name := range []string{"session_ops", "session_reads", "lookups", "attaches", "open", "failed_tokens"} {
		limits[name] = 100_000
	}
	// JSON is YAML, too.
	b, err := json.MarshalIndent(map[string]any{
		"hostname": node, "control_url": s.net.ControlURL(), "auth_key_file": keyFile, "tags": []string{"tag:tailpty"},
		"state_dir": s.state, "runtime_dir": s.runtime, "tokens_file": tokens, "allow_root": true, "isolation": o.isolation,
		"join_timeout": "30s", "max_sessions": 1000, "max_sessions_per_login": 1000, "limits": limits,
		"workspaces": []any{map[string]string{"name": "w", "path": filepath.Join(s.dir, "workspace")}},
		"profiles": []any{
			map[string]any{"name": "load", "command": load},
			map[string]any{"name": "family", "command": []string{"/bin/sh", "-c", familyScript}},
		},
	}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.config, b, 0o600)
}

// environ is the environment of tailpty: ours, without what would configure it or
// Tailscale, and what the tailnet needs.
func (s *scene) environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "TAILPTY_") || strings.HasPrefix(v, "TS_") || strings.HasPrefix(v, "SSL_CERT_")
	})
	return append(env, s.net.Environ()...)
}

// httpClient is a client on the device, whose connections go through dial.
func (s *scene) httpClient(dial dialer) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: dial, TLSClientConfig: s.tls, DisableKeepAlives: true}}
}

// alive reports whether the process of a session runs. Where it does not, what is
// left of it is cleared up by this.
func (s *scene) alive(id string) bool {
	_, err := s.places.Look(id)
	return errors.Is(err, session.ErrLives)
}

// pid is the process of a session.
func (s *scene) pid(id string) (int, error) {
	past, err := s.places.Away(id)
	if err != nil {
		return 0, err
	}
	return past.PID, nil
}

const (
	// leaveWithin bounds how long the device may take to leave, and endWithin how
	// long sessions may take to be gone once they are killed.
	leaveWithin, endWithin = 3 * time.Second, 10 * time.Second
)

// close ends all sessions and takes the scene away, but for the folder where it is
// to be kept.
func (s *scene) close(keep bool) error {
	var errs []error
	if s.places.State != "" {
		errs = append(errs, s.endSessions())
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		if s.device != nil {
			s.device.Close()
		}
	}()
	select {
	case <-left:
	case <-time.After(leaveWithin): // the process ends soon, and it with it
	}
	if s.net != nil {
		s.net.Close() // what it says is of connections that were cut
	}
	if s.logFile != nil {
		s.logFile.Close()
	}
	if keep && s.disk { // what is on it goes with it
		errs = append(errs, exec.Command("cp", "-a", s.state, s.state+"-kept").Run())
	}
	if s.disk {
		errs = append(errs, unmountDisk(s.state))
	}
	for _, dir := range []string{s.runtime, s.dir} {
		if dir != "" && !(keep && dir == s.dir) {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}

// endSessions kills the processes of all sessions, which outlive everything.
func (s *scene) endSessions() error {
	ids, err := s.places.IDs()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(endWithin); ; time.Sleep(10 * time.Millisecond) {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !s.alive(id) })
		if len(ids) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d sessions do not end: %v", len(ids), ids)
		}
		for _, id := range ids {
			if pid, err := s.pid(id); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}
