package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tailpty/tsapp/token"
)

func tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make, list and remove tokens",
		Long: `A token is the secret that every request carries beside the identity that
Tailscale gives it. Only its hash is stored. Give each device its own, so that
one can be removed; a server that runs sees the change at once.`,
	}
	c.AddCommand(tokenNew(), tokenList(), tokenRemove())
	return c
}

// tokensFile is the file that a token command works on: the flag's, or the
// configuration's even where the rest of that is not finished yet.
func tokensFile(flag string, from *settings) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	c, err := from.load()
	if c.TokensFile == "" {
		return "", errors.Join(errors.New("there is no tokens file: set tokens_file, or give --tokens-file"), err)
	}
	return c.TokensFile, nil
}

// addTokensFile gives a command the flags that lead to the tokens file.
func addTokensFile(c *cobra.Command) (path func() (string, error)) {
	from := &settings{command: c}
	var file string
	c.Flags().StringVar(&from.file, "config", "", "configuration `FILE`")
	c.Flags().StringVar(&file, "tokens-file", "", "tokens `FILE`, if not the configuration's")
	return func() (string, error) { return tokensFile(file, from) }
}

func tokenNew() *cobra.Command {
	var name, login, node string
	var anyLogin bool
	c := &cobra.Command{
		Use:   "new --name NAME (--login LOGIN | --any-login)",
		Short: "Make a token and print it once",
		Args:  cobra.NoArgs,
	}
	path := addTokensFile(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		switch {
		case name == "":
			return errors.New("a token needs a name to know it by: --name phone")
		case (login == "") == !anyLogin:
			return errors.New("say whose it is: --login you@example.com, or --any-login for whoever has a grant")
		case anyLogin:
			login = token.AnyLogin
		}
		file, err := path()
		if err != nil {
			return err
		}
		secret := token.Generate()
		if err := token.Add(file, token.Entry{Name: name, SHA256: token.HashOf(secret), Login: login, NodeID: node, Made: time.Now().UTC().Truncate(time.Second)}); err != nil {
			return err
		}
		fmt.Fprintf(c.ErrOrStderr(), "This is the only time the token is shown. Its hash is in %s.\n", file)
		_, err = fmt.Fprintln(c.OutOrStdout(), secret)
		return err
	}
	c.Flags().StringVar(&name, "name", "", "what to call it: the device it is for")
	c.Flags().StringVar(&login, "login", "", "the only `LOGIN` it is valid for")
	c.Flags().BoolVar(&anyLogin, "any-login", false, "valid for whoever has a grant")
	c.Flags().StringVar(&node, "node", "", "the stable `ID` of the only node it is valid on")
	return c
}

func tokenList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List tokens, without their secrets", Args: cobra.NoArgs}
	path := addTokensFile(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		file, err := path()
		if err != nil {
			return err
		}
		all, err := token.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if asJSON {
			if all == nil {
				all = []token.Entry{}
			}
			return json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"tokens": all})
		}
		if len(all) == 0 {
			fmt.Fprintln(c.ErrOrStderr(), "There is no token yet. `tailpty token new` makes one.")
			return nil
		}
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tLOGIN\tNODE\tMADE")
		for _, e := range all {
			login, node := e.Login, e.NodeID
			if login == token.AnyLogin {
				login = "any"
			}
			if node == "" {
				node = "any"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.Name, login, node, e.Made.Local().Format("2006-01-02 15:04"))
		}
		return w.Flush()
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func tokenRemove() *cobra.Command {
	c := &cobra.Command{Use: "remove NAME", Short: "Remove a token; what it had open is closed", Args: cobra.ExactArgs(1)}
	path := addTokensFile(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		file, err := path()
		if err != nil {
			return err
		}
		if err := token.Remove(file, args[0]); err != nil {
			return err
		}
		fmt.Fprintf(c.ErrOrStderr(), "Removed %s. A server that runs closes what it had open within 2 s.\n", args[0])
		return nil
	}
	return c
}
