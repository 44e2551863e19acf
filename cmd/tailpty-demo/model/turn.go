package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// A turn is what the model is asked: what the person typed last, and what the
// commands run since then have said.
type turn struct {
	prompt  string
	results []result
	refused bool // the person stopped the turn before this one at a command
	purpose purpose
	object  bool // the answer is to be a JSON object
	size    int  // bytes of the request
}

// A purpose is what Codex makes a request for.
type purpose int

const (
	answering  purpose = iota // the person's prompt
	naming                    // wants a title for the thread
	compacting                // wants a summary to go on from
)

// A result is the outcome of one command that the model asked for.
type result struct {
	Output string // what it printed
	Code   int    // exit status; -1 when it did not run or has not ended
	Denied bool   // the person said no
}

// OK says whether the command ran and succeeded.
func (r result) OK() bool { return r.Code == 0 && !r.Denied }

// request and item are the parts of the Responses API's request that matter here.
type request struct {
	Input []item `json:"input"`
	Text  struct {
		Format struct {
			Type string `json:"type"`
		} `json:"format"`
	} `json:"text"`
}

type item struct {
	Type    string `json:"type"`
	Role    string `json:"role"`
	Content text   `json:"content"`
	Output  text   `json:"output"`
}

// text is a string, or a list of parts that have one.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	*t = text(strings.Join(texts, "\n"))
	return nil
}

// readTurn reads a request and finds the turn in it.
func readTurn(body io.Reader, h http.Header) (turn, error) {
	b, err := io.ReadAll(body)
	if err != nil {
		return turn{}, fmt.Errorf("model: reading the request: %w", err)
	}
	var req request
	if err := json.Unmarshal(b, &req); err != nil {
		return turn{}, fmt.Errorf("model: parsing the request: %w", err)
	}
	t := turn{
		purpose: purposeOf(h),
		object:  req.Text.Format.Type == "json_schema",
		size:    len(b),
	}
	for _, it := range req.Input {
		switch it.Type {
		case "message", "":
			if it.Role == "user" && !isContext(string(it.Content)) {
				t.refused = t.last().Denied
				t.prompt, t.results = string(it.Content), nil
			}
		case "function_call_output":
			t.results = append(t.results, parseResult(string(it.Output)))
		}
	}
	if t.prompt == "" {
		return turn{}, errors.New("model: finding a prompt: the input has no text of a person")
	}
	if t.purpose == naming { // its own words are followed by the person's
		if _, typed, ok := strings.Cut(t.prompt, "\nUser prompt:\n"); ok {
			t.prompt = typed
		}
	}
	return t, nil
}

// last is the outcome of the turn's last command, if there is one.
func (t turn) last() result {
	if len(t.results) == 0 {
		return result{}
	}
	return t.results[len(t.results)-1]
}

// purposeOf reads what Codex says of a request in a header of its own.
func purposeOf(h http.Header) purpose {
	var meta struct {
		ThreadSource string `json:"thread_source"`
		RequestKind  string `json:"request_kind"`
	}
	if json.Unmarshal([]byte(h.Get("X-Codex-Turn-Metadata")), &meta) != nil {
		return answering
	}
	switch {
	case meta.ThreadSource == "thread_title":
		return naming
	case meta.RequestKind == "compaction":
		return compacting
	}
	return answering
}

// ownWords matches what Codex itself puts into a conversation in the person's
// name: its environment, the repository's instructions, an interrupted turn.
var ownWords = regexp.MustCompile(`(?s)^\s*(?:<([a-z_]+)>.*</[a-z_]+>\s*$|# AGENTS\.md instructions)`)

func isContext(s string) bool { return ownWords.MatchString(s) }

// exited is how a report of a command begins to tell its exit status; that of
// apply_patch has words of its own.
var exited = regexp.MustCompile(`(?m)^(?:Process exited with code|Exit code:) (-?\d+)$`)

// parseResult reads what Codex reports of a command: some lines about it, then
// "Output:" and what it printed. The report of apply_patch is wrapped in a second
// one, which tells no exit status.
func parseResult(report string) result {
	r := result{Output: report, Code: -1}
	for {
		head, output, ok := strings.Cut(r.Output, "Output:\n")
		if !ok {
			break
		}
		r.Output = output
		if m := exited.FindStringSubmatch(head); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				r.Code = n
			}
			return r
		}
	}
	r.Denied = strings.Contains(r.Output, "rejected by user") || strings.Contains(r.Output, "aborted by user")
	return r
}
