package localnet

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// bearerLife is how long the client may think that an access token is good for.
const bearerLife = time.Hour

func (t *tailnet) newClientSecret(o owner) string {
	s := "tskey-client-" + rand.Text() + "-" + rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clients[s] = o
	return s
}

// handleOAuth serves the two calls with which a node turns a client secret into
// an auth key of its own: one for an access token, one for the key.
func (t *tailnet) handleOAuth(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/v2/oauth/token", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		secret := r.PostFormValue("client_secret")
		if _, password, ok := r.BasicAuth(); ok {
			secret = password
		}
		bearer, ok := t.newBearer(secret)
		if !ok {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		writeJSON(w, map[string]any{"access_token": bearer, "token_type": "Bearer", "expires_in": int(bearerLife.Seconds())})
	})
	mux.HandleFunc("POST /api/v2/tailnet/{tailnet}/keys", func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			Capabilities struct {
				Devices struct {
					Create struct {
						Tags []string `json:"tags"`
					} `json:"create"`
				} `json:"devices"`
			} `json:"capabilities"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req); err != nil {
			http.Error(w, `{"message":"not JSON"}`, http.StatusBadRequest)
			return
		}
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		k, ok := t.keyFor(bearer, req.Capabilities.Devices.Create.Tags)
		if !ok {
			http.Error(w, `{"message":"this client may not make a key with these tags"}`, http.StatusForbidden)
			return
		}
		writeJSON(w, map[string]any{"id": "k1", "key": k, "created": time.Now().UTC()})
	})
}

// newBearer returns an access token for a client secret.
func (t *tailnet) newBearer(secret string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, ok := t.clients[secret]
	if !ok {
		return "", false
	}
	bearer := rand.Text()
	t.bearers[bearer] = o
	return bearer, true
}

// keyFor returns an auth key with tags that the client of this access token may
// give.
func (t *tailnet) keyFor(bearer string, tags []string) (string, bool) {
	t.mu.Lock()
	o, ok := t.bearers[bearer]
	t.mu.Unlock()
	if !ok || len(tags) == 0 || slices.ContainsFunc(tags, func(tag string) bool { return !slices.Contains(o.tags, tag) }) {
		return "", false
	}
	return t.newAuthKey(owner{tags: slices.Clone(tags)}), true
}
