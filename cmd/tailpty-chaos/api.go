package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"tailpty/term/client"
)

// api asks the server, whichever process that is.
type api struct {
	server *server
	http   *http.Client
}

// askWithin is how long one request may take: a server that is killed says
// nothing.
const askWithin = 5 * time.Second

// ask makes one request. It is tried once.
func (a *api) ask(ctx context.Context, method, path string, body, answer any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, method, *a.server.url.Load()+"/api/v1/"+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+a.server.scene.token)
	resp, err := a.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err = io.ReadAll(resp.Body)
	if err == nil && answer != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(b, answer)
	}
	return resp.StatusCode, err
}

// shown is a session as the API shows it.
type shown struct {
	ID    string     `json:"id"`
	State string     `json:"state"`
	Ended *time.Time `json:"ended"`
	Exit  *int       `json:"exit"`
}

// create starts a session of a profile. It is tried until it succeeds; where an
// answer is lost, so may be the session.
func (a *api) create(ctx context.Context, profile, name string) (string, error) {
	var s shown
	err := eventually(ctx, func() (bool, error) {
		status, err := a.ask(ctx, "POST", "sessions", map[string]any{"profile": profile, "workspace": "w", "name": name, "cols": 80, "rows": 24}, &s)
		if err == nil && status >= 400 && status < 500 && status != http.StatusTooManyRequests {
			return false, fmt.Errorf("creating a session: the server answered %d", status)
		}
		return err == nil && status == http.StatusCreated, nil
	})
	return s.ID, err
}

// tryEvery is how soon a thing is tried again.
const tryEvery = 100 * time.Millisecond

// eventually tries something until it is done, has failed, or ctx ends.
func eventually(ctx context.Context, try func() (done bool, err error)) error {
	for {
		done, err := try()
		if done || err != nil {
			return err
		}
		select {
		case <-time.After(tryEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// attach opens the WebSocket of a session.
func attach(ctx context.Context, s *server, id string, via *http.Client) (*client.Conn, error) {
	return client.Dial(ctx, via, *s.url.Load()+"/api/v1/sessions/"+id+"/attach", http.Header{"Authorization": {"Bearer " + s.scene.token}})
}
