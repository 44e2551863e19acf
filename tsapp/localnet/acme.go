package localnet

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// acmeServer is Pebble, the ACME server that Let's Encrypt tests clients with,
// and the name server that it asks for the nodes' dns-01 answers.
type acmeServer struct {
	directory string // the URL a client starts from
	trustFile string // PEM file with the certificate of the server itself
	rootPEM   []byte // the root of all certificates it issues

	http *http.Server
	dns  *dns.Server
	wg   sync.WaitGroup

	mu  sync.Mutex
	txt map[string][]string // by lower-case name with its final dot
}

// maxTXT bounds how many answers are kept for one name: a renewed certificate
// adds one, and only the newest are asked for.
const maxTXT = 8

// acmeCertificate is the certificate of every ACME server in this process: a
// process reads the roots that it trusts once.
var acmeCertificate = sync.OnceValues(func() (tls.Certificate, error) { return selfSigned("localnet ACME") })

// startACME starts both on free ports of 127.0.0.1. It writes the trust file
// into dir.
//
// Pebble has no way to stop its one goroutine, which waits for challenges and
// costs nothing: it ends with the process.
func startACME(dir string, logger *slog.Logger) (_ *acmeServer, err error) {
	cert, err := acmeCertificate()
	if err != nil {
		return nil, fmt.Errorf("localnet: making the ACME server's certificate: %w", err)
	}
	a := &acmeServer{
		trustFile: filepath.Join(dir, "acme-server.pem"),
		txt:       make(map[string][]string),
	}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	if err := os.WriteFile(a.trustFile, own, 0o600); err != nil {
		return nil, fmt.Errorf("localnet: writing the ACME server's certificate: %w", err)
	}
	names, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("localnet: listening for DNS: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		names.Close()
		return nil, fmt.Errorf("localnet: listening for ACME: %w", err)
	}
	handler, root := newPebble(names.Addr().String(), logger)
	a.rootPEM = root
	a.directory = "https://" + l.Addr().String() + wfe.DirectoryPath
	a.http = &http.Server{
		Handler:           withOrderLocation(handler),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}},
		ReadHeaderTimeout: readHeaderTimeout,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	started := make(chan struct{})
	a.dns = &dns.Server{
		Listener:          names,
		Handler:           dns.HandlerFunc(a.answer),
		NotifyStartedFunc: func() { close(started) },
	}
	a.wg.Go(func() { a.dns.ActivateAndServe() })
	a.wg.Go(func() { a.http.ServeTLS(l, "", "") })
	<-started // before that it cannot be shut down
	return a, nil
}

// newPebble returns Pebble's handler and the PEM certificate of its root. It
// asks resolver for TXT records, at once and without refusing nonces at random.
func newPebble(resolver string, logger *slog.Logger) (http.Handler, []byte) {
	quiet := log.New(slog.NewLogLogger(logger.Handler(), slog.LevelDebug).Writer(), "", 0)
	// Pebble is told such things by its environment alone.
	os.Setenv("PEBBLE_VA_NOSLEEP", "1")
	os.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	store := db.NewMemoryStore()
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default"}})
	validator := va.New(quiet, 0, 0, false, resolver, store)
	front := wfe.New(quiet, store, validator, authority, []string{"localnet"}, false, false, 0, 0)
	return front.Handler(), authority.GetRootCert(0).PEM()
}

// withOrderLocation adds the Location header that Pebble leaves out when it
// answers the finalizing of an order, and that clients look for.
func withOrderLocation(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, ok := strings.CutPrefix(r.URL.Path, "/finalize-order/"); ok {
			w.Header().Set("Location", "https://"+r.Host+"/my-order/"+id)
		}
		h.ServeHTTP(w, r)
	})
}

// setTXT publishes a TXT record.
func (a *acmeServer) setTXT(name, value string) {
	name = strings.ToLower(dns.Fqdn(name))
	a.mu.Lock()
	defer a.mu.Unlock()
	values := append(a.txt[name], value)
	if len(values) > maxTXT {
		values = values[len(values)-maxTXT:]
	}
	a.txt[name] = values
}

// answer is the name server: it knows TXT records and nothing else.
func (a *acmeServer) answer(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	a.mu.Lock()
	for _, question := range q.Question {
		if question.Qtype != dns.TypeTXT {
			continue
		}
		for _, value := range a.txt[strings.ToLower(question.Name)] {
			m.Answer = append(m.Answer, &dns.TXT{
				Hdr: dns.RR_Header{Name: question.Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET},
				Txt: []string{value},
			})
		}
	}
	a.mu.Unlock()
	w.WriteMsg(m)
}

// close ends both servers.
func (a *acmeServer) close() error {
	err := errors.Join(a.http.Close(), a.dns.Shutdown())
	a.wg.Wait()
	return err
}
