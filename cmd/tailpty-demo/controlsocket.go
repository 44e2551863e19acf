package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"tailpty/tsapp/localnet"
)

// maxControlBody bounds a request on the control socket, in bytes.
const maxControlBody = 1 << 20

// controlSocket is HTTP on a Unix socket of mode 0600: what an administrator of
// the tailnet and of the host could do, for tests and for the curious.
type controlSocket struct {
	path   string
	net    *localnet.Net
	crew   *crew
	serve  *service
	server *http.Server
	served chan struct{} // closed when server has stopped
}

// openControlSocket serves at path until close.
func openControlSocket(path string, n *localnet.Net, c *crew, s *service, logger *slog.Logger) (*controlSocket, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the control socket: %w", err)
	}
	// Nobody else gets as far: the folder is 0700.
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("opening the control socket: %w", err)
	}
	cs := &controlSocket{path: path, net: n, crew: c, serve: s, served: make(chan struct{})}
	cs.server = &http.Server{
		Handler:           cs.mux(),
		ReadHeaderTimeout: dialTime,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(cs.served)
		cs.server.Serve(l)
	}()
	return cs, nil
}

func (cs *controlSocket) close() {
	cs.server.Close()
	<-cs.served
}

// answer is what a handler returns: a value to send as JSON, nil for none.
type answer func(r *http.Request) (any, error)

func (cs *controlSocket) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, a := range map[string]answer{
		"GET /grants":                   cs.getGrants,
		"PUT /grants":                   cs.putGrants,
		"GET /devices":                  func(*http.Request) (any, error) { return cs.crew.list(), nil },
		"POST /devices":                 cs.addDevice,
		"DELETE /devices/{device}":      cs.removeDevice,
		"POST /devices/{device}/expire": func(r *http.Request) (any, error) { return nil, cs.crew.expire(r.PathValue("device")) },
		"POST /devices/{device}/switch": cs.switchDevice,
		"POST /logins":                  cs.completeLogin,
		"POST /control/stop":            func(*http.Request) (any, error) { return nil, cs.net.StopControl() },
		"POST /control/start":           func(*http.Request) (any, error) { return nil, cs.net.StartControl() },
		"POST /server/kill":             func(r *http.Request) (any, error) { return nil, cs.serve.kill(r.Context()) },
		"POST /server/start":            cs.startServer,
	} {
		mux.HandleFunc(pattern, a.serve)
	}
	return mux
}

// serve sends the answer: 200 with JSON, 204 without, or a JSON error.
func (a answer) serve(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
	v, err := a(r)
	if err == nil && v == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(statusOf(err))
		v = map[string]string{"error": err.Error()}
	}
	json.NewEncoder(w).Encode(v)
}

// badRequest is an error of whoever asked.
type badRequest struct{ error }

func statusOf(err error) int {
	switch {
	case errors.As(err, new(badRequest)):
		return http.StatusBadRequest
	case errors.Is(err, localnet.ErrUnknownNode):
		return http.StatusNotFound
	}
	return http.StatusConflict
}

func readBody(r *http.Request, v any) error {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		return badRequest{fmt.Errorf("reading the request: %w", err)}
	}
	return nil
}

func (cs *controlSocket) getGrants(*http.Request) (any, error) { return cs.net.Grants(), nil }

// putGrants takes a whole policy, or a bare list of grants, which leaves groups
// and tag owners as they are.
func (cs *controlSocket) putGrants(r *http.Request) (any, error) {
	var raw json.RawMessage
	if err := readBody(r, &raw); err != nil {
		return nil, err
	}
	var p localnet.Policy
	into := any(&p)
	if strings.HasPrefix(string(raw), "[") {
		p = cs.net.Grants()
		p.Grants = nil
		into = &p.Grants
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, badRequest{fmt.Errorf("reading the policy: %w", err)}
	}
	if err := cs.net.SetGrants(p); err != nil {
		return nil, badRequest{err}
	}
	return cs.net.Grants(), nil
}

func (cs *controlSocket) addDevice(r *http.Request) (any, error) {
	var req struct {
		Login  string   `json:"login"`
		Tags   []string `json:"tags"`
		Device string   `json:"device"`
	}
	if err := readBody(r, &req); err != nil {
		return nil, err
	}
	if (req.Login == "") == (len(req.Tags) == 0) {
		return nil, badRequest{errors.New("give a login or tags")}
	}
	name, _, _ := strings.Cut(cmp.Or(req.Login, strings.TrimPrefix(strings.Join(req.Tags, "-"), "tag:")), "@")
	o := localnet.DeviceOptions{Name: cmp.Or(req.Device, name), Login: req.Login, Tags: req.Tags}
	return cs.crew.join(r.Context(), o, 0)
}

func (cs *controlSocket) removeDevice(r *http.Request) (any, error) {
	return nil, cs.crew.remove(r.PathValue("device"))
}

func (cs *controlSocket) switchDevice(r *http.Request) (any, error) {
	var req struct {
		Login string `json:"login"`
	}
	if err := readBody(r, &req); err != nil {
		return nil, err
	}
	return cs.crew.switchTo(r.PathValue("device"), req.Login)
}

// completeLogin does what a person does on the page of a login link.
func (cs *controlSocket) completeLogin(r *http.Request) (any, error) {
	var req struct {
		URL   string `json:"url"`
		Login string `json:"login"`
	}
	if err := readBody(r, &req); err != nil {
		return nil, err
	}
	if err := cs.net.CompleteLogin(req.URL, req.Login); err != nil {
		return nil, badRequest{err}
	}
	return nil, nil
}

// startServer outlives a client that does not wait for the answer.
func (cs *controlSocket) startServer(r *http.Request) (any, error) {
	pid, _, err := cs.serve.start(context.WithoutCancel(r.Context()))
	if err != nil {
		return nil, err
	}
	return map[string]int{"pid": pid}, nil
}
