package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"

	"tailscale.com/tsnet"
)

// relayTailnetCommand is the hidden command that is a minimal relay on a tailnet.
const relayTailnetCommand = "relay-tailnet"

// relayTailnetRow is the minimal relay, served over HTTPS on the tailnet.
const relayTailnetRow = "relay-tailnet"

type relayTailnet struct{ net *tailnet }

func (relayTailnet) name() string { return relayTailnetRow }

// joinOrder is what the relay is told.
type joinOrder struct{ Dir, Control, Key string }

func (t relayTailnet) start(ctx context.Context, dir string) (server, error) {
	if err := t.net.up(ctx); err != nil {
		return nil, err
	}
	key, err := t.net.net.TagKey(nodeTag)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(joinOrder{dir, t.net.net.ControlURL(), key})
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p, said, err := startProcess(ctx, t.net.environ(), saysPrefix, self, relayTailnetCommand, string(b))
	if err != nil {
		return nil, errors.Join(err, t.net.forget())
	}
	s := &wsServer{process: p, http: t.net.http(), after: t.net.forget}
	if err := json.Unmarshal([]byte(said), &s.url); err != nil {
		return nil, errors.Join(err, s.close())
	}
	// The first request has the certificate made.
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/none", nil)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	resp, err := s.http.Do(r)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	resp.Body.Close()
	return s, nil
}

// serveRelayTailnet is the process of that relay.
func serveRelayTailnet(args []string) error {
	var o joinOrder
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &o) != nil {
		return errors.New("an order")
	}
	log.SetOutput(io.Discard)
	quiet := func(string, ...any) {}
	node := &tsnet.Server{Dir: o.Dir, Hostname: "relay", ControlURL: o.Control, AuthKey: o.Key, AdvertiseTags: []string{nodeTag}, Logf: quiet, UserLogf: quiet}
	if err := node.Start(); err != nil {
		return err
	}
	defer node.Close()
	ctx, cancel := context.WithTimeout(context.Background(), saysWithin)
	defer cancel()
	if _, err := node.Up(ctx); err != nil {
		return err
	}
	l, err := node.ListenTLS("tcp", ":443")
	if err != nil {
		return err
	}
	domains := node.CertDomains()
	if len(domains) == 0 {
		return errors.New("the node has no name for a certificate")
	}
	return serveTerminals(l, "https://"+domains[0], func(o openOptions) (io.ReadWriteCloser, error) { return startProgram(o) })
}
