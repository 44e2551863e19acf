package model

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode"
)

// An answer is what the model says in one response: a text, then perhaps a
// command to run.
type answer struct {
	say  string
	run  *command
	fast bool // all at once, for what nobody watches
}

// A command is a call of Codex's exec_command. The field names are the tool's.
type command struct {
	Cmd string `json:"cmd"`
	// Login is false: a login shell resets the PATH that the session was given.
	Login bool `json:"login"`
	// Wait is how long Codex waits for the command to end, in milliseconds.
	Wait int `json:"yield_time_ms"`
	// Permissions is "require_escalated" to leave the sandbox, which makes
	// Codex ask the person, and show them the justification.
	Permissions   string `json:"sandbox_permissions,omitempty"`
	Justification string `json:"justification,omitempty"`
}

// A stream writes one response as server-sent events, in the order and with the
// fields that Codex reads.
type stream struct {
	w    http.ResponseWriter
	ctl  *http.ResponseController
	next int   // sequence number of the next event
	err  error // the first failure; nothing is written after it
}

func newStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	return &stream{w: w, ctl: http.NewResponseController(w)}
}

// event sends one event of the given type.
func (s *stream) event(typ string, fields map[string]any) {
	if s.err != nil {
		return
	}
	fields["type"], fields["sequence_number"] = typ, s.next
	s.next++
	data, err := json.Marshal(fields)
	if err != nil {
		s.err = fmt.Errorf("model: encoding %s: %w", typ, err)
		return
	}
	// A connection that has no deadline is one of a test, or one that is gone
	// and fails in the next line.
	_ = s.ctl.SetWriteDeadline(time.Now().Add(writeWait))
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", typ, data); err != nil {
		s.err = fmt.Errorf("model: writing %s: %w", typ, err)
		return
	}
	if err := s.ctl.Flush(); err != nil {
		s.err = fmt.Errorf("model: sending %s: %w", typ, err)
	}
}

// tell streams a whole response, at a reading pace unless the answer is fast,
// until ctx is done. asked is the size of the request in bytes.
func (s *stream) tell(ctx context.Context, a answer, asked int) error {
	id := rand.Text()
	s.event("response.created", map[string]any{"response": map[string]any{"id": "resp_" + id, "status": "in_progress"}})
	var output []any
	if a.say != "" {
		output = append(output, s.message(ctx, id, a))
	}
	if a.run != nil {
		output = append(output, s.call(id, len(output), a.run))
	}
	s.event("response.completed", map[string]any{"response": map[string]any{
		"id": "resp_" + id, "status": "completed", "model": Name, "output": output, "usage": usage(asked, a),
	}})
	return s.err
}

// message streams a text and returns it as an item.
func (s *stream) message(ctx context.Context, id string, a answer) any {
	item := func(status, text string) map[string]any {
		content := []any{}
		if text != "" {
			content = append(content, map[string]any{"type": "output_text", "text": text, "annotations": []any{}})
		}
		return map[string]any{"type": "message", "id": "msg_" + id, "role": "assistant", "status": status, "content": content}
	}
	s.event("response.output_item.added", map[string]any{"output_index": 0, "item": item("in_progress", "")})
	if a.fast {
		s.delta(id, a.say)
	} else {
		for _, w := range words(a.say) {
			if s.err == nil {
				s.err = pause(ctx, w)
			}
			s.delta(id, w)
		}
	}
	done := item("completed", a.say)
	s.event("response.output_item.done", map[string]any{"output_index": 0, "item": done})
	return done
}

func (s *stream) delta(id, text string) {
	s.event("response.output_text.delta", map[string]any{
		"item_id": "msg_" + id, "output_index": 0, "content_index": 0, "delta": text,
	})
}

// call sends a tool call and returns it as an item.
func (s *stream) call(id string, index int, c *command) any {
	args, err := json.Marshal(c)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("model: encoding a command: %w", err)
	}
	item := map[string]any{
		"type": "function_call", "id": "fc_" + id, "call_id": "call_" + id,
		"name": "exec_command", "arguments": string(args), "status": "completed",
	}
	s.event("response.output_item.added", map[string]any{"output_index": index, "item": item})
	s.event("response.output_item.done", map[string]any{"output_index": index, "item": item})
	return item
}

// usage is an estimate, four bytes to a token, so that Codex can show one.
func usage(asked int, a answer) map[string]any {
	in, out := asked/4, len(a.say)/4+1
	return map[string]any{
		"input_tokens": in, "output_tokens": out, "total_tokens": in + out,
		"input_tokens_details":  map[string]any{"cached_tokens": 0},
		"output_tokens_details": map[string]any{"reasoning_tokens": 0},
	}
}

// pause waits as long as a model would take to think of the word: 20 to 40 ms,
// more for a longer one.
func pause(ctx context.Context, word string) error {
	t := time.NewTimer(20*time.Millisecond + time.Duration(min(len(word), 10))*2*time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("model: stopping in mid-answer: %w", context.Cause(ctx))
	}
}

// words cuts a text behind each run of white space; joined, they are the text again.
func words(s string) []string {
	var out []string
	start, space := 0, false
	for i, r := range s {
		if space && !unicode.IsSpace(r) {
			out = append(out, s[start:i])
			start = i
		}
		space = unicode.IsSpace(r)
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}
