package client

import "tailpty/term/wire"

// intake is the way of a session's output to its receiver: each byte once and in
// order, by its offset.
type intake struct {
	o          *Options
	known      bool   // at is set
	at         uint64 // offset after what the receiver has taken
	history    uint64 // below this offset all is history
	cols, rows int    // the session's size, of the last state
	exit       int
}

// frame takes an output or a snapshot.
func (in *intake) frame(f wire.Frame) error {
	if f.Kind == wire.Snapshot {
		if in.o.Reset != nil {
			in.o.Reset(in.cols, in.rows, f.Payload, f.Number)
		}
		in.known, in.at = true, f.Number
		return nil
	}
	end := f.Number + uint64(len(f.Payload))
	switch {
	case !in.known:
		in.known, in.at = true, f.Number
	case f.Number > in.at:
		return broken("output at %d follows %d", f.Number, in.at)
	}
	if end <= in.at {
		return nil
	}
	if in.o.Output != nil {
		in.o.Output(f.Payload[in.at-f.Number:], in.at, f.Number < in.history)
	}
	in.at = end
	return nil
}

// control takes a message that belongs into the order of output.
func (in *intake) control(m wire.Control) error {
	switch m.T {
	case wire.State:
		in.cols, in.rows = m.Cols, m.Rows
		if in.o.State != nil {
			in.o.State(m)
		}
	case wire.Replay:
		if m.To != nil {
			in.history = *m.To
		}
	case wire.Gap:
		if m.From == nil || m.To == nil {
			return broken("a gap without its ends")
		}
		in.known, in.at = true, *m.To
		if in.o.Gap != nil {
			in.o.Gap(*m.From, *m.To)
		}
	case wire.Refused:
		if in.o.NotTyped != nil {
			in.o.NotTyped(m.Error, m.Detail)
		}
	case wire.Exit:
		if m.Code != nil {
			in.exit = *m.Code
		}
		return errEnded
	}
	return nil
}
