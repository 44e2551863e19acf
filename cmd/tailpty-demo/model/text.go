package model

import (
	"regexp"
	"strconv"
	"strings"
)

var number = regexp.MustCompile(`\b\d{1,3}\b`)

// countIn is the number in a prompt, or countTo.
func countIn(prompt string) int {
	n, err := strconv.Atoi(number.FindString(prompt))
	if err != nil || n == 0 {
		return countTo
	}
	return n
}

// numbers is 1 to n.
func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// paragraph is the first paragraph of a Markdown text that is not a heading.
func paragraph(s string) string {
	for p := range strings.SplitSeq(s, "\n\n") {
		p = strings.TrimSpace(p)
		if p != "" && !strings.HasPrefix(p, "#") {
			return p
		}
	}
	return ""
}

// tail is the last n lines of a text that have something in them.
func tail(n int, s string) string {
	var lines []string
	for l := range strings.Lines(s) {
		if l = strings.TrimRight(l, " \r\n"); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// failures are the names of the tests that failed, in a report of the form
// "not ok 2 - name".
func failures(report string) []string {
	var names []string
	for l := range strings.Lines(report) {
		if _, name, ok := strings.Cut(l, " - "); ok && strings.HasPrefix(l, "not ok ") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}
