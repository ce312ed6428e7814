package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/sqlite"
	"one-click-protest/internal/seal"
)

// ledgerFile is the ledger's name in the data folder.
const ledgerFile = "ledger.db"

// ledgerPlace is whose ledger a command works on: this machine's, or a deployment's.
type ledgerPlace struct {
	data
	Ledger string `help:"A deployment's ledger instead of this machine's, as dynamo:TABLE, with the AWS settings of your shell." placeholder:"dynamo:TABLE"`
}

// withPrivate is for commands that need what letters are composed from.
type withPrivate struct {
	Private string `help:"With --ledger: the deployment's private table." placeholder:"TABLE"`
}

// withSecret is for commands that need the keys.
type withSecret struct {
	Secret string `help:"With --ledger: the deployment's secret, by its ARN in Secrets Manager or as a file that holds its text." placeholder:"ARN"`
}

// flag is a flag's name and value, as misuse names it.
type flag struct{ name, value string }

func (p withPrivate) flag() flag { return flag{"--private", p.Private} }
func (s withSecret) flag() flag  { return flag{"--secret", s.Secret} }

// remote says whether the ledger is a deployment's.
func (p ledgerPlace) remote() bool { return p.Ledger != "" }

// whose says in a sentence whose ledger it is, so that nobody steers another one than meant.
func (p ledgerPlace) whose() string {
	if p.remote() {
		return p.Ledger
	}
	return "this machine (" + p.Data + ")"
}

// check refuses a place that is none, a deployment without the flags that the command needs of one, and this machine's ledger with
// them.
func (p ledgerPlace) check(needed ...flag) error {
	if table, ok := strings.CutPrefix(p.Ledger, "dynamo:"); p.remote() && (!ok || table == "") {
		return misused("--ledger %s: expected dynamo:TABLE", p.Ledger)
	}
	var missing, idle []string
	for _, f := range needed {
		switch {
		case p.remote() && f.value == "":
			missing = append(missing, f.name)
		case !p.remote() && f.value != "":
			idle = append(idle, f.name)
		}
	}
	switch {
	case len(missing) > 0:
		return misused("--ledger %s needs %s too", p.Ledger, strings.Join(missing, ", "))
	case len(idle) > 0:
		return misused("%s: only with --ledger dynamo:TABLE", strings.Join(idle, ", "))
	}
	return nil
}

// tallied opens the ledger and answers a campaign's counts with it.
func (p ledgerPlace) tallied(ctx context.Context, private string, of *campaign.Campaign) (l ledger.Ledger, t ledger.Tally, closed func(), err error) {
	if l, closed, err = p.open(ctx, private); err != nil {
		return nil, t, nil, err
	}
	if t, err = l.Tally(ctx, of.Scope()); err != nil {
		closed()
		return nil, t, nil, fmt.Errorf("tally: %w", err)
	}
	return l, t, closed, nil
}

// open answers the ledger, and how to give it back. private may be empty for a command that needs no private table.
func (p ledgerPlace) open(ctx context.Context, private string) (l ledger.Ledger, closed func(), err error) {
	if err := p.check(); err != nil {
		return nil, nil, err
	}
	if p.remote() {
		settings, err := awsSettings(ctx)
		if err != nil {
			return nil, nil, err
		}
		return dynamo.New(dynamodb.NewFromConfig(settings), strings.TrimPrefix(p.Ledger, "dynamo:"), private), func() {}, nil
	}
	if _, err := os.Stat(filepath.Join(p.Data, ledgerFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, misused("no ledger in %s; serve makes one", p.Data)
	}
	file, err := openLedger(p.Data)
	if err != nil {
		return nil, nil, err
	}
	return file, func() { _ = file.Close() }, nil
}

// keys answers the keys that the ledger's records are sealed with.
func (p ledgerPlace) keys(ctx context.Context, secret string) (seal.Keys, error) {
	if p.remote() {
		return deploymentKeys(ctx, secret)
	}
	keys, err := readKeys(p.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, misused("no secret in %s; serve draws one", p.Data)
	}
	return keys, err
}

func openLedger(folder string) (*sqlite.Ledger, error) {
	l, err := sqlite.Open(filepath.Join(folder, ledgerFile))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return l, nil
}

// awsSettings are those of the shell: environment, files, single sign-on.
func awsSettings(ctx context.Context) (aws.Config, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS settings: %w", err)
	}
	return settings, nil
}
