package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

const (
	// slowListing is how much is listed, in bytes; slowListingQuick is for a run
	// that only sees whether it works.
	slowListing, slowListingQuick = 2 << 20, 100 << 10
	// slowKeys is how many keys are typed while the line is idle.
	slowKeys = 8
	// slowAfter is when somebody types after the first of a listing has come.
	slowAfter = 500 * time.Millisecond
)

// slowLine is what a phone has: a line of little rate and much delay between the
// client and the server. With compression, whoever can compresses.
func slowLine(compressed bool) measurement {
	name, title, how := "slow", "A slow line", "Nothing is compressed."
	if compressed {
		name, title, how = "slow-compressed", "A slow line, compressed", "The client asks for compression: permessage-deflate of a WebSocket, ssh -C."
	}
	rows := map[string]bool{tailptyRow: true, tailptyTailnetRow: true, sshRow: true}
	if !compressed {
		rows[relayRow], rows[ttydRow], rows[wettyRow] = true, true, true
	}
	return measurement{
		name:  name,
		title: fmt.Sprintf("%s: %d Mbit/s, %v there and back", title, lineRate/1_000_000, 2*lineDelay),
		method: fmt.Sprintf("A relay of the bench's own between client and server lets %d kbit/s through each way, %v late, with a queue of %d KiB beside what is under way. "+
			"Keys on an idle line; then a program writes %d MB of what `ls -lR` says, and a key is typed %v after its first message has come: until the echo is rendered, and what went over the line until then, both ways. "+
			"Then the client leaves and attaches anew with 1,000 lines: until the whole picture is there, from the connection on. %s", lineRate/1000, lineDelay, queueBytes>>10, slowListing>>20, slowAfter, how),
		columns: []column{
			{key: "idle", title: "echo, idle", unit: "ms", digits: 0},
			{key: "key", title: "echo after `ls -lR`", unit: "ms", digits: 0},
			{key: "keybytes", title: "carried", unit: "KB", digits: 0},
			{key: "attach", title: "attach anew", unit: "ms", digits: 0},
			{key: "attachbytes", title: "carried", unit: "KB", digits: 1},
		},
		applies: func(row string) bool { return rows[row] },
		slow:    2 * time.Minute,
		run: func(ctx context.Context, b *bench, row string, s server) (figures, error) {
			size := slowListing
			if b.o.quick {
				size = slowListingQuick
			}
			f, err := throughSlowLine(ctx, s, compressed, []string{b.self, listerCommand, fmt.Sprint(size)}, linkOptions{lineRate, lineDelay})
			if row == wettyRow && errors.Is(err, io.EOF) {
				// Its ping waits behind what it has queued, and 10 s later it hangs up.
				err = fmt.Errorf("%w: it hangs up in the middle of the listing", errNo)
			}
			return f, err
		},
	}
}

// throughSlowLine measures one row once.
func throughSlowLine(ctx context.Context, s server, compressed bool, lister []string, o linkOptions) (figures, error) {
	f := figures{values: map[string]float64{}}
	s, line, err := behind(ctx, s, o, compressed)
	if err != nil {
		return f, err
	}
	defer line.Close()
	t, err := openReady(ctx, s, openOptions{command: lister, mode: latest})
	if err != nil {
		return f, err
	}
	defer func() { t.Close() }()
	defer context.AfterFunc(ctx, func() { _ = line.Close() })()
	var idle []float64
	for n := range slowKeys {
		begin := time.Now()
		if _, err := t.Write([]byte("k")); err != nil {
			return f, err
		}
		if _, err := readUntil(t, find(fmt.Sprint("key", n+1)), nil); err != nil {
			return f, err
		}
		idle = append(idle, millis(time.Since(begin)))
	}
	f.values["idle"] = median(idle)
	if err := keyAfterListing(ctx, t, line, f.values); err != nil {
		return f, fmt.Errorf("a key after a listing: %w", err)
	}
	one, ok := t.(rejoiner)
	if !ok {
		return f, nil
	}
	if err := one.leave(); err != nil {
		return f, err
	}
	before := line.sum()
	begin := time.Now()
	again, _, err := one.rejoin(ctx, 1000)
	if err != nil {
		return f, fmt.Errorf("attaching anew: %w", err)
	}
	f.values["attach"], f.values["attachbytes"] = millis(time.Since(begin)), float64(line.sum()-before)/1e3
	t = again
	return f, nil
}

// keyAfterListing has the program list, and types a key.
func keyAfterListing(ctx context.Context, t terminal, line *link, values map[string]float64) error {
	before := line.sum()
	if _, err := t.Write([]byte("g")); err != nil {
		return err
	}
	var typed atomic.Pointer[time.Time]
	var late *time.Timer
	err := render(ctx, t, browserRate, find(fmt.Sprint("key", slowKeys+1)), func() {
		late = time.AfterFunc(slowAfter, func() {
			now := time.Now()
			typed.Store(&now)
			_, _ = t.Write([]byte("k")) // the reader hears of what is wrong
		})
	})
	if err != nil {
		return err
	}
	defer late.Stop()
	values["key"], values["keybytes"] = millis(time.Since(*typed.Load())), float64(line.sum()-before)/1e3
	return nil
}

// sum is what both ways have carried, in bytes.
func (l *link) sum() int64 {
	up, down := l.carried()
	return up + down
}

// behind is a server as it is at the far end of a slow line. What starts sessions
// does not go through it where the client does not do that over its connection. The
// server is still to be closed by whoever started it.
func behind(ctx context.Context, s server, o linkOptions, compressed bool) (server, *link, error) {
	var base string
	var via *http.Client
	var to dial
	switch s := s.(type) {
	case *tailptyServer:
		base, via = s.attach.url, s.attach.http
	case *wsServer:
		base, via = s.url, s.http
	case *sshServer:
		to = dialer(s.addr)
	case *ttydServer:
		to = dialer(s.addr)
	case *wettyServer:
		to = dialer(s.addr)
	default:
		return nil, nil, fmt.Errorf("%w: it has no connection to make slow", errNo)
	}
	if via != nil {
		var err error
		if to, err = dialOf(via, base); err != nil {
			return nil, nil, err
		}
	}
	l, err := newLink(ctx, "127.0.0.1:0", to, o)
	if err != nil {
		return nil, nil, err
	}
	switch s := s.(type) {
	case *tailptyServer:
		far := *s
		far.attach.http = throughLink(s.attach.http, l)
		if compressed {
			far.attach.compression = websocket.CompressionContextTakeover
		}
		return &far, l, nil
	case *wsServer:
		far := *s
		far.http = throughLink(s.http, l)
		return &far, l, nil
	case *sshServer:
		far := *s
		far.addr, far.compressed = l.addr(), compressed
		return &far, l, nil
	case *ttydServer:
		return &ttydServer{daemon: s.daemon, addr: l.addr(), scripts: scripts{dir: s.scripts.dir}}, l, nil
	case *wettyServer:
		return &wettyServer{daemon: s.daemon, addr: l.addr(), entry: s.entry}, l, nil
	}
	panic("both switches have the same cases")
}

// dialOf is how a client connects to the server at an address.
func dialOf(via *http.Client, base string) (dial, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	if t := via.Transport.(*http.Transport); t.DialContext != nil {
		return func(ctx context.Context) (net.Conn, error) { return t.DialContext(ctx, "tcp", host) }, nil
	}
	return dialer(host), nil
}

// throughLink is a client like another whose connections go through a link.
func throughLink(like *http.Client, l *link) *http.Client {
	t := like.Transport.(*http.Transport).Clone()
	t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.addr())
	}
	t.DisableKeepAlives = true // nothing of it outlives a measurement
	return &http.Client{Transport: t}
}
