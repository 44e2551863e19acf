package localnet

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"

	"tailscale.com/control/controlbase"
	"tailscale.com/control/controlhttp/controlhttpserver"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/util/zstdframe"
)

// maxRequest bounds what a node may send in one request.
const maxRequest = 1 << 20 // 1 MiB

// controlServer is the tailnet's control server. Nodes open a Noise connection
// over plain HTTP and speak HTTP/2 inside.
type controlServer struct {
	url     string
	addr    string
	tailnet *tailnet
	setTXT  func(name, value string)
	logger  *slog.Logger
	noise   key.MachinePrivate
	legacy  key.MachinePrivate // the client wants its public half, and no more

	mu      sync.Mutex
	running *controlRun // nil while stopped
}

// controlRun is one stretch between a start and a stop.
type controlRun struct {
	outer, inner *http.Server
	noise        *handover
	wg           sync.WaitGroup
}

func startControl(t *tailnet, setTXT func(name, value string), logger *slog.Logger) (*controlServer, error) {
	c := &controlServer{
		addr:    "127.0.0.1:0",
		tailnet: t,
		setTXT:  setTXT,
		logger:  logger,
		noise:   key.NewMachine(),
		legacy:  key.NewMachine(),
	}
	if err := c.start(); err != nil {
		return nil, err
	}
	return c, nil
}

// start serves at the address of the last time, or at a free one. It does
// nothing to a running server.
func (c *controlServer) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running != nil {
		return nil
	}
	l, err := net.Listen("tcp", c.addr)
	if err != nil {
		return fmt.Errorf("localnet: listening for control: %w", err)
	}
	c.addr = l.Addr().String()
	c.url = "http://" + c.addr
	errorLog := slog.NewLogLogger(c.logger.Handler(), slog.LevelDebug)
	run := &controlRun{noise: newHandover(l.Addr())}
	run.inner = &http.Server{
		Handler:           c.innerMux(),
		ConnContext:       withMachine,
		ReadHeaderTimeout: readHeaderTimeout,
		ErrorLog:          errorLog,
		Protocols:         new(http.Protocols),
	}
	run.inner.Protocols.SetUnencryptedHTTP2(true)
	run.outer = &http.Server{
		Handler:           c.outerMux(run.noise),
		ReadHeaderTimeout: readHeaderTimeout,
		ErrorLog:          errorLog,
	}
	run.wg.Go(func() { run.inner.Serve(run.noise) })
	run.wg.Go(func() { run.outer.Serve(l) })
	c.running = run
	return nil
}

// stop ends the server and all connections to it. It does nothing to a stopped
// one.
func (c *controlServer) stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	run := c.running
	if run == nil {
		return nil
	}
	c.running = nil
	err := errors.Join(run.outer.Close(), run.inner.Close())
	run.wg.Wait()
	return err
}

// outerMux is what anyone can ask.
func (c *controlServer) outerMux(noise *handover) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /key", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, tailcfg.OverTLSPublicKeyResponse{LegacyPublicKey: c.legacy.Public(), PublicKey: c.noise.Public()})
	})
	mux.HandleFunc("POST /ts2021", func(w http.ResponseWriter, r *http.Request) {
		// The connection outlives this request, and with it this context.
		conn, err := controlhttpserver.AcceptHTTP(context.WithoutCancel(r.Context()), w, r, c.noise, nil)
		if err != nil {
			c.logger.Debug("localnet: accepting a node's connection", "err", err)
			return
		}
		noise.give(conn)
	})
	mux.HandleFunc("GET /login/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "A private tailnet has no page to log in on: whoever runs it completes this link.\n")
	})
	c.tailnet.handleOAuth(mux)
	return mux
}

// innerMux is what a machine can ask through its Noise connection.
func (c *controlServer) innerMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /machine/register", c.serveRegister)
	mux.HandleFunc("POST /machine/map", c.serveMap)
	mux.HandleFunc("POST /machine/set-dns", c.serveSetDNS)
	mux.HandleFunc("POST /machine/update-health", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (c *controlServer) serveRegister(w http.ResponseWriter, r *http.Request) {
	var req tailcfg.RegisterRequest
	if !readJSON(w, r, &req) {
		return
	}
	res, err := c.tailnet.register(r.Context(), c.url, machineOf(r), &req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, res)
}

func (c *controlServer) serveMap(w http.ResponseWriter, r *http.Request) {
	var req tailcfg.MapRequest
	if !readJSON(w, r, &req) {
		return
	}
	// A client of today sends what it says of itself without Stream.
	if !req.Stream && !c.tailnet.update(machineOf(r), &req) {
		http.Error(w, "node not found", http.StatusNotFound)
		return
	}
	if !req.Stream && req.OmitPeers {
		return
	}
	s := c.tailnet.open(req.NodeKey, machineOf(r))
	if s == nil {
		http.Error(w, "node not found", http.StatusNotFound)
		return
	}
	defer s.close()
	send := func(res *tailcfg.MapResponse) error { return writeMapResponse(w, res, req.Compress == "zstd") }
	if !req.Stream {
		if res, ok := s.next(); ok {
			send(res)
		}
		return
	}
	if err := s.run(r.Context(), send); err != nil {
		c.logger.Debug("localnet: a node's stream ended", "err", err)
	}
}

// writeMapResponse sends one message: its length, four bytes with the lowest
// first, and its JSON.
func writeMapResponse(w http.ResponseWriter, res *tailcfg.MapResponse, compress bool) error {
	body, err := json.Marshal(res)
	if err != nil {
		return err
	}
	if compress {
		body = zstdframe.AppendEncode(nil, body, zstdframe.FastestCompression)
	}
	message := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.Write(append(message, body...)); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

func (c *controlServer) serveSetDNS(w http.ResponseWriter, r *http.Request) {
	var req tailcfg.SetDNSRequest
	if !readJSON(w, r, &req) {
		return
	}
	c.tailnet.mu.Lock()
	n := c.tailnet.byKeyLocked(req.NodeKey, machineOf(r))
	allowed := n != nil && !n.Expired && req.Type == "TXT" && strings.EqualFold(req.Name, "_acme-challenge."+certName(&n.Node))
	c.tailnet.mu.Unlock()
	if !allowed {
		http.Error(w, "not a record that this node may set", http.StatusForbidden)
		return
	}
	c.setTXT(req.Name, req.Value)
	writeJSON(w, tailcfg.SetDNSResponse{})
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(v); err != nil {
		http.Error(w, "reading the request: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

type machineKey struct{}

// withMachine keeps the machine key that a Noise connection has proved.
func withMachine(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, machineKey{}, c.(*controlbase.Conn).Peer())
}

func machineOf(r *http.Request) key.MachinePublic {
	m, _ := r.Context().Value(machineKey{}).(key.MachinePublic)
	return m
}

// handover is a listener that accepts the connections it is given.
type handover struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newHandover(addr net.Addr) *handover {
	return &handover{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// give passes c on to Accept, or closes it when the listener is closed.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.closed:
		c.Close()
	}
}

func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handover) Addr() net.Addr { return h.addr }
