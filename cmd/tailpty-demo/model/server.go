package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Name is the model's name, in the API and in the Codex home that [WriteHome] makes.
const Name = "tailpty-demo"

const (
	maxBody    = 8 << 20  // bytes; Codex sends the whole conversation each time
	maxHeader  = 64 << 10 // bytes
	maxStreams = 32       // answers given at once
	// writeWait is how long one event may take to be written before the
	// connection is given up.
	writeWait = 10 * time.Second
	// closeWait is how long the answers in progress have to notice that they
	// are cut off.
	closeWait = time.Second
)

// Server is the model API, listening on loopback. It owns its listener and the
// answers in progress; [Server.Close] ends both.
type Server struct {
	host    string // host:port, the only Host that is answered
	log     *slog.Logger
	http    *http.Server
	cancel  context.CancelFunc
	streams chan struct{} // one slot for each answer in progress
	wg      sync.WaitGroup
	close   func() error
}

// Start listens on a free port of 127.0.0.1 and serves until Close is called or
// ctx is done. A nil logger discards.
func Start(ctx context.Context, logger *slog.Logger) (*Server, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("model: listening: %w", err)
	}
	s := newServer(ln.Addr().String(), logger)
	ctx, s.cancel = context.WithCancel(ctx)
	s.http = &http.Server{
		Handler:           s.routes(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.close = sync.OnceValue(func() error {
		s.cancel() // ends the answers in progress
		ctx, stop := context.WithTimeout(context.Background(), closeWait)
		defer stop()
		if s.http.Shutdown(ctx) == nil {
			return nil
		}
		return s.http.Close()
	})
	context.AfterFunc(ctx, func() { s.close() })
	s.wg.Go(func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("model: serving", "err", err)
		}
	})
	return s, nil
}

func newServer(host string, logger *slog.Logger) *Server {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Server{host: host, log: logger, streams: make(chan struct{}, maxStreams)}
}

// URL is the base URL of the API, ending in /v1.
func (s *Server) URL() string { return "http://" + s.host + "/v1" }

// Close stops listening and cuts off the answers in progress. It may be called
// more than once.
func (s *Server) Close() error {
	err := s.close()
	s.wg.Wait()
	if err != nil {
		return fmt.Errorf("model: closing: %w", err)
	}
	return nil
}

// routes answers requests for our own Host only: a page in a browser that
// resolves its name to 127.0.0.1 gets nothing.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/responses", s.respond)
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("/v1/responses", notAllowed("POST"))
	mux.HandleFunc("/v1/models", notAllowed("GET"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "the demo's model has /v1/responses and /v1/models only")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != s.host {
			refuse(w, http.StatusMisdirectedRequest, "wrong_host", "this is not the host that was asked for")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"object": "list",
		"data":   []any{map[string]any{"id": Name, "object": "model", "created": 0, "owned_by": "tailpty"}},
	})
}

// respond answers one turn of a conversation as a stream of events.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "rate_limit_exceeded", "too many answers at once")
		return
	}
	t, err := readTurn(http.MaxBytesReader(w, r.Body, maxBody), r.Header)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "too_large", "the conversation is too long for the demo's model")
			return
		}
		s.log.Debug("model: refusing a request", "err", err)
		refuse(w, http.StatusBadRequest, "invalid_request", "the request is not one the demo's model understands")
		return
	}
	a, err := t.answer()
	if err != nil {
		s.log.Error("model: answering", "err", err)
		refuse(w, http.StatusInternalServerError, "server_error", "the demo's script is wrong")
		return
	}
	if err := newStream(w).tell(r.Context(), a, t.size); err != nil {
		s.log.Debug("model: streaming", "err", err) // the person pressed Esc, or left
	}
}

func notAllowed(method string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", method)
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "use "+method)
	}
}

// refuse writes an error in the form of the Responses API.
func refuse(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{
		"error": map[string]any{"message": message, "type": "invalid_request_error", "code": code},
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the peer has gone
}
