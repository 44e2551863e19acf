package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"
)

// dialFunc connects to an address on the tailnet, from one device.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialTime bounds a connection to the service: a device that the policy does
// not connect with it gets no answer at all.
const dialTime = 10 * time.Second

// answerTime bounds how long the service may take to begin its answer: a
// connection whose other end is gone without a word would hang for ever.
const answerTime = time.Minute

// gateway stands for a person's device: a browser with nothing set up talks
// plain HTTP to it, on loopback, and it talks HTTPS to the service over the
// tailnet. It adds no rights: who asks is whose device it is.
//
// It answers only requests for its exact address, so that no other web site can
// be made to be it. It turns its own Origin into the service's, and no other, so
// that the service still sees where a request came from; Fetch Metadata and all
// other headers pass as they are.
type gateway struct {
	url    string // of the gateway, with no trailing slash
	server *http.Server
	stop   context.CancelFunc // ends the WebSockets too
	pool   *http.Transport
	served chan struct{} // closed when server has stopped
}

// serviceAddress is where the service is.
type serviceAddress struct {
	url   *url.URL // https://NAME
	roots *x509.CertPool
}

// openGateway serves on l until close. It owns l.
func openGateway(l net.Listener, to serviceAddress, dial dialFunc, logger *slog.Logger) *gateway {
	ctx, stop := context.WithCancel(context.Background())
	g := &gateway{
		url:    "http://" + l.Addr().String(),
		stop:   stop,
		served: make(chan struct{}),
		pool: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, dialTime)
				defer cancel()
				return dial(ctx, network, address)
			},
			// HTTP/1.1 alone: a WebSocket is an upgrade of it.
			TLSClientConfig:       &tls.Config{RootCAs: to.roots, ServerName: to.url.Hostname(), NextProtos: []string{"http/1.1"}},
			TLSHandshakeTimeout:   dialTime,
			ResponseHeaderTimeout: answerTime,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       time.Minute,
			DisableCompression:    true,
		},
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { g.rewrite(r, to.url) },
		Transport:      g.pool,
		FlushInterval:  -1, // what the service writes is seen at once
		ModifyResponse: func(r *http.Response) error { return g.turnBack(r, to.url) },
		ErrorHandler:   explain,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	g.server = &http.Server{
		Handler:           g.onlyForUs(proxy),
		ReadHeaderTimeout: dialTime,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          proxy.ErrorLog,
	}
	go func() {
		defer close(g.served)
		g.server.Serve(l)
	}()
	return g
}

// onlyForUs refuses requests that are for another address than the gateway's.
func (g *gateway) onlyForUs(next http.Handler) http.Handler {
	host := strings.TrimPrefix(g.url, "http://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host || r.URL.IsAbs() {
			http.Error(w, "This address is "+g.url+" and no other.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// rewrite sends a request to the service, as it came but for Host and for an
// Origin of the gateway's own.
func (g *gateway) rewrite(r *httputil.ProxyRequest, to *url.URL) {
	r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, to.Host
	r.Out.URL.RawQuery = r.In.URL.RawQuery // also where it does not parse: that is for the service to say
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if v, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = slices.Clone(v) // the proxy takes them away; a device would not
		}
	}
	if origin := r.In.Header["Origin"]; len(origin) == 1 && origin[0] == g.url {
		r.Out.Header.Set("Origin", to.Scheme+"://"+to.Host)
	}
}

// turnBack makes a redirect to the service one to the gateway.
func (g *gateway) turnBack(r *http.Response, to *url.URL) error {
	location, err := url.Parse(r.Header.Get("Location"))
	if err != nil || location.Scheme != to.Scheme || location.Host != to.Host {
		return nil
	}
	location.Scheme, location.Host = "http", strings.TrimPrefix(g.url, "http://")
	r.Header.Set("Location", location.String())
	return nil
}

// explain answers when the service could not be reached.
func explain(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, fmt.Sprintf("This device cannot reach the service: %v", err), http.StatusBadGateway)
}

// forget drops the connections that wait for a next request.
func (g *gateway) forget() { g.pool.CloseIdleConnections() }

// close ends the gateway and every connection through it.
func (g *gateway) close() {
	g.stop()
	g.server.Close()
	<-g.served
	g.forget()
}
