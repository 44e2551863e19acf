package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// serviceName is the name that the tests' certificate is for.
const serviceName = "example.com"

// startGateway opens a gateway to a service that runs h and records nothing of
// its own.
func startGateway(t *testing.T, h http.HandlerFunc) *gateway {
	t.Helper()
	backend := httptest.NewTLSServer(h)
	t.Cleanup(backend.Close)
	roots := x509.NewCertPool()
	roots.AddCert(backend.Certificate())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := serviceAddress{url: &url.URL{Scheme: "https", Host: serviceName}, roots: roots}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != serviceName+":443" {
			return nil, fmt.Errorf("dialed %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, backend.Listener.Addr().String())
	}
	g := openGateway(l, to, dial, slog.New(slog.DiscardHandler))
	t.Cleanup(g.close)
	return g
}

// ask sends a request with these headers and returns status and body. A header
// may come several times; Host is the request's.
func ask(t *testing.T, g *gateway, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", g.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestGatewayAnswersOnlyItsExactHost(t *testing.T) {
	g := startGateway(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
	own := strings.TrimPrefix(g.url, "http://")
	_, port, _ := net.SplitHostPort(own)
	if res, body := ask(t, g, "/"); res.StatusCode != 200 || body != serviceName {
		t.Fatalf("its own host: %d %q", res.StatusCode, body)
	}
	for _, host := range []string{"localhost:" + port, "127.0.0.1", "127.0.0.1:1", "evil.example:" + port, serviceName, own + ".", "[::1]:" + port} {
		if res, _ := ask(t, g, "/", "Host", host); res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("Host %s: %d, want 421", host, res.StatusCode)
		}
	}
}

func TestGatewayTurnsItsOwnOriginAndNoOther(t *testing.T) {
	g := startGateway(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q", r.Header["Origin"])
	})
	ours := "https://" + serviceName
	for _, c := range []struct {
		name    string
		origins []string
		want    []string
	}{
		{"none", nil, nil},
		{"its own", []string{g.url}, []string{ours}},
		{"another site", []string{"http://evil.example"}, []string{"http://evil.example"}},
		{"another port", []string{"http://127.0.0.1:1"}, []string{"http://127.0.0.1:1"}},
		{"by another name", []string{strings.Replace(g.url, "127.0.0.1", "localhost", 1)}, []string{strings.Replace(g.url, "127.0.0.1", "localhost", 1)}},
		{"secure", []string{"https" + g.url[4:]}, []string{"https" + g.url[4:]}},
		{"with a slash", []string{g.url + "/"}, []string{g.url + "/"}},
		{"none that can be named", []string{"null"}, []string{"null"}},
		{"two", []string{g.url, "http://evil.example"}, []string{g.url, "http://evil.example"}},
		{"twice its own", []string{g.url, g.url}, []string{g.url, g.url}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var headers []string
			for _, o := range c.origins {
				headers = append(headers, "Origin", o)
			}
			if _, got := ask(t, g, "/", headers...); got != fmt.Sprintf("%q", c.want) {
				t.Errorf("the service saw %s, want %q", got, c.want)
			}
		})
	}
}

func TestGatewayLeavesTheRestAlone(t *testing.T) {
	sent := []string{
		"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Sec-Fetch-User", "?1",
		"Authorization", "Bearer x", "Tailscale-User-Login", "alice@example.com", "X-Forwarded-For", "100.64.0.1",
		"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "http", "Forwarded", "for=1.2.3.4", "Referer", "http://evil.example/",
	}
	g := startGateway(t, func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(sent); i += 2 {
			if got := r.Header.Values(sent[i]); len(got) != 1 || got[0] != sent[i+1] {
				t.Errorf("%s: the service saw %q, want %q", sent[i], got, sent[i+1])
			}
		}
		io.WriteString(w, r.RequestURI)
	})
	const path = "/a%2Fb/../c;d?x=%zz&y;z"
	if _, got := ask(t, g, path, sent...); got != path {
		t.Errorf("the service saw %s, want %s", got, path)
	}
}

func TestGatewayTurnsRedirectsBack(t *testing.T) {
	g := startGateway(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusSeeOther)
	})
	for to, want := range map[string]string{
		"https://" + serviceName + "/s/1?q=2": g.url + "/s/1?q=2",
		"/relative":                           "/relative",
		"https://elsewhere.example/":          "https://elsewhere.example/",
		"http://" + serviceName + "/":         "http://" + serviceName + "/",
	} {
		res, _ := ask(t, g, "/?to="+url.QueryEscape(to))
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("%s: got %s, want %s", to, got, want)
		}
	}
}

func TestGatewayPassesWebSockets(t *testing.T) {
	ended := make(chan error, 1)
	g := startGateway(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"tailpty.v1"}, OriginPatterns: []string{"https://" + serviceName}})
		if err != nil {
			return
		}
		defer c.CloseNow()
		for {
			kind, data, err := c.Read(context.Background())
			if err != nil {
				ended <- err
				return
			}
			c.Write(context.Background(), kind, data)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	options := func(origin string) *websocket.DialOptions {
		return &websocket.DialOptions{Subprotocols: []string{"tailpty.v1", "secret"}, HTTPHeader: http.Header{"Origin": {origin}}}
	}
	if c, _, err := websocket.Dial(ctx, g.url, options("http://evil.example")); err == nil {
		c.CloseNow()
		t.Error("another site's WebSocket was let through as the gateway's own")
	}
	c, _, err := websocket.Dial(ctx, g.url, options(g.url))
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if c.Subprotocol() != "tailpty.v1" {
		t.Errorf("subprotocol %q", c.Subprotocol())
	}
	if err := c.Write(ctx, websocket.MessageBinary, []byte{1, 2}); err != nil {
		t.Fatal(err)
	}
	if _, data, err := c.Read(ctx); err != nil || string(data) != "\x01\x02" {
		t.Fatalf("read %q, %v", data, err)
	}
	g.close()
	select {
	case <-ended:
	case <-ctx.Done():
		t.Error("the WebSocket outlived the gateway")
	}
}

func TestGatewaySaysWhenTheServiceIsOutOfReach(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := serviceAddress{url: &url.URL{Scheme: "https", Host: serviceName}, roots: x509.NewCertPool()}
	g := openGateway(l, to, func(context.Context, string, string) (net.Conn, error) {
		return nil, fmt.Errorf("no such peer")
	}, slog.New(slog.DiscardHandler))
	defer g.close()
	if res, body := ask(t, g, "/"); res.StatusCode != http.StatusBadGateway || !strings.Contains(body, "no such peer") {
		t.Errorf("%d %q", res.StatusCode, body)
	}
}

func TestForwardPassesBytesAsTheyAre(t *testing.T) {
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	go func() {
		for {
			c, err := target.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				all, _ := io.ReadAll(c) // until the client has said its last
				fmt.Fprintf(c, "%d: ", len(all))
				c.Write(all)
			}()
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := openForward(l, "service:443", func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "service:443" {
			return nil, fmt.Errorf("dialed %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, target.Addr().String())
	})
	defer f.close()
	open := func() *net.TCPConn {
		c, err := net.Dial("tcp", f.address)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(10 * time.Second))
		return c.(*net.TCPConn)
	}
	c := open()
	defer c.Close()
	sent := strings.Repeat("\x16\x03\x01\x00", 100_000)
	go func() {
		io.WriteString(c, sent)
		c.CloseWrite()
	}()
	if got, err := io.ReadAll(c); err != nil || string(got) != fmt.Sprintf("%d: %s", len(sent), sent) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}

	idle := open()
	defer idle.Close()
	f.close()
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlived the forward")
	}
}
