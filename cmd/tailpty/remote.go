package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tailpty/config/private"
	"tailpty/term"
	"tailpty/term/client"
)

const (
	// askWithin is how long a host may take to answer a request.
	askWithin = 20 * time.Second
	// maxAnswer is the most that is read of an answer, in bytes.
	maxAnswer = 16 << 20
	// tokenFileEnv names a file with the token, as --token-file does.
	tokenFileEnv = "TAILPTY_CLIENT_TOKEN_FILE"
	tokenSuffix  = ".token"
)

// remoteFlags is how a command reaches a host over the tailnet.
type remoteFlags struct {
	tokenFile string
	local     settings // of this machine's own
}

func (f *remoteFlags) addTo(c *cobra.Command) {
	f.local.addFile(c)
	c.Flags().StringVar(&f.tokenFile, "token-file", "", "`FILE` with the token for the host (default $"+tokenFileEnv+", or what `tailpty login` stored)")
}

// remoteHost is a host's sessions over HTTPS.
type remoteHost struct {
	name  string
	url   string // without a slash at the end
	token string
	http  *http.Client
}

// open makes a host of a name. Nothing is asked of it yet, but its full name of
// the tailnet.
func (f *remoteFlags) open(ctx context.Context, name string) (host, error) {
	address, err := hostAddress(ctx, name)
	if err != nil {
		return nil, err
	}
	token, err := f.token(address)
	if err != nil {
		return nil, err
	}
	return newRemoteHost(name, address, token), nil
}

func newRemoteHost(name, address, token string) *remoteHost {
	return &remoteHost{name: name, url: "https://" + address, token: token, http: &http.Client{
		// What would follow a redirect is a token.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// hostAddress is the host, and the port if it is not 443, that a name stands
// for. The certificate is for the full name, so a short one is completed as the
// system's resolver does.
func hostAddress(ctx context.Context, name string) (string, error) {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "https://"), "/")
	if strings.HasPrefix(name, "http://") {
		return "", errors.New("plain http is never used: name the host alone, as in workstation or workstation.tailnet-name.ts.net")
	}
	u, err := url.Parse("https://" + name)
	if err != nil || u.Host != name || u.Hostname() == "" || strings.ContainsAny(name, "/\\@?#% ") {
		return "", fmt.Errorf("%q is no name of a host", name)
	}
	if short := u.Hostname(); !strings.ContainsAny(short, ".:") && short != "localhost" {
		ctx, cancel := context.WithTimeout(ctx, askWithin)
		defer cancel()
		full, err := net.DefaultResolver.LookupCNAME(ctx, short)
		if err != nil {
			return "", fmt.Errorf("there is no host %s here: is Tailscale up on this device, with MagicDNS? (%w)", short, err)
		}
		name = strings.TrimSuffix(full, ".") + strings.TrimPrefix(name, short)
	}
	return strings.ToLower(name), nil
}

// hostsDir is where `tailpty login` keeps tokens.
func hostsDir() (string, error) {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "tailpty", "hosts"), nil
}

// storedToken is the file of the token for an address.
func storedToken(address string) (string, error) {
	dir, err := hostsDir()
	return filepath.Join(dir, strings.NewReplacer(":", "_", "[", "", "]", "").Replace(address)+tokenSuffix), err
}

// token reads the token for an address.
func (f *remoteFlags) token(address string) (string, error) {
	file := f.tokenFile
	if file == "" {
		file = os.Getenv(tokenFileEnv)
	}
	if file == "" {
		stored, err := storedToken(address)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(stored); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("there is no token for %s on this device: run `tailpty login %s`", address, address)
		}
		file = stored
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if err := private.Check(file, info); err != nil {
		return "", err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if secret := strings.TrimSpace(string(b)); secret != "" {
		return secret, nil
	}
	return "", fmt.Errorf("%s is empty: it should hold the token", file)
}

func (h *remoteHost) Name() string { return h.name }

func (h *remoteHost) Workspaces(ctx context.Context) ([]workspace, error) {
	var all struct {
		Workspaces []workspace `json:"workspaces"`
	}
	err := h.ask(ctx, http.MethodGet, "/workspaces", nil, &all)
	return all.Workspaces, err
}

func (h *remoteHost) Sessions(ctx context.Context) ([]term.Session, error) {
	var all struct {
		Sessions []term.Session `json:"sessions"`
	}
	err := h.ask(ctx, http.MethodGet, "/sessions", nil, &all)
	return all.Sessions, err
}

func (h *remoteHost) Create(ctx context.Context, q sessionRequest) (s term.Session, err error) {
	err = h.ask(ctx, http.MethodPost, "/sessions", q, &s)
	return s, err
}

func (h *remoteHost) End(ctx context.Context, id string) error {
	return h.ask(ctx, http.MethodDelete, "/sessions/"+url.PathEscape(id), nil, nil)
}

func (h *remoteHost) Dial(ctx context.Context, id string) (*client.Conn, error) {
	return client.Dial(ctx, h.http, h.url+"/api/v1/sessions/"+url.PathEscape(id)+"/attach", h.authorization())
}

func (h *remoteHost) authorization() http.Header {
	return http.Header{"Authorization": {"Bearer " + h.token}}
}

// ask is one request. The answer is decoded into into, if not nil.
func (h *remoteHost) ask(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, h.url+"/api/v1"+path, payload)
	if err != nil {
		return err
	}
	r.Header = h.authorization()
	r.Header.Set("Content-Type", "application/json")
	resp, err := h.http.Do(r)
	if err != nil {
		return h.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return h.refused(client.RefusedBy(resp))
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("%s answers, but not as tailpty does: %w", h.name, err)
	}
	return nil
}

// unreachable is why a host did not answer, and what may be done.
func (h *remoteHost) unreachable(err error) error {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err // the address is not news
	}
	if wrong, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("the certificate of %s is not trusted: %w", h.name, wrong.Unwrap())
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("there is no host %s here: is Tailscale up on this device, with MagicDNS? (%w)", h.name, err)
	}
	return fmt.Errorf("%s does not answer: %w", h.name, err)
}

// refused is what a host said, and what may be done where that is ours to say.
func (h *remoteHost) refused(r *client.Refused) error {
	switch r.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w\nthen run `tailpty login %s`", r, h.name)
	case http.StatusMisdirectedRequest:
		return fmt.Errorf("%w\nuse the full name of its tailpty on the tailnet", r)
	}
	return r
}
