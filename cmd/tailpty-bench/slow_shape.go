package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"time"
)

// shapeCommand is the hidden command that is a slow link, for other tests: it says
// its address as JSON on standard output, and ends when its standard input does.
//
//	tailpty-bench shape --to 127.0.0.1:8080 --rate 1000000 --delay 100ms
const shapeCommand = "shape"

func init() {
	hidden[shapeCommand] = shape
	hidden[listerCommand] = lister
}

// shape is that command.
func shape(args []string) error {
	f := flag.NewFlagSet(shapeCommand, flag.ContinueOnError)
	listen := f.String("listen", "127.0.0.1:0", "listen on this TCP `address`")
	to := f.String("to", "", "relay to this TCP `address`, or the path of a Unix socket")
	rate := f.Int64("rate", lineRate, "`bits` a second, each way")
	delay := f.Duration("delay", lineDelay, "each way")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 || *to == "" {
		return errors.New("--to ADDRESS, and no arguments")
	}
	l, err := newLink(context.Background(), *listen, dialer(*to), linkOptions{rate: *rate, delay: *delay})
	if err != nil {
		return err
	}
	defer l.Close()
	if err := json.NewEncoder(os.Stdout).Encode(l.addr()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// The line of a phone where there is little of a network.
const (
	lineRate  = 1_000_000
	lineDelay = 100 * time.Millisecond
)
