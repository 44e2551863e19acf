// Package model is the demo's stand-in for a language model: a small, scripted
// implementation of the Responses API on loopback, which the real Codex CLI
// talks to as it would to a real one. It needs no account and no network.
//
// It answers what it is asked, by keywords, and always in the same way: it
// reads the files of the workspace, runs its tests, repairs the sample's bug,
// and asks for an approval before it writes a file. What it says is in
// script.go and answers/, how it is said is in stream.go; [WriteHome] makes the
// Codex home that points at it, [FindCodex] finds the program and [WriteSample]
// makes a workspace that it knows its way around in.
//
// It understands nothing, and says so when it is asked for more.
package model
