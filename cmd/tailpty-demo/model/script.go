package model

import (
	"regexp"
	"strings"
)

// A scene is what the model does when a prompt asks for one kind of thing: some
// commands, one after the other, and then an answer.
type scene struct {
	title  string         // what Codex calls a thread that begins with it
	asked  *regexp.Regexp // matches the prompts it is for
	steps  []step
	answer string // the template in answers/, told when all commands have run
}

// A step says one sentence and runs one command. Both may use {{.File}}.
type step struct {
	say string
	cmd string
	ask string // when set, Codex asks the person first, with this question
	// want is what the command has to print for the next step to make sense;
	// without it the answer follows.
	want string
}

// script is in the order in which the scenes are tried; the last one takes what
// no other wanted.
var script = []scene{
	{
		title:  "Fix the bug",
		asked:  phrases(`fix`, `repair`, `patch`, `solve`),
		answer: "fix.md",
		steps: []step{
			{say: "I'll look at the code first.", cmd: "cat fairshare.js", want: "Array(people).fill(share)"},
			{say: "The remainder of the division is thrown away. I'll give it out, one cent at a time.", cmd: patch, want: "Success"},
			{say: "Now the tests.", cmd: runTests},
		},
	},
	{
		title:  "Write a file",
		asked:  phrases(`(?:write|create|make|save|add)\b.*\b(?:file|`+fileName+`)`, `approv\w*`, `permission`),
		answer: "write.md",
		steps: []step{{
			say: "Writing `{{.File}}` needs your approval.",
			cmd: "echo 'Written by the demo, with your approval.' >> {{.File}}",
			ask: "May I write {{.File}} in your workspace?",
		}},
	},
	{
		title:  "Give a long answer",
		asked:  phrases(`long`, `count`),
		answer: "long.md",
	},
	{
		title:  "Run the tests",
		asked:  phrases(`tests?`),
		answer: "test.md",
		steps:  []step{{say: "I'll run them.", cmd: runTests}},
	},
	{
		title:  "Explain the project",
		asked:  phrases(`explain`, `describe`, `summar\w*`, `overview`, `read`, `what(?: is|'s|s) (?:in )?(?:this|here)`, `what(?: is|'s|s) in the`, `bugs?`, `project`),
		answer: "explain.md",
		steps: []step{
			{say: "Let me see what is here.", cmd: "ls"},
			{cmd: "cat README.md"},
		},
	},
	{
		title:  "Say hello",
		asked:  phrases(`hi`, `hello`, `hey`, `help`, `good (?:morning|day|evening)`, `who are you`, `what are you`, `what can you do`, `what do you do`),
		answer: "hello.md",
	},
	{
		title:  "Say thanks",
		asked:  phrases(`thanks?`, `thank you`, `cool`, `great`, `nice`),
		answer: "thanks.md",
	},
	{
		title:  "Ask a real model",
		asked:  regexp.MustCompile(``),
		answer: "other.md",
	},
}

// runTests names the form of the report, because Node's choice of it has changed
// over time. It is not "node --test": that reads the results of each file from a
// process of its own, over a socket that Codex's sandbox does not allow.
const runTests = "node --test-reporter=tap fairshare.test.js"

// summary is what Codex goes on from when it compacts a conversation.
const summary = "The person tries out the demo. Its scripted model looks at the last prompt only, so nothing needs to be kept."

// patch repairs the sample's bug. Codex applies it itself: apply_patch is no
// program on the machine.
const patch = `apply_patch <<'EOF'
*** Begin Patch
*** Update File: fairshare.js
@@
 export function split(cents, people) {
   const share = Math.floor(cents / people);
-  return Array(people).fill(share);
+  const left = cents % people;
+  return Array.from({ length: people }, (_, i) => (i < left ? share + 1 : share));
 }
*** End Patch
EOF`

// fileName is a plain name with an extension. It is all a prompt can put into a
// command line, and means nothing to a shell.
const fileName = `\w[\w-]{1,60}\.[A-Za-z]\w{0,7}`

// named finds the file that a prompt speaks of.
var named = regexp.MustCompile(`(?:^|[^\w./-])(` + fileName + `)(?:$|[^\w/-])`)

// defaultFile is written when a prompt names none.
const defaultFile = "approved.txt"

// phrases matches a prompt that has one of the expressions as whole words.
func phrases(exprs ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?is)\b(?:` + strings.Join(exprs, "|") + `)\b`)
}
