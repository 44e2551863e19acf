package model_test

import (
	"bufio"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tailpty/cmd/tailpty-demo/model"
)

// testHost is the Host that the handler under test takes for its own.
const testHost = "127.0.0.1:1"

// reply is a response of the API, taken apart.
type reply struct {
	status int
	deltas []string
	said   string
	cmd    struct {
		Cmd, Justification string
		Permissions        string `json:"sandbox_permissions"`
	}
	events   []string // types, in order
	complete bool
	took     time.Duration
}

// ask posts a conversation: a prompt, then the outputs of the commands that the
// model has asked for.
func ask(t *testing.T, prompt string, outputs ...string) reply {
	t.Helper()
	input := []any{message("<environment_context>\n<cwd>/here</cwd>\n</environment_context>"), message(prompt)}
	for _, o := range outputs {
		input = append(input,
			map[string]any{"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "c"},
			map[string]any{"type": "function_call_output", "call_id": "c", "output": o})
	}
	return post(t, time.Hour, nil, map[string]any{"input": input})
}

func message(text string) any {
	return map[string]any{"type": "message", "role": "user", "content": []any{map[string]any{"type": "input_text", "text": text}}}
}

// post sends a request in a bubble of its own, where streaming takes no real
// time, and gives it up after limit.
func post(t *testing.T, limit time.Duration, header http.Header, body map[string]any) reply {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var rep reply
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://"+testHost+"/v1/responses", strings.NewReader(string(b)))
		maps.Copy(r.Header, header)
		w := httptest.NewRecorder()
		start := time.Now()
		model.NewHandler(testHost).ServeHTTP(w, r)
		rep = parse(t, w)
		rep.took = time.Since(start)
	})
	return rep
}

// parse reads the events and holds them to the protocol.
func parse(t *testing.T, w *httptest.ResponseRecorder) reply {
	t.Helper()
	rep := reply{status: w.Code}
	if w.Code != http.StatusOK {
		return rep
	}
	if got := w.Header().Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type is %q", got)
	}
	lines := bufio.NewScanner(w.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var ev struct {
			Type   string
			Number int `json:"sequence_number"`
			Delta  string
			Item   struct {
				Type, Name, Arguments string
				CallID                string `json:"call_id"`
				Content               []struct{ Text string }
			}
			Response struct {
				ID    string
				Usage struct {
					Total int `json:"total_tokens"`
				}
			}
		}
		if err := json.Unmarshal([]byte(data), &ev); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if ev.Number != len(rep.events) {
			t.Errorf("event %d has the number %d", len(rep.events), ev.Number)
		}
		rep.events = append(rep.events, ev.Type)
		switch {
		case ev.Type == "response.output_text.delta":
			rep.deltas = append(rep.deltas, ev.Delta)
		case ev.Type == "response.completed":
			rep.complete = ev.Response.ID != "" && ev.Response.Usage.Total > 0
		case ev.Type == "response.output_item.done" && ev.Item.Type == "message":
			rep.said = ev.Item.Content[0].Text
		case ev.Type == "response.output_item.done" && ev.Item.Type == "function_call":
			if ev.Item.Name != "exec_command" || ev.Item.CallID == "" {
				t.Errorf("a call of %q with the id %q", ev.Item.Name, ev.Item.CallID)
			}
			if err := json.Unmarshal([]byte(ev.Item.Arguments), &rep.cmd); err != nil {
				t.Errorf("arguments %q: %v", ev.Item.Arguments, err)
			}
		}
	}
	if rep.complete && strings.Join(rep.deltas, "") != rep.said {
		t.Errorf("streamed %q, then said %q", strings.Join(rep.deltas, ""), rep.said)
	}
	return rep
}

// ran is Codex's report of a command that has ended.
func ran(code, output string) string {
	return "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code " + code + "\nOriginal token count: 1\nOutput:\n" + output
}

func TestEventsAreInTheOrderOfTheProtocol(t *testing.T) {
	rep := ask(t, "run the tests")
	if rep.events[0] != "response.created" || rep.events[1] != "response.output_item.added" {
		t.Errorf("begins with %q", rep.events[:2])
	}
	got := strings.Join(rep.events[len(rep.events)-4:], " ")
	want := "response.output_item.done response.output_item.added response.output_item.done response.completed"
	if got != want {
		t.Errorf("ends with %s, not with %s", got, want)
	}
}

func TestAnswersComeWordByWord(t *testing.T) {
	rep := ask(t, "hello")
	n := len(rep.deltas)
	if n != len(strings.Fields(rep.said)) {
		t.Errorf("%d deltas for %d words", n, len(strings.Fields(rep.said)))
	}
	if each := rep.took / time.Duration(n); each < 20*time.Millisecond || each > 40*time.Millisecond {
		t.Errorf("a word takes %v", each)
	}
}

func TestALongAnswerCanBeStopped(t *testing.T) {
	rep := post(t, time.Second, nil, map[string]any{"input": []any{message("count to 900")}})
	if rep.complete || len(rep.deltas) < 10 || rep.took != time.Second {
		t.Errorf("%d words in %v (complete: %v)", len(rep.deltas), rep.took, rep.complete)
	}
}

func TestCodexsOwnRequestsAreAnsweredAtOnce(t *testing.T) {
	for _, tt := range []struct{ name, metadata, prompt, format, want string }{
		{"a title as an object", `{"thread_source":"thread_title"}`, "Generate a title for this.\n\nUser prompt:\nfix the bug", "json_schema", `{"title":"Fix the bug"}`},
		{"a title as text", `{"thread_source":"thread_title"}`, "Generate a title for this.\n\nUser prompt:\nfix the bug", "text", "Fix the bug"},
		{"a summary", `{"thread_source":"user","request_kind":"compaction"}`, "Summarize the progress.", "text", "The person tries out the demo."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"X-Codex-Turn-Metadata": {tt.metadata}}
			rep := post(t, time.Hour, h, map[string]any{
				"input": []any{message(tt.prompt)},
				"text":  map[string]any{"format": map[string]any{"type": tt.format}},
			})
			if !strings.HasPrefix(rep.said, tt.want) || rep.cmd.Cmd != "" || rep.took != 0 {
				t.Errorf("said %q and ran %q in %v", rep.said, rep.cmd.Cmd, rep.took)
			}
		})
	}
}
