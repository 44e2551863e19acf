package model

import (
	"net/http"
	"strings"
	"testing"
)

func TestOwnWordsAreNoPrompt(t *testing.T) {
	for text, own := range map[string]bool{
		"<environment_context>\n  <cwd>/x</cwd>\n</environment_context>": true,
		"<turn_aborted>\nThe user interrupted.\n</turn_aborted>\n":       true,
		"# AGENTS.md instructions for /x\n\nBe kind.":                    true,
		"fix the <b>bug</b>":                      false,
		"<div> is not closed in index.html":       false,
		"read AGENTS.md":                          false,
		"what does # AGENTS.md instructions mean": false,
	} {
		if got := isContext(text); got != own {
			t.Errorf("isContext(%q) is %v", text, got)
		}
	}
}

func TestAReportIsRead(t *testing.T) {
	for _, tt := range []struct {
		name, report, output string
		code                 int
		denied               bool
	}{
		{"a command", "Chunk ID: 1\nProcess exited with code 3\nOutput:\nhello\n", "hello\n", 3, false},
		{"a command that prints one", "Process exited with code 0\nOutput:\nOutput:\nProcess exited with code 9\n", "Output:\nProcess exited with code 9\n", 0, false},
		{"a patch", "Wall time: 0 seconds\nOutput:\nExit code: 0\nWall time: 0 seconds\nOutput:\nSuccess.", "Success.", 0, false},
		{"one that runs on", "Process running with session ID 1\nOutput:\nstill", "still", -1, false},
		{"one that was not run", "rejected by user", "rejected by user", -1, true},
		{"one that was stopped", "Wall time: 1 seconds\naborted by user", "Wall time: 1 seconds\naborted by user", -1, true},
		{"nothing", "", "", -1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := result{Output: tt.output, Code: tt.code, Denied: tt.denied}
			if got := parseResult(tt.report); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// Whatever is asked, there is an answer, and no command but those of the script
// with a plain file name in it.
func FuzzTurn(f *testing.F) {
	f.Add(`{"input":[{"role":"user","content":"write a file a.txt"}]}`)
	f.Add(`{"input":[{"type":"message","role":"user","content":[{"text":"fix the bug"}]},{"type":"function_call_output","output":"Output:\nArray(people).fill(share)"}]}`)
	f.Add(`{"input":[{"role":"user","content":"write a file $(x).y; z.txt"}],"text":{"format":{"type":"json_schema"}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		tn, err := readTurn(strings.NewReader(body), http.Header{})
		if err != nil {
			return
		}
		a, err := tn.answer()
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if a.say == "" && a.run == nil {
			t.Errorf("%q: nothing to say", body)
		}
		if a.run == nil || a.run.Permissions == "" {
			return
		}
		name, ok := strings.CutPrefix(a.run.Cmd, "echo 'Written by the demo, with your approval.' >> ")
		if !ok || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != "" || name[0] == '-' || name[0] == '.' {
			t.Errorf("%q runs %q", body, a.run.Cmd)
		}
	})
}
