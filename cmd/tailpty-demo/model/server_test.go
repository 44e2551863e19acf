package model_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tailpty/cmd/tailpty-demo/model"
)

const greeting = `{"input":[{"type":"message","role":"user","content":"hello"}]}`

func TestWhatIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, method, url, body string
		status                  int
	}{
		{"another path", "GET", "http://" + testHost + "/v1/files", "", 404},
		{"the root", "GET", "http://" + testHost + "/", "", 404},
		{"another method", "GET", "http://" + testHost + "/v1/responses", "", 405},
		{"another method for the models", "DELETE", "http://" + testHost + "/v1/models", "", 405},
		{"another host", "POST", "http://evil.example/v1/responses", greeting, 421},
		{"no JSON", "POST", "http://" + testHost + "/v1/responses", "hello", 400},
		{"no prompt", "POST", "http://" + testHost + "/v1/responses", `{"input":[]}`, 400},
		{"Codex's own words only", "POST", "http://" + testHost + "/v1/responses", `{"input":[{"role":"user","content":"<environment_context>x</environment_context>"}]}`, 400},
		{"too much", "POST", "http://" + testHost + "/v1/responses", strings.Repeat(" ", model.MaxBody+1), 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			model.NewHandler(testHost).ServeHTTP(w, httptest.NewRequest(tt.method, tt.url, strings.NewReader(tt.body)))
			var problem struct {
				Error struct{ Message, Code string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
				t.Fatalf("%q: %v", w.Body, err)
			}
			if w.Code != tt.status || problem.Error.Message == "" || problem.Error.Code == "" {
				t.Errorf("answers %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestTheModelIsListed(t *testing.T) {
	w := httptest.NewRecorder()
	model.NewHandler(testHost).ServeHTTP(w, httptest.NewRequest("GET", "http://"+testHost+"/v1/models", nil))
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Data) != 1 || list.Data[0].ID != model.Name {
		t.Errorf("answers %s (%v)", w.Body, err)
	}
}

// begin starts an answer that takes a while, and waits for its first event.
func begin(t *testing.T, s *model.Server) *http.Response {
	t.Helper()
	body := strings.Replace(greeting, "hello", "count to 999", 1)
	resp, err := http.Post(s.URL()+"/responses", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode == http.StatusOK {
		if _, err := bufio.NewReaderSize(resp.Body, 16).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return resp
}

func TestItListensOnLoopbackUntilItIsClosed(t *testing.T) {
	s, err := model.Start(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.URL())
	if err != nil || u.Hostname() != "127.0.0.1" || u.Path != "/v1" {
		t.Errorf("the URL is %s (%v)", s.URL(), err)
	}
	resp := begin(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(resp.Body)
	if strings.Contains(string(rest), "response.completed") {
		t.Error("the answer in progress was not cut off")
	}
	if _, err := http.Get(s.URL() + "/models"); err == nil {
		t.Error("it still answers")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing it again: %v", err)
	}
}

func TestItEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := model.Start(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp := begin(t, s)
	cancel()
	rest, _ := io.ReadAll(resp.Body)
	if strings.Contains(string(rest), "response.completed") {
		t.Error("the answer in progress was not cut off")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnswersAtOnceAreBounded(t *testing.T) {
	s, err := model.Start(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range model.MaxStreams {
		if resp := begin(t, s); resp.StatusCode != http.StatusOK {
			t.Fatalf("answers %s", resp.Status)
		}
	}
	if resp := begin(t, s); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("one more answers %s", resp.Status)
	}
}
