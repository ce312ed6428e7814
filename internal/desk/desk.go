// Package desk is the organizers' side: the commands of functions/local, and the local server with its outbox.
//
// It is never deployed, so it may link what no function may: SQLite, the command line, the phone-number library. Together
// with stack and the mains it is the only place that reads the environment or ends a process.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Exit statuses: what the shell sees.
const (
	ok     = 0
	failed = 1 // it could not be done
	misuse = 2 // the command line or a file says something that cannot be
)

// Env is what the commands need of the world.
type Env struct {
	Stdin          io.Reader // nil: nothing
	Stdout, Stderr io.Writer
	Files          fs.FS // campaigns/ and directory/
	Now            func() time.Time
}

// commands is the command line. Each command's Run takes what Main binds.
type commands struct {
	Serve       serveCommand       `cmd:"" default:"withargs" help:"Serve the form, the API and the captured mail on this machine (the default)."`
	Check       checkCommand       `cmd:"" help:"Check the campaign and directory files that this program was built with (go run builds it anew); print for each country who gets a signer's letter."`
	Preview     previewCommand     `cmd:"" help:"Print the letter that a signer's target would get."`
	Tally       tallyCommand       `cmd:"" help:"Print the exact counts of a campaign."`
	Partners    partnersCommand    `cmd:"" help:"Print what each partner brought, its link to its own counts, and the lines it pastes into its site."`
	Links       linksCommand       `cmd:"" help:"Make personal links for a mailing list: supporters as CSV on standard input, their links on standard output."`
	Subscribers subscribersCommand `cmd:"" help:"Hand over the signers who asked to be kept informed by a partner."`
	Pause       pauseCommand       `cmd:"" help:"Stop the letters of a campaign, or of one of its targets; what waits stays. Mail to signers goes on. With --channel: send a target's letters by its next channel."`
	Resume      resumeCommand      `cmd:"" help:"Let them go on: take back a campaign's pause, or what stops one of its targets, also because it gave letters back."`
	Deliver     deliverCommand     `cmd:"" help:"Send what waits. The local server does so by itself; this does it without it, or for a deployment through another mail server."`
	Resend      resendCommand      `cmd:"" help:"Send again letters that may have been sent, once no event can tell any more."`
	Retry       retryCommand       `cmd:"" help:"Send again letters that surely did not arrive."`
	Adopt       adoptCommand       `cmd:"" help:"Take a ledger into use that was restored, or whose secret was changed; without --yes it says what that does."`
	Directory   directoryCommand   `cmd:"" help:"Look after the directories of missions."`
	Coverage    coverageCommand    `cmd:"" help:"Print for each country who gets a signer's letter and how, and which addresses are missing; as a table for spreadsheets and as a map too."`
}

// data is where this machine keeps its ledger, its secret and its captured mail.
type data struct {
	Data string `default:".local" type:"path" help:"Folder for ledger, secret and captured mail." placeholder:"DIR"`
}

// errMisuse marks an error of whoever typed the command: exit status 2.
var errMisuse = errors.New("misuse")

// misused is an error that reads as its text alone and is errMisuse.
func misused(format string, args ...any) error {
	return misuseError{fmt.Errorf(format, args...)}
}

type misuseError struct{ error }

func (misuseError) Is(target error) bool { return target == errMisuse }
func (m misuseError) Unwrap() error      { return m.error }

// output remembers that something could not be written: no command looks after each of its lines.
type output struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// Main runs one command line and answers the exit status: [failed] too where not all that was printed could be written. It ends early when
// ctx is done.
func Main(ctx context.Context, env Env, args []string) int {
	out := &output{Writer: env.Stdout}
	env.Stdout = out
	var line commands
	helped := false
	parser, err := kong.New(&line,
		kong.Name("local"),
		kong.Description("One-click e-mail protests on one machine, and the organizers' desk."),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(int) { helped = true }),
		kong.UsageOnError(),
		kong.Vars{"formats": formatNames},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env),
	)
	if err != nil {
		return env.fail(err)
	}
	command, err := parser.Parse(args)
	if helped { // --help has been printed
		return ok
	}
	if err != nil {
		return env.fail(misused("%w; --help shows what there is", err))
	}
	if err := command.Run(); err != nil {
		return env.fail(err)
	}
	if out.err != nil {
		return env.fail(out.err)
	}
	return ok
}

// fail prints an error and answers its exit status.
func (e Env) fail(err error) int {
	var noTable *types.ResourceNotFoundException
	if errors.As(err, &noTable) {
		err = misused("DynamoDB has no such table in this account and region: see --ledger, --private, and the AWS settings of your shell")
	}
	_, _ = fmt.Fprintln(e.Stderr, "local:", once(err.Error()))
	if errors.Is(err, errMisuse) {
		return misuse
	}
	return failed
}

// once leaves out lines that say the same again: a ledger that is read in parts fails in each of them.
func once(text string) string {
	request := regexp.MustCompile(`RequestID: [^,]*, `)
	var lines, said []string
	for line := range strings.SplitSeq(text, "\n") {
		bare := request.ReplaceAllString(line, "")
		if !slices.ContainsFunc(said, func(before string) bool { return strings.HasSuffix(before, bare) }) {
			lines, said = append(lines, line), append(said, bare)
		}
	}
	return strings.Join(lines, "\n")
}
