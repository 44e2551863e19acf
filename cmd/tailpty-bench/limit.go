package main

import "context"

// limit is a bare PTY, read in this process: nothing that carries a terminal is
// faster.
type limit struct{}

func (limit) name() string { return limitRow }

// limitRow is the row that everything is compared with.
const limitRow = "limit"

func (limit) start(context.Context, string) (server, error) { return limitServer{}, nil }

type limitServer struct{}

func (limitServer) open(ctx context.Context, o openOptions) (terminal, error) {
	p, err := startProgram(o)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, p.kill)
	return p, nil
}

func (limitServer) pids() []int  { return nil }
func (limitServer) close() error { return nil }
