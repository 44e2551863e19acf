package model

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
)

//go:embed answers/*.md
var answerFiles embed.FS

// answers is parsed at start: a template that does not parse must not be
// found by the person who asks for it.
var answers = template.Must(template.New("").Funcs(template.FuncMap{
	"failures":  failures,
	"names":     strings.Fields,
	"paragraph": paragraph,
	"tail":      tail,
	"numbers":   numbers,
}).ParseFS(answerFiles, "answers/*.md"))

// countTo is how far a count goes when nobody says.
const countTo = 100

// commandWait is how long Codex waits for a command, in milliseconds. It is the
// most that it takes.
const commandWait = 30_000

// facts is what an answer's template may use.
type facts struct {
	File    string   // the file the prompt speaks of
	Count   int      // how far to count
	Refused bool     // the person has just said no to a command
	Results []result // of the commands, in order
	Last    result   // the last of them
}

// answer is what the model says to a turn: the next step of the scene that its
// prompt asks for, or, after the last one or one that came to nothing, the scene's
// answer.
func (t turn) answer() (answer, error) {
	sc := sceneFor(t.prompt)
	switch t.purpose {
	case naming:
		return title(sc.title, t.object)
	case compacting:
		return answer{say: summary, fast: true}, nil
	}
	f := facts{
		File: fileIn(t.prompt), Count: countIn(t.prompt),
		Refused: t.refused, Results: t.results, Last: t.last(),
	}
	if st, ok := sc.next(t.results); ok {
		return st.act(f), nil
	}
	var b strings.Builder
	if err := answers.ExecuteTemplate(&b, sc.answer, f); err != nil {
		return answer{}, fmt.Errorf("model: telling %s: %w", sc.answer, err)
	}
	return answer{say: strings.TrimSpace(b.String())}, nil
}

// next is the step after those that have the results, if there is one.
func (sc scene) next(results []result) (step, bool) {
	n := len(results)
	if n >= len(sc.steps) {
		return step{}, false
	}
	if n > 0 {
		last := results[n-1]
		if last.Denied || !strings.Contains(last.Output, sc.steps[n-1].want) {
			return step{}, false
		}
	}
	return sc.steps[n], true
}

// title is the answer to the request for a thread's title, which Codex wants as
// an object.
func title(s string, object bool) (answer, error) {
	if object {
		b, err := json.Marshal(map[string]string{"title": s})
		if err != nil {
			return answer{}, fmt.Errorf("model: encoding a title: %w", err)
		}
		s = string(b)
	}
	return answer{say: s, fast: true}, nil
}

func (st step) act(f facts) answer {
	fill := func(s string) string { return strings.ReplaceAll(s, "{{.File}}", f.File) }
	c := &command{Cmd: fill(st.cmd), Wait: commandWait}
	if st.ask != "" {
		c.Permissions, c.Justification = "require_escalated", fill(st.ask)
	}
	return answer{say: fill(st.say), run: c}
}

func sceneFor(prompt string) scene {
	for _, sc := range script {
		if sc.asked.MatchString(prompt) {
			return sc
		}
	}
	return script[len(script)-1]
}

func fileIn(prompt string) string {
	if m := named.FindStringSubmatch(prompt); m != nil {
		return m[1]
	}
	return defaultFile
}
