// Package localnet is a private tailnet on loopback, in one process: a control
// server with logins, auth keys and a policy, a DERP relay, a STUN server and
// an ACME certificate authority. It needs no account and no network, and what
// joins it is the unchanged Tailscale client. The demo and the tests use it;
// nothing else may.
//
// The control server speaks the client's own protocol (Noise, then HTTP/2). It
// knows the part of the policy file that decides who reaches whom: groups, tag
// owners and grants with ports and app capabilities. Each node is sent only the
// peers that a grant connects it with, and every change reaches the nodes that
// are connected within milliseconds.
//
// It is no security boundary: anyone who can read the process's memory, or the
// keys it hands out, is on the tailnet.
//
//	n, err := localnet.New(ctx, localnet.Options{Dir: dir, Policy: policy})
//	defer n.Close()
//	laptop, err := n.StartDevice(ctx, localnet.DeviceOptions{Name: "laptop", Login: "alice@example.com"})
//	defer laptop.Close()
//	conn, err := laptop.Dial(ctx, "tcp", "tailpty:443")
//
// All methods may be called at the same time from several goroutines.
package localnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"tailscale.com/types/logger"
)

// DefaultDomain is the MagicDNS domain of a tailnet whose options name none.
const DefaultDomain = "tailpty-demo.ts.net"

// Options says how a private tailnet is made.
type Options struct {
	// Dir is an existing folder for the files this package writes: a
	// certificate file, the state of the devices and what clients log. Required. Nothing in it is
	// worth keeping, and Close leaves it to the caller to remove.
	Dir string

	// Domain is the MagicDNS domain. If empty, DefaultDomain.
	Domain string

	// Policy is the policy at the start. The zero value lets nobody see anybody.
	Policy Policy

	// Logger gets what the servers and the devices say, nearly all of it at
	// level Debug. If nil, it is discarded.
	Logger *slog.Logger
}

// Net is a private tailnet. It owns its servers; the devices it starts belong
// to who asked for them and must be closed first.
type Net struct {
	dir     string
	domain  string
	logger  *slog.Logger
	tailnet *tailnet
	relay   *relay
	acme    *acmeServer
	control *controlServer

	closeOnce sync.Once
	closeErr  error
}

// New starts a private tailnet. The context bounds the start alone.
//
// It also sets Tailscale's environment knobs in this process so that clients
// here stay on loopback and say nothing to anyone; they cannot be set for one
// client alone.
func New(ctx context.Context, o Options) (_ *Net, err error) {
	if o.Dir == "" {
		return nil, errors.New("localnet: Options.Dir is empty")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := o.Policy.Validate(); err != nil {
		return nil, err
	}
	stayLocal(o.Dir)
	n := &Net{
		dir:    o.Dir,
		domain: cmp.Or(o.Domain, DefaultDomain),
		logger: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
	}
	defer func() {
		if err != nil {
			n.Close()
		}
	}()
	if n.relay, err = startRelay(n.logger); err != nil {
		return nil, err
	}
	if n.acme, err = startACME(o.Dir, n.logger); err != nil {
		return nil, err
	}
	n.tailnet = newTailnet(n.domain, n.relay.derpMap, o.Policy)
	n.control, err = startControl(n.tailnet, n.acme.setTXT, n.logger)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Close stops all servers and ends every connection to them. It may be called
// more than once.
func (n *Net) Close() error {
	n.closeOnce.Do(func() {
		var errs []error
		if n.control != nil {
			errs = append(errs, n.control.stop())
		}
		if n.acme != nil {
			errs = append(errs, n.acme.close())
		}
		if n.relay != nil {
			errs = append(errs, n.relay.close())
		}
		n.closeErr = errors.Join(errs...)
	})
	return n.closeErr
}

// ControlURL is the address of the control server, with no trailing slash. It
// stays the same when the server is stopped and started.
func (n *Net) ControlURL() string { return n.control.url }

// Domain is the MagicDNS domain; a node is named NAME.Domain().
func (n *Net) Domain() string { return n.domain }

// CA is the PEM certificate of the root that signs the nodes' certificates.
func (n *Net) CA() []byte { return n.acme.rootPEM }

// Environ is what a process that joins this tailnet has to find in its
// environment, as "NAME=value", so that it stays on loopback and gets its HTTPS
// certificate here. SSL_CERT_FILE names a file with the ACME server's own
// certificate alone.
func (n *Net) Environ() []string {
	env := make([]string, 0, len(localKnobs)+3)
	for _, k := range localKnobs {
		env = append(env, k+"=1")
	}
	return append(env,
		logsDir+"="+n.dir,
		"TS_DEBUG_ACME_DIRECTORY_URL="+n.acme.directory,
		"SSL_CERT_FILE="+n.acme.trustFile)
}

// Setenv puts Environ into this process, for a device in it that serves HTTPS
// itself. It has to happen before the process first verifies a certificate
// against the system's roots; with several tailnets, the last one's certificates
// are asked for.
func (n *Net) Setenv() error {
	setKnob("TS_DEBUG_ACME_DIRECTORY_URL", n.acme.directory)
	if err := os.Setenv("SSL_CERT_FILE", n.acme.trustFile); err != nil {
		return fmt.Errorf("localnet: setting SSL_CERT_FILE: %w", err)
	}
	return nil
}

// Grants returns the policy in force.
func (n *Net) Grants() Policy { return n.tailnet.currentPolicy() }

// SetGrants puts a policy in force and tells every connected node what changed
// for it. A policy that is not valid changes nothing.
func (n *Net) SetGrants(p Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n.tailnet.setPolicy(p)
	return nil
}

// AuthKey returns a new key that logs any number of nodes in as a person.
func (n *Net) AuthKey(login string) (string, error) {
	o := owner{login: login}
	if !validLogin(login) {
		return "", fmt.Errorf("localnet: %q is no login: want name@domain", login)
	}
	return n.tailnet.newAuthKey(o), nil
}

// TagKey returns a new key that joins any number of nodes with these tags.
func (n *Net) TagKey(tags ...string) (string, error) {
	o, err := tagOwner(tags)
	if err != nil {
		return "", err
	}
	return n.tailnet.newAuthKey(o), nil
}

// OAuthSecret returns a client secret with which a node makes an auth key with
// these tags for itself, as tsnet does for secrets of this form.
func (n *Net) OAuthSecret(tags ...string) (string, error) {
	o, err := tagOwner(tags)
	if err != nil {
		return "", err
	}
	return n.tailnet.newClientSecret(o) + "?ephemeral=false&preauthorized=true&baseURL=" + n.ControlURL(), nil
}

// CompleteLogin does what a person does on the page behind a login link: the
// node that shows this link is logged in as login.
func (n *Net) CompleteLogin(link, login string) error {
	if !validLogin(login) {
		return fmt.Errorf("localnet: %q is no login: want name@domain", login)
	}
	return n.tailnet.completeLogin(link, login)
}

// StopControl stops the control server and cuts every connection to it. What
// the nodes know, they keep.
func (n *Net) StopControl() error { return n.control.stop() }

// StartControl starts a stopped control server at the same address, with all
// it knew. Nodes come back by themselves, at once or after some seconds.
func (n *Net) StartControl() error { return n.control.start() }

// logf returns a Tailscale log function that writes to l at level Debug.
func logf(l *slog.Logger, of string) logger.Logf {
	l = l.With("of", of)
	return func(format string, args ...any) {
		if l.Enabled(context.Background(), slog.LevelDebug) {
			l.Debug(fmt.Sprintf(format, args...))
		}
	}
}

// readHeaderTimeout bounds how long a connection to a server here may take to
// send its request.
const readHeaderTimeout = 10 * time.Second
