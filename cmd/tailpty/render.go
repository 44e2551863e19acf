package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tailpty/term/screen/render"
)

// renderScrollback is how many lines `render` keeps above the screen, unless it
// is told otherwise.
const renderScrollback = 10_000

func renderCommand() *cobra.Command {
	var size, format string
	var at, resizes []string
	o := render.Options{}
	c := &cobra.Command{
		Use:   "render FILE",
		Short: "Show what recorded terminal output looks like",
		Long: `render runs a raw stream of terminal output, or an asciicast, through the
terminal emulator and prints what its screen shows: at the end, or at each point
that --at names, by byte offset (--at 4096) or in an asciicast by time (--at
12.5s). FILE may be - for standard input.

With --format json it prints one object a line for each point; with ansi, the
bytes that put a blank terminal into that state.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := renderOptions(&o, size, format, at, resizes); err != nil {
				return err
			}
			var in io.Reader = c.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			out := bufio.NewWriter(c.OutOrStdout())
			if err := render.Run(in, o, out); err != nil {
				return err
			}
			return out.Flush()
		},
	}
	c.Flags().StringVar(&size, "size", "", "the terminal's size as `COLSxROWS` (default the asciicast's, or 80x24)")
	c.Flags().StringArrayVar(&at, "at", nil, "show the screen at this `OFFSET` or time; may be given again")
	c.Flags().StringArrayVar(&resizes, "resize", nil, "resize at an offset, as `OFFSET=COLSxROWS`; may be given again")
	c.Flags().IntVar(&o.Scrollback, "scrollback", renderScrollback, "lines to keep above the screen")
	c.Flags().BoolVar(&o.CRLF, "crlf", false, "turn LF into CR LF")
	c.Flags().StringVar(&format, "format", "text", "text, ansi or json")
	return c
}

// renderOptions reads the flags into o.
func renderOptions(o *render.Options, size, format string, at, resizes []string) (err error) {
	if size != "" {
		if o.Cols, o.Rows, err = render.ParseSize(size); err != nil {
			return fmt.Errorf("--size: %w", err)
		}
	}
	if o.Format, err = render.ParseFormat(format); err != nil {
		return fmt.Errorf("--format: %w", err)
	}
	if o.Scrollback < 0 {
		return fmt.Errorf("--scrollback: %d lines; 0 or more", o.Scrollback)
	}
	for _, one := range at {
		p, err := render.ParsePoint(one)
		if err != nil {
			return fmt.Errorf("--at: %w", err)
		}
		o.At = append(o.At, p)
	}
	for _, one := range resizes {
		r, err := render.ParseResize(one)
		if err != nil {
			return fmt.Errorf("--resize: %w", err)
		}
		o.Resizes = append(o.Resizes, r)
	}
	return nil
}
