package localnet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stun"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// relayRegion is the DERP region's number; those from 900 are for private use.
const relayRegion = 900

// relay is the DERP relay and the STUN server through which nodes find each
// other. Nodes on one machine soon speak directly.
type relay struct {
	derpMap *tailcfg.DERPMap

	derp *derpserver.Server
	http *http.Server
	stun *net.UDPConn
	wg   sync.WaitGroup
}

// startRelay starts both on free ports of 127.0.0.1.
func startRelay(logger *slog.Logger) (*relay, error) {
	cert, err := selfSigned("localnet relay")
	if err != nil {
		return nil, fmt.Errorf("localnet: making the relay's certificate: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("localnet: listening for the relay: %w", err)
	}
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("localnet: listening for STUN: %w", err)
	}
	r := &relay{
		derp: derpserver.New(key.NewNode(), logf(logger, "relay")),
		stun: udp,
	}
	mux := http.NewServeMux()
	mux.Handle("/derp", derpserver.Handler(r.derp))
	mux.HandleFunc("/derp/probe", derpserver.ProbeHandler)
	mux.HandleFunc("/derp/latency-check", derpserver.ProbeHandler)
	mux.HandleFunc("/generate_204", derpserver.ServeNoContent)
	r.http = &http.Server{
		Handler:           mux,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}},
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1 alone can be upgraded to DERP
		ReadHeaderTimeout: readHeaderTimeout,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	r.derpMap = derpMapFor(cert, l.Addr().(*net.TCPAddr).Port, udp.LocalAddr().(*net.UDPAddr).Port)
	r.wg.Go(func() { r.http.ServeTLS(l, "", "") })
	r.wg.Go(func() { answerSTUN(udp) })
	return r, nil
}

// answerSTUN tells each asker the address it asked from, until c is closed.
func answerSTUN(c *net.UDPConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if id, err := stun.ParseBindingRequest(buf[:n]); err == nil {
			c.WriteToUDPAddrPort(stun.Response(id, from), from)
		}
	}
}

// derpMapFor describes the one relay to the nodes. Its certificate is pinned,
// so that no root has to be trusted for it.
func derpMapFor(cert tls.Certificate, derpPort, stunPort int) *tailcfg.DERPMap {
	sum := sha256.Sum256(cert.Certificate[0])
	return &tailcfg.DERPMap{
		OmitDefaultRegions: true,
		Regions: map[int]*tailcfg.DERPRegion{relayRegion: {
			RegionID:   relayRegion,
			RegionCode: "loopback",
			RegionName: "Loopback",
			Nodes: []*tailcfg.DERPNode{{
				Name:       "900a",
				RegionID:   relayRegion,
				HostName:   "127.0.0.1",
				IPv4:       "127.0.0.1",
				IPv6:       "none",
				DERPPort:   derpPort,
				STUNPort:   stunPort,
				STUNTestIP: "127.0.0.1",
				CertName:   "sha256-raw:" + hex.EncodeToString(sum[:]),
			}},
		}},
	}
}

// close ends the relay and every connection through it.
func (r *relay) close() error {
	err := errors.Join(r.http.Close(), r.derp.Close(), r.stun.Close())
	r.wg.Wait()
	return err
}

// selfSigned makes a certificate for 127.0.0.1 that is good for a month.
func selfSigned(name string) (tls.Certificate, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(0, 1, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, nil
}
