package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tailpty/tsapp/localnet"
)

// memoryLimit is what the garbage collector keeps to: the devices would
// otherwise keep what a flood of output once took.
const memoryLimit = 400 << 20

// run runs the demo until ctx ends.
func run(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	if err := o.complete(); err != nil {
		return err
	}
	debug.SetMemoryLimit(memoryLimit)
	d := &demo{options: o, stderr: stderr, logger: slog.New(slog.DiscardHandler)}
	if o.verbose {
		d.logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	defer func() { err = errors.Join(err, d.close()) }()

	r, err := d.start(ctx)
	if err != nil {
		return err
	}
	if o.json {
		err = r.writeJSON(stdout)
	} else {
		err = r.writeText(stderr)
	}
	if err != nil {
		return err
	}
	return d.watch(ctx)
}

// demo is everything that runs.
type demo struct {
	options
	stderr io.Writer
	logger *slog.Logger

	dir     *runDir
	net     *localnet.Net
	work    *work
	service *service
	crew    *crew
	control *controlSocket
}

// step tells a person what is going on.
func (d *demo) step(text string) { fmt.Fprintln(d.stderr, text) }

// start brings everything up, in this order.
func (d *demo) start(ctx context.Context) (*report, error) {
	d.step("Starting a private tailnet on this machine ...")
	policy, err := defaultPolicy()
	if err != nil {
		return nil, err
	}
	if d.dir, err = newRunDir(); err != nil {
		return nil, err
	}
	tailnetDir, err := d.dir.folder("tailnet")
	if err != nil {
		return nil, err
	}
	d.net, err = localnet.New(ctx, localnet.Options{Dir: tailnetDir, Policy: policy, Logger: d.logger})
	if err != nil {
		return nil, err
	}
	config := d.dir.in("config.yaml")
	argv := []string{d.tailpty, "serve", "--config", config}
	env := serveEnv(os.Environ(), d.net.Environ())
	if d.service, err = startKeeper(d.dir, argv, env); err != nil {
		return nil, err
	}
	r, err := d.prepare(ctx, config)
	if err != nil {
		return nil, err
	}
	d.step("Starting tailpty on it ...")
	if r.PID, r.URL, err = d.service.start(ctx); err != nil {
		return nil, err
	}
	d.step("Starting the devices of three people ...")
	if err := d.gather(ctx, r); err != nil {
		return nil, err
	}
	r.Control = d.dir.sockets + "/control.sock"
	d.control, err = openControlSocket(r.Control, d.net, d.crew, d.service, d.logger)
	return r, err
}

// prepare writes everything that `tailpty serve` needs, and starts the report.
func (d *demo) prepare(ctx context.Context, config string) (*report, error) {
	r := &report{CA: d.dir.in("ca.pem"), ControlURL: d.net.ControlURL(), Config: config, AuthKeys: make(map[string]string)}
	for _, login := range []string{alice, bob, mallory} {
		key, err := d.net.AuthKey(login)
		if err != nil {
			return nil, err
		}
		r.AuthKeys[login] = key
	}
	for _, tag := range []string{"tag:ci", serviceTag} {
		key, err := d.net.TagKey(tag)
		if err != nil {
			return nil, err
		}
		r.AuthKeys[tag] = key
	}
	keyFile := d.dir.in("auth-key")
	err := errors.Join(
		os.WriteFile(r.CA, d.net.CA(), 0o600),
		os.WriteFile(keyFile, []byte(r.AuthKeys[serviceTag]+"\n"), 0o600))
	if err != nil {
		return nil, fmt.Errorf("writing the tailnet's keys: %w", err)
	}
	if r.StateDir, err = d.dir.folder("state"); err != nil {
		return nil, err
	}
	tokens := d.dir.in("tokens.json")
	if r.Token, err = d.newToken(ctx, tokens); err != nil {
		return nil, err
	}
	if d.work, err = prepareWork(ctx, d.options, d.dir, d.logger); err != nil {
		return nil, err
	}
	r.workspace, r.note, r.scripted = d.work.workspace, d.work.note, d.work.model != nil
	isolation := ""
	if _, err := exec.LookPath("bwrap"); err != nil {
		isolation = "none"
		d.step("bubblewrap is not installed, so nothing separates sessions from tailpty itself (Debian: apt install bubblewrap)")
	}
	return r, serveConfig{
		ControlURL: r.ControlURL, AuthKeyFile: keyFile, StateDir: r.StateDir, RuntimeDir: d.dir.sockets + "/run", Isolation: isolation, TokensFile: tokens,
		Workspace: d.work.workspace, Profiles: d.work.profiles,
	}.write(config)
}

// newToken has tailpty make a token, as a person does before the first start.
func (d *demo) newToken(ctx context.Context, file string) (string, error) {
	c := exec.CommandContext(ctx, d.tailpty, "token", "new", "--name", "demo", "--any-login", "--tokens-file", file)
	c.Env = serveEnv(os.Environ(), nil)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("making a token: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	token := strings.TrimSpace(string(out))
	if token == "" || strings.ContainsAny(token, " \n") {
		return "", errors.New("making a token: tailpty printed none")
	}
	return token, nil
}

// gather starts the devices of the three people, at the same time.
func (d *demo) gather(ctx context.Context, r *report) error {
	u, err := parseService(r.URL)
	if err != nil {
		return err
	}
	r.URL = u.String()
	d.crew, err = newCrew(d.net, u, d.logger)
	if err != nil {
		return err
	}
	r.People = make([]person, len(cast))
	errs := make([]error, len(cast))
	var wg sync.WaitGroup
	for i, who := range cast {
		port := 0
		if d.listenBase != 0 {
			port = d.listenBase + 2*i
		}
		wg.Go(func() { r.People[i], errs[i] = d.crew.join(ctx, who.device, port) })
	}
	joined := make(chan struct{})
	go func() {
		defer close(joined)
		wg.Wait()
	}()
	select {
	case <-joined:
		return errors.Join(errs...)
	case <-ctx.Done(): // giving up a half-joined device takes its time
		return ctx.Err()
	}
}

// watch waits until ctx ends, and tells when serve ends by itself.
func (d *demo) watch(ctx context.Context) error {
	was, _, _, _ := d.service.state()
	for {
		pid, _, problem, changed := d.service.state()
		if was != 0 && pid == 0 {
			d.crew.forget()
			d.step(fmt.Sprintf("tailpty serve (process %d) has ended: %s. POST /server/start on the control socket starts it again.", was, problem))
		}
		was = pid
		select {
		case <-ctx.Done():
			d.step("\nStopping ...")
			return nil
		case <-d.service.done:
			return errors.New("the keeper has ended, and all it kept with it")
		case <-changed:
		}
	}
}

// leaveTime bounds how long the devices may take to leave: a Tailscale client
// sometimes waits five seconds for itself.
const leaveTime = 3 * time.Second

// close ends everything, the parts that take their time at the same time, and
// removes the run directory.
func (d *demo) close() error {
	if d.control != nil {
		d.control.close()
	}
	leave := time.After(leaveTime)
	left := make(chan struct{})
	go func() {
		defer close(left)
		if d.crew != nil {
			d.crew.close()
		}
	}()
	if d.service != nil {
		d.service.stop()
	}
	select {
	case <-left:
	case <-leave: // the process ends soon, and they with it
	}
	var errs []error
	if d.work != nil {
		errs = append(errs, d.work.close())
	}
	if d.net != nil {
		d.net.Close() // what it says is of connections that were cut
	}
	if d.dir != nil {
		errs = append(errs, d.dir.remove())
	}
	return errors.Join(errs...)
}
