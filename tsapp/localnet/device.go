package localnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"tailscale.com/tsnet"
)

// joinTimeout bounds how long a device may take to join when the caller's
// context does not.
const joinTimeout = 30 * time.Second

// DeviceOptions says what a device is called and whose it is: either Login or
// Tags is set.
type DeviceOptions struct {
	Name  string
	Login string
	Tags  []string
}

// Device is a machine on the tailnet, in this process.
type Device struct {
	// Name is the first label of its MagicDNS name. It differs from the name
	// that was asked for when another node had that.
	Name string

	server *tsnet.Server
	dir    string
}

// StartDevice joins the tailnet as a new device and returns when it is on it.
// The context bounds the joining alone.
func (n *Net) StartDevice(ctx context.Context, o DeviceOptions) (*Device, error) {
	if o.Name == "" {
		return nil, errors.New("localnet: a device without a name")
	}
	if (o.Login == "") == (len(o.Tags) == 0) {
		return nil, errors.New("localnet: a device needs a login or tags, not both")
	}
	key, err := n.AuthKey(o.Login)
	if len(o.Tags) > 0 {
		key, err = n.TagKey(o.Tags...)
	}
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(n.dir, "device-")
	if err != nil {
		return nil, fmt.Errorf("localnet: making a device's folder: %w", err)
	}
	log := logf(n.logger, o.Name)
	d := &Device{dir: dir, server: &tsnet.Server{
		Dir:           dir,
		Hostname:      o.Name,
		ControlURL:    n.ControlURL(),
		AuthKey:       key,
		AdvertiseTags: o.Tags,
		Logf:          log,
		UserLogf:      log,
	}}
	// A client that did not start panics when it is closed.
	if err := d.server.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("localnet: starting %s: %w", o.Name, err), os.RemoveAll(dir))
	}
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	status, err := d.server.Up(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("localnet: joining as %s: %w", o.Name, err), d.Close())
	}
	d.Name, _, _ = strings.Cut(status.Self.DNSName, ".")
	return d, nil
}

// Dial connects to an address on the tailnet, which may be a node's name.
func (d *Device) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return d.server.Dial(ctx, network, address)
}

// Server is the Tailscale client of the device, for one that serves.
func (d *Device) Server() *tsnet.Server { return d.server }

// Close leaves, without saying so to the control server: the node stays known
// there until it is removed.
func (d *Device) Close() error {
	return errors.Join(d.server.Close(), os.RemoveAll(d.dir))
}

// Node is a machine as the control server knows it.
type Node struct {
	Name    string   // the first label of its MagicDNS name
	Login   string   // empty for a tagged node
	Tags    []string // empty for a person's
	Expired bool
}

// Nodes lists who is on the tailnet, the oldest first.
func (n *Net) Nodes() []Node {
	n.tailnet.mu.Lock()
	defer n.tailnet.mu.Unlock()
	var all []Node
	for _, o := range n.tailnet.nodes {
		name, _, _ := strings.Cut(o.Name, ".")
		all = append(all, Node{Name: name, Login: o.login, Tags: slices.Clone(o.Tags), Expired: o.Expired})
	}
	return all
}

// Remove takes a node off the tailnet. It can come back only by a new login. It
// returns ErrUnknownNode for a name that no node has.
func (n *Net) Remove(name string) error {
	return n.tailnet.changeNode(name, n.tailnet.removeLocked)
}

// Expire ends a node's key: the others stop talking to it at once, and it has
// to log in again. It returns ErrUnknownNode for a name that no node has.
func (n *Net) Expire(name string) error {
	return n.tailnet.changeNode(name, expireLocked)
}

// Switch makes a node another person's, with its name, key and addresses as
// they were. It returns ErrUnknownNode for a name that no node has.
func (n *Net) Switch(name, login string) error {
	if !validLogin(login) {
		return fmt.Errorf("localnet: %q is no login: want name@domain", login)
	}
	return n.tailnet.changeNode(name, func(o *node) { n.tailnet.ownLocked(o, owner{login: login}) })
}
