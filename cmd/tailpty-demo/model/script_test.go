package model_test

import (
	"strings"
	"testing"
	"time"
)

func TestThePromptDecidesWhatHappens(t *testing.T) {
	const escalated = "require_escalated"
	for _, tt := range []struct {
		prompt      string
		said        string // part of what is said
		cmd         string // part of what is run
		permissions string
	}{
		{"hi", "Try one of these", "", ""},
		{"Hello! What can you do?", "Try one of these", "", ""},
		{"explain this project", "see what is here", "ls", ""},
		{"What's in this folder?", "see what is here", "ls", ""},
		{"Please RUN the tests", "run them", "node --test", ""},
		{"fix the bug", "look at the code", "cat fairshare.js", ""},
		{"hello, can you fix the failing test?", "look at the code", "cat fairshare.js", ""},
		{"write a file notes.txt", "`notes.txt` needs your approval", ">> notes.txt", escalated},
		{"create todo.md, please.", "`todo.md`", ">> todo.md", escalated},
		{"write a file", "`approved.txt`", ">> approved.txt", escalated},
		{"ask me to approve something", "`approved.txt`", ">> approved.txt", escalated},
		{"write a file ../../etc/x.conf", "`approved.txt`", ">> approved.txt", escalated},
		{"write a file $(reboot).txt", "`approved.txt`", ">> approved.txt", escalated},
		{"give me a long answer", "100. line 100 of 100", "", ""},
		{"count to 12", "12. line 12 of 12", "", ""},
		{"thanks!", "You're welcome", "", ""},
		{"what is the weather?", "scripted model", "", ""},
		{"which of these is within reach", "scripted model", "", ""},
		{"привет", "--real-codex", "", ""},
	} {
		t.Run(tt.prompt, func(t *testing.T) {
			rep := ask(t, tt.prompt)
			if !strings.Contains(rep.said, tt.said) {
				t.Errorf("said %q", rep.said)
			}
			if (tt.cmd == "") != (rep.cmd.Cmd == "") || !strings.Contains(rep.cmd.Cmd, tt.cmd) {
				t.Errorf("ran %q", rep.cmd.Cmd)
			}
			if rep.cmd.Permissions != tt.permissions || (tt.permissions != "") != (rep.cmd.Justification != "") {
				t.Errorf("wants %q because %q", rep.cmd.Permissions, rep.cmd.Justification)
			}
		})
	}
}

func TestCommandsDecideHowItGoesOn(t *testing.T) {
	const (
		code    = "export function split(cents, people) {\n  return Array(people).fill(share);\n}\n"
		patched = "Wall time: 0.0 seconds\nOutput:\nExit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nM fairshare.js\n"
		stopped = "Wall time: 1.5 seconds\naborted by user"
	)
	for _, tt := range []struct {
		name, prompt string
		outputs      []string
		said, cmd    string
	}{
		{"the files, then the README", "explain", []string{ran("0", "a.js\nREADME.md\n")}, "", "cat README.md"},
		{"both are in the answer", "explain", []string{ran("0", "a.js\nREADME.md\n"), ran("0", "# a\n\nIt adds.\n\nMore.\n")}, "- `a.js`\n- `README.md`\n\nThe README says:\n\n> It adds.\n", ""},
		{"no README", "explain", []string{ran("0", "a.js\n"), ran("1", "No such file")}, "There is no README.md", ""},
		{"failing tests are named", "run the tests", []string{ran("1", "ok 1 - a\nnot ok 2 - the sum\n")}, "**1 failed**:\n\n- the sum", ""},
		{"passing tests", "run the tests", []string{ran("0", "ok 1 - a\n")}, "All tests pass.", ""},
		{"no Node", "run the tests", []string{ran("127", "bash: node: command not found")}, "not on this session's PATH", ""},
		{"the bug is there", "fix the bug", []string{ran("0", code)}, "I'll give it out", "apply_patch <<'EOF'\n*** Begin Patch"},
		{"the bug is not there", "fix the bug", []string{ran("0", "other code")}, "nothing for me to fix", ""},
		{"patched, so tested", "fix the bug", []string{ran("0", code), patched}, "Now the tests", "node --test"},
		{"not patched", "fix the bug", []string{ran("0", code), "apply_patch verification failed: no"}, "did not apply", ""},
		{"fixed", "fix the bug", []string{ran("0", code), patched, ran("0", "ok 1 - a")}, "**Fixed.**", ""},
		{"patched, but failing", "fix the bug", []string{ran("0", code), patched, ran("1", "not ok 1 - a")}, "exit status 1", ""},
		{"approved", "write a file x1.txt", []string{ran("0", "")}, "`x1.txt` is in your workspace", ""},
		{"approved, but failing", "write a file x1.txt", []string{ran("1", "read-only")}, "the command failed:\n\n```\nread-only\n", ""},
		{"denied", "write a file x1.txt", []string{"exec_command failed: rejected by user"}, "I did not write `x1.txt`", ""},
		{"stopped at a patch", "fix the bug", []string{ran("0", code), stopped}, "I leave the code as it is", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rep := ask(t, tt.prompt, tt.outputs...)
			if !strings.Contains(rep.said, tt.said) {
				t.Errorf("said %q", rep.said)
			}
			if (tt.cmd == "") != (rep.cmd.Cmd == "") || !strings.Contains(rep.cmd.Cmd, tt.cmd) {
				t.Errorf("ran %q", rep.cmd.Cmd)
			}
		})
	}
}

// The person says no with Esc, which ends the turn: the model hears of it with
// their next prompt only.
func TestANoIsHeardInTheNextTurn(t *testing.T) {
	for _, prompt := range []string{"no, thanks", "rather not"} {
		rep := post(t, time.Hour, nil, map[string]any{"input": []any{
			message("write a file x1.txt"),
			map[string]any{"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "c"},
			map[string]any{"type": "function_call_output", "call_id": "c", "output": "Wall time: 1.5 seconds\naborted by user"},
			message("<turn_aborted>\nThe user interrupted the previous turn on purpose.\n</turn_aborted>"),
			message(prompt),
		}})
		if !strings.Contains(rep.said, "All right, I left it alone") || rep.cmd.Cmd != "" {
			t.Errorf("to %q it said %q and ran %q", prompt, rep.said, rep.cmd.Cmd)
		}
	}
}
