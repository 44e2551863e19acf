package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tailpty/tsapp/localnet"
)

// person is somebody with a device, or a tagged device that is nobody's. Its
// JSON form is what --json and the control socket show.
type person struct {
	Login   string   `json:"login,omitempty"`
	Tags    []string `json:"tags,omitempty"`
	Device  string   `json:"device"`
	URL     string   `json:"url"`     // of the gateway
	Forward string   `json:"forward"` // HOST:PORT, to the service's port 443

	device  *localnet.Device
	gateway *gateway
	forward *forward
}

// crew are all people. It owns their devices.
type crew struct {
	net    *localnet.Net
	to     serviceAddress
	logger *slog.Logger

	mu      sync.Mutex
	closed  bool
	members []*person
}

// newCrew returns a crew without anybody, whose gateways lead to the service.
func newCrew(n *localnet.Net, service *url.URL, logger *slog.Logger) (*crew, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(n.CA()) {
		return nil, errors.New("the private tailnet's CA is no certificate")
	}
	return &crew{net: n, to: serviceAddress{url: service, roots: roots}, logger: logger}, nil
}

// errClosing is what a late-comer gets.
var errClosing = errors.New("the demo is ending")

// join starts a device with a gateway and a forward: at the port and the one
// above, or at free ports for port 0.
func (c *crew) join(ctx context.Context, o localnet.DeviceOptions, port int) (person, error) {
	urlAt, forwardAt, err := listenPair(port)
	if err != nil {
		return person{}, err
	}
	d, err := c.net.StartDevice(ctx, o)
	if err != nil {
		urlAt.Close()
		forwardAt.Close()
		return person{}, err
	}
	p := &person{
		Login: o.Login, Tags: o.Tags, Device: d.Name, device: d,
		gateway: openGateway(urlAt, c.to, d.Dial, c.logger),
		forward: openForward(forwardAt, net.JoinHostPort(c.to.url.Hostname(), "443"), d.Dial),
	}
	p.URL, p.Forward = p.gateway.url, p.forward.address
	c.mu.Lock()
	closed := c.closed
	if !closed {
		c.members = append(c.members, p)
	}
	shown := p.shown()
	c.mu.Unlock()
	if closed {
		return person{}, errors.Join(errClosing, p.close())
	}
	return shown, nil
}

// listenPair listens on two loopback ports.
func listenPair(port int) (first, second net.Listener, err error) {
	next := port
	if port != 0 {
		next++
	}
	if first, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
		return nil, nil, fmt.Errorf("opening a device's address: %w", err)
	}
	if second, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(next))); err != nil {
		first.Close()
		return nil, nil, fmt.Errorf("opening a device's address: %w", err)
	}
	return first, second, nil
}

// shown is what others may keep of p: its public part.
func (p *person) shown() person {
	return person{Login: p.Login, Tags: slices.Clone(p.Tags), Device: p.Device, URL: p.URL, Forward: p.Forward}
}

func (p *person) close() error {
	p.gateway.close()
	p.forward.close()
	return p.device.Close()
}

// list returns all people, in the order in which they came.
func (c *crew) list() []person {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]person, len(c.members))
	for i, p := range c.members {
		all[i] = p.shown()
	}
	return all
}

// remove takes a device off the tailnet and ends it.
func (c *crew) remove(device string) error {
	if err := c.net.Remove(device); err != nil {
		return err
	}
	c.mu.Lock()
	i := slices.IndexFunc(c.members, func(p *person) bool { return p.Device == device })
	var gone *person
	if i >= 0 {
		gone = c.members[i]
		c.members = slices.Delete(c.members, i, i+1)
	}
	c.mu.Unlock()
	if gone == nil {
		return nil // a node that joined by itself
	}
	return gone.close()
}

// switchTo makes a device another person's.
func (c *crew) switchTo(device, login string) (person, error) {
	if err := c.net.Switch(device, login); err != nil {
		return person{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.members {
		if p.Device == device {
			p.Login, p.Tags = login, nil
			return p.shown(), nil
		}
	}
	return person{Login: login, Device: device}, nil
}

// expire ends a device's key.
func (c *crew) expire(device string) error {
	if err := c.net.Expire(device); err != nil {
		return err
	}
	c.forget()
	return nil
}

// forget has every gateway make new connections for what comes next: the old
// ones may be dead without knowing.
func (c *crew) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.members {
		p.gateway.forget()
	}
}

// close ends all devices, at the same time.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	members := c.members
	c.members = nil
	c.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range members {
		wg.Go(func() { p.close() })
	}
	wg.Wait()
}

// parseService reads the service's address.
func parseService(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("tailpty says that it is at %q, which is no address of a site", address)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
