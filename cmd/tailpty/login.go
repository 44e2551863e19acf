package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	xterm "golang.org/x/term"

	"tailpty/tsapp/token"
)

func loginCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "login HOST",
		Short: "Store the token for a host on this device",
		Long: `login asks for a token that was made on HOST with "tailpty token new", tries it,
and stores it where only you can read it: below tailpty/hosts in
$XDG_CONFIG_HOME or ~/.config. It is read from the terminal without showing it,
or from standard input where that is no terminal.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			address, err := hostAddress(c.Context(), strings.TrimSuffix(args[0], ":"))
			if err != nil {
				return err
			}
			secret, err := readToken(c.InOrStdin(), c.ErrOrStderr(), address)
			if err != nil {
				return err
			}
			if err := token.Check(secret); err != nil {
				return fmt.Errorf("that is no token: %w", err)
			}
			who, err := tryToken(c.Context(), newRemoteHost(args[0], address, secret))
			if err != nil {
				return err
			}
			file, err := storedToken(address)
			if err != nil {
				return err
			}
			if err := store(file, secret); err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "You are %s on %s. The token is in %s.\n", printable(who), address, file)
			return nil
		},
	}
}

// maxTokenInput is the most that is read as a token, in bytes.
const maxTokenInput = 4096

// readToken reads a token from a terminal, without echo, or from what is piped.
func readToken(in io.Reader, prompt io.Writer, address string) (string, error) {
	var b []byte
	var err error
	if f, ok := in.(*os.File); ok && xterm.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(prompt, "Token for %s: ", address)
		b, err = xterm.ReadPassword(int(f.Fd()))
		fmt.Fprintln(prompt)
	} else {
		b, err = io.ReadAll(io.LimitReader(in, maxTokenInput))
	}
	if err != nil {
		return "", fmt.Errorf("reading the token: %w", err)
	}
	secret := strings.TrimSpace(string(b))
	if secret == "" {
		return "", errors.New("no token was given: `tailpty token new` on the host makes one")
	}
	return secret, nil
}

// tryToken asks a host what the token is good for, and says who it takes us for.
func tryToken(ctx context.Context, h *remoteHost) (who string, err error) {
	var me struct {
		Login, Node string
		Token       bool
		Grants      []any
		Ask         string
	}
	if err := h.ask(ctx, "GET", "/me", nil, &me); err != nil {
		return "", err
	}
	who = me.Login
	if who == "" {
		who = me.Node
	}
	switch {
	case !me.Token:
		return "", errors.New("the host did not take the token, and does not say why")
	case len(me.Grants) == 0:
		return "", fmt.Errorf("the token is right, but the tailnet's policy grants %s nothing on this host. Ask whoever edits it for this, and run login again:\n%s", printable(who), me.Ask)
	}
	return who, nil
}

// store writes a secret where only we can read it.
func store(file, secret string) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".token-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has been renamed
	_, err = io.WriteString(f, secret+"\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
