package main

import (
	"slices"
	"strings"
	"testing"
)

func TestWorkspaceName(t *testing.T) {
	for dir, want := range map[string]string{
		"/home/me/src/web": "web", "/x/Web App": "Web-App", "/x/.dotfiles": "dotfiles", "/x/ünï": "n-", "/": "workspace",
		"/x/" + strings.Repeat("a", 70): strings.Repeat("a", 64),
	} {
		if got := workspaceName(dir); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}

func TestBelow(t *testing.T) {
	parents := map[int]int{1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 30: 31, 31: 30}
	got := below(10, parents)
	slices.Sort(got)
	if !slices.Equal(got, []int{11, 12}) {
		t.Errorf("below 10: %v", got)
	}
}

func TestServeEnvKeepsOthersOut(t *testing.T) {
	got := serveEnv([]string{"HOME=/h", "TAILPTY_TOKEN=x", "TS_AUTHKEY=y", "SSL_CERT_FILE=z"}, []string{"SSL_CERT_FILE=ours"})
	if !slices.Equal(got, []string{"HOME=/h", "SSL_CERT_FILE=ours"}) {
		t.Errorf("%q", got)
	}
}
