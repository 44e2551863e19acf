package tsapp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"tailscale.com/client/local"
	"tailscale.com/client/tailscale/apitype"
	"tailscale.com/ipn"
	"tailscale.com/tsnet"

	"tailpty/config/private"
)

// NodeOptions is how a node joins. The fields are as in package config.
type NodeOptions struct {
	Hostname    string
	ControlURL  string
	AuthKey     string
	OAuthSecret string
	Tags        []string
	StateDir    string
	JoinTimeout time.Duration
	AllowHTTP   bool
	// LoginLink is told the address at which a person lets the node in, when one
	// has to.
	LoginLink func(url string)
	// Logger gets what Tailscale says, at debug level.
	Logger *slog.Logger
}

// Node is our machine on the tailnet.
type Node struct {
	srv    *tsnet.Server
	lc     *local.Client
	domain string
	// destination is how a policy names the node.
	destination string
	https       bool
	leaf        atomic.Pointer[[]byte] // the certificate last served
	logger      *slog.Logger
}

// Errors of Join.
var (
	// ErrNoHTTPS reports a tailnet without certificates.
	ErrNoHTTPS = errors.New("tsapp: this tailnet gives out no HTTPS certificates: turn on HTTPS Certificates (and MagicDNS) on the DNS page of the admin console, or set allow_http to serve HTTP inside WireGuard")
	// ErrJoin reports that joining took too long.
	ErrJoin = errors.New("tsapp: the node did not join in time")
)

// Join joins the tailnet and checks that nothing listens on the host. ctx and
// JoinTimeout bound joining only. The caller closes the Node.
func Join(ctx context.Context, o NodeOptions) (*Node, error) {
	if err := CheckBuild(); err != nil {
		return nil, err
	}
	if err := makePrivate(o.StateDir); err != nil {
		return nil, err
	}
	port, err := stablePort(o.StateDir)
	if err != nil {
		return nil, err
	}
	// Tailscale makes a folder for logs of its own otherwise, in the user's home.
	if err := os.Setenv("TS_LOGS_DIR", o.StateDir); err != nil {
		return nil, fmt.Errorf("tsapp: keeping Tailscale's files together: %w", err)
	}
	n := &Node{logger: o.Logger}
	n.srv = &tsnet.Server{
		Dir: o.StateDir, Port: port, Hostname: o.Hostname, ControlURL: o.ControlURL, AdvertiseTags: o.Tags,
		AuthKey: o.AuthKey, ClientSecret: o.OAuthSecret,
		Logf:     func(f string, a ...any) { o.Logger.Debug(strings.TrimSpace(fmt.Sprintf(f, a...)), "from", "tailscale") },
		UserLogf: func(f string, a ...any) { o.Logger.Debug(strings.TrimSpace(fmt.Sprintf(f, a...)), "from", "tailscale") },
	}
	if err := n.srv.Start(); err != nil {
		return nil, fmt.Errorf("tsapp: starting the node: %w", err)
	}
	if err := n.join(ctx, o); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

func (n *Node) join(ctx context.Context, o NodeOptions) error {
	ctx, cancel := context.WithTimeoutCause(ctx, o.JoinTimeout, ErrJoin)
	defer cancel()
	lc, err := n.srv.LocalClient()
	if err != nil {
		return fmt.Errorf("tsapp: reaching the node: %w", err)
	}
	n.lc = lc
	if err := n.waitRunning(ctx, o.LoginLink); err != nil {
		if errors.Is(context.Cause(ctx), ErrJoin) {
			return fmt.Errorf("%w (%v): check the login link or the auth key and that the control server is in reach, or set join_timeout", ErrJoin, o.JoinTimeout)
		}
		return err
	}
	st, err := lc.StatusWithoutPeers(ctx)
	if err != nil {
		return fmt.Errorf("tsapp: asking for the node's name: %w", err)
	}
	n.domain = strings.TrimSuffix(st.Self.DNSName, ".")
	n.https = len(st.CertDomains) > 0
	n.destination = n.domain
	if st.Self.Tags != nil && st.Self.Tags.Len() > 0 {
		n.destination = st.Self.Tags.At(0)
	} else if len(st.TailscaleIPs) > 0 {
		n.destination = st.TailscaleIPs[0].String()
	}
	if !n.https && !o.AllowHTTP {
		return ErrNoHTTPS
	}
	if want := o.Hostname + "."; !strings.HasPrefix(n.domain, want) {
		n.logger.Warn("the tailnet gave the node another name than asked for: another node has it", "asked", o.Hostname, "got", n.domain)
	}
	return CheckSockets()
}

// waitRunning waits until the node runs, and hands on the login link if a
// person has to let it in.
func (n *Node) waitRunning(ctx context.Context, link func(string)) error {
	w, err := n.lc.WatchIPNBus(ctx, ipn.NotifyInitialState)
	if err != nil {
		return fmt.Errorf("tsapp: watching the node: %w", err)
	}
	defer w.Close()
	linked := ""
	for {
		msg, err := w.Next()
		if err != nil {
			return fmt.Errorf("tsapp: watching the node: %w", err)
		}
		if msg.ErrMessage != nil {
			return fmt.Errorf("tsapp: joining: %s", *msg.ErrMessage)
		}
		if u := msg.BrowseToURL; u != nil && *u != linked && link != nil {
			linked = *u
			link(*u)
		}
		if msg.State == nil {
			continue
		}
		switch *msg.State {
		case ipn.Running:
			return nil
		case ipn.NeedsMachineAuth:
			n.logger.Warn("waiting for an administrator of the tailnet to approve this node")
		}
	}
}

// makePrivate makes the state folder, 0700, or checks that it is.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("tsapp: making the state folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fs.ErrInvalid
	}
	if err == nil {
		err = private.Check(dir, info)
	}
	if err != nil {
		return fmt.Errorf("tsapp: the state folder: %w", err)
	}
	return nil
}

// Name is the node's short name.
func (n *Node) Name() string {
	name, _, _ := strings.Cut(n.domain, ".")
	return name
}

// Destination is how the dst of a grant in the tailnet's policy names this node:
// by its tag or, where it has none, by its address.
func (n *Node) Destination() string { return n.destination }

// Hosts is what a request's Host may be: the whole name, with and without the
// port that it implies, and over plain HTTP the short name too.
func (n *Node) Hosts() []string {
	if n.https {
		return []string{n.domain, n.domain + ":443"}
	}
	return []string{n.domain, n.domain + ":80", n.Name(), n.Name() + ":80"}
}

// URL is the app's address, without a slash at its end.
func (n *Node) URL() string {
	if n.https {
		return "https://" + n.domain
	}
	return "http://" + n.domain
}

// Origins is what a browser may say a request comes from.
func (n *Node) Origins() []string {
	if n.https {
		return []string{n.URL()}
	}
	return []string{n.URL(), "http://" + n.Name()}
}

// WhoIs says whose the peer at addr, an address and port, is.
func (n *Node) WhoIs(ctx context.Context, addr string) (*apitype.WhoIsResponse, error) {
	return n.lc.WhoIs(ctx, addr)
}

// Listen opens the listeners on the tailnet: the app's own and, where that is
// HTTPS, the one on port 80 that only redirects, which is nil otherwise.
func (n *Node) Listen() (app, redirect net.Listener, err error) {
	if !n.https {
		app, err = n.srv.Listen("tcp", ":80")
		if err != nil {
			return nil, nil, fmt.Errorf("tsapp: listening on the tailnet: %w", err)
		}
		return app, nil, nil
	}
	app, err = n.srv.Listen("tcp", ":443")
	if err != nil {
		return nil, nil, fmt.Errorf("tsapp: listening on the tailnet: %w", err)
	}
	redirect, err = n.srv.Listen("tcp", ":80")
	if err != nil {
		app.Close()
		return nil, nil, fmt.Errorf("tsapp: listening on the tailnet: %w", err)
	}
	return tls.NewListener(app, &tls.Config{
		GetCertificate: n.certificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}), redirect, nil
}

// HTTPS reports whether the app is served over HTTPS.
func (n *Node) HTTPS() bool { return n.https }

// Warm asks for the node's certificate, so that the first visitor does not wait
// for it.
func (n *Node) Warm(ctx context.Context) error {
	if !n.https {
		return nil
	}
	if _, _, err := n.lc.CertPair(ctx, n.domain); err != nil {
		return fmt.Errorf("tsapp: getting the certificate of %s: %w", n.domain, err)
	}
	return n.tighten()
}

// certificate is the node's certificate, which Tailscale renews when it is
// asked for and writes to a file that others could read but for its folder.
func (n *Node) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := n.lc.GetCertificate(hello)
	if err != nil {
		return nil, err
	}
	if last := n.leaf.Swap(&cert.Certificate[0]); last == nil || !bytes.Equal(*last, cert.Certificate[0]) {
		if err := n.tighten(); err != nil {
			n.logger.Warn("making the certificates' files private", "err", err)
		}
	}
	return cert, nil
}

// tighten makes every file in the certificates' folder 0600.
func (n *Node) tighten() error {
	dir := filepath.Join(n.srv.Dir, "certs")
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("tsapp: reading the certificates' folder: %w", err)
	}
	for _, f := range files {
		if err := os.Chmod(filepath.Join(dir, f.Name()), 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("tsapp: making a certificate's file private: %w", err)
		}
	}
	return nil
}

// Close leaves the tailnet. The node's key stays in the state folder.
func (n *Node) Close() error { return n.srv.Close() }
