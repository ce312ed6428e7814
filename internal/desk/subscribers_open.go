package desk

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"one-click-protest/internal/action"
	"one-click-protest/internal/seal"
)

// subscribersOpen is a partner's: it needs no ledger and no campaign.
type subscribersOpen struct {
	Key string `required:"" type:"path" help:"File with the private key." placeholder:"KEYFILE"`
}

// subscriberColumns are the columns of the table.
func subscriberColumns() []string {
	return []string{"name", "email", "country", "language", "proof", "day", "campaign", "consent"}
}

// Run opens every line that opens, and says which do not.
func (c *subscribersOpen) Run(ctx context.Context, env Env) error {
	private, err := readPrivateKey(c.Key)
	if err != nil {
		return err
	}
	if env.Stdin == nil || isTerminal(env.Stdin) {
		return misused("open reads the exported file from its input: subscribers open --key KEYFILE < FILE > people.csv")
	}
	out := csv.NewWriter(env.Stdout)
	if err := out.Write(subscriberColumns()); err != nil {
		return err
	}
	opened, shut, err := openLines(ctx, env, private, out)
	out.Flush()
	if err = errors.Join(err, out.Error()); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if shut > 0 {
		return fmt.Errorf("%s opened, %d did not: they are damaged, or sealed to another key than this private one", counted(opened, "line"), shut)
	}
	_, err = fmt.Fprintf(env.Stderr, "%s opened.\n", counted(opened, "subscriber"))
	return err
}

func readPrivateKey(path string) (seal.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return seal.PrivateKey{}, misused("--key: there is no %s", path)
	}
	if err != nil {
		return seal.PrivateKey{}, fmt.Errorf("--key: %w", err)
	}
	private, err := seal.ParsePrivateKey(strings.TrimPrefix(strings.TrimSpace(string(text)), privateMark)) // other tools write no mark
	if err != nil {
		return seal.PrivateKey{}, misused("--key %s: %w", path, err)
	}
	return private, nil
}

func openLines(ctx context.Context, env Env, private seal.PrivateKey, out *csv.Writer) (opened, shut int, err error) {
	in := bufio.NewReader(env.Stdin)
	for n := 1; ctx.Err() == nil; n++ {
		line, readErr := in.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			cells, err := openSubscriber(private, line)
			if err != nil {
				shut++
				_, _ = fmt.Fprintf(env.Stderr, "line %d does not open\n", n)
			} else if opened++; out.Write(cells) != nil {
				return opened, shut, out.Error()
			}
		}
		if readErr == io.EOF {
			return opened, shut, nil
		}
		if readErr != nil {
			return opened, shut, readErr
		}
	}
	return opened, shut, ctx.Err()
}

// openSubscriber answers a sealed subscriber's cells. What stands in them a stranger typed: none may run in a spreadsheet.
func openSubscriber(private seal.PrivateKey, line string) ([]string, error) {
	sealed, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return nil, err
	}
	plain, err := private.Open(sealed)
	if err != nil {
		return nil, err
	}
	var p action.Subscribed
	if err := json.Unmarshal(plain, &p); err != nil {
		return nil, err
	}
	cells := []string{p.Name, p.Email, p.Country, p.Language, string(p.Proof), p.Day, p.Campaign, p.Consent}
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return cells, nil
}
