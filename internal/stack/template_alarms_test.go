package stack_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// alarmsSection is what the README says of alarms.
func alarmsSection(t *testing.T) string {
	t.Helper()
	_, section, _ := strings.Cut(readme(t), "\n### Alarms\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// explained are the README's alarms, each with its line.
func explained(t *testing.T) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|.*$").FindAllStringSubmatch(alarmsSection(t), -1) {
		lines[m[1]] = m[0]
	}
	return lines
}

// alarm is when one is raised.
type alarm struct {
	Metric  string        // with its namespace where that is not ours
	When    string        // statistic, comparison and threshold
	Period  time.Duration // of the statistic
	Periods int           // in a row
}

// above is an alarm on a metric of ours that should be none, after a quarter of an hour.
func above(metric string) alarm { return alarm{metric, "Maximum > 0", 5 * time.Minute, 3} }

// alarms are those there must be. The functions' own tests hold that they write these metrics.
var alarms = map[string]alarm{
	"NotTicking":      {"Ticks", "Sum < 1", 5 * time.Minute, 2},
	"NotAdopted":      {"NotAdopted", "Maximum > 0", 5 * time.Minute, 1},
	"SendingHalted":   {"Halted", "Maximum > 0", 5 * time.Minute, 2},
	"OldestLetter":    {"OldestSeconds", "Maximum > OldestLetterSeconds", 5 * time.Minute, 3},
	"UnknownLetters":  above("Unknown"),
	"HeldLetters":     above("Held"),
	"WaylessLetters":  above("Wayless"),
	"BrokenQueues":    above("Broken"),
	"RejectedLetters": {"Failed", "Sum > 10", time.Hour, 1},
	"StoppedLetters":  {"Stopped", "Maximum > 0", time.Hour, 6},
	"DeadEvents":      {"AWS/SQS ApproximateNumberOfMessagesVisible of DeadLetters.QueueName", "Maximum > 0", 5 * time.Minute, 1},
	"LateEvents":      {"AWS/SQS ApproximateAgeOfOldestMessage of EventQueue.QueueName", "Maximum > 900", 5 * time.Minute, 1},
	"BounceRate":      {"AWS/SES Reputation.BounceRate", "Maximum >= 0.03", 15 * time.Minute, 1},
	"ComplaintRate":   {"AWS/SES Reputation.ComplaintRate", "Maximum >= 0.001", 15 * time.Minute, 1},
}

// Every alarm tells the organizers, says what it means, and has a line in the README on what to do.
func TestTemplateAlarms(t *testing.T) {
	described := map[string]alarm{}
	for name, r := range resources(t, "AWS::CloudWatch::Alarm") {
		p := at(t, r, "Properties").(tree)
		described[name] = readAlarm(t, p)
		if diff := cmp.Diff([]any{tree{"Ref": "Alerts"}}, p["AlarmActions"]); diff != "" || p["AlarmDescription"] == nil {
			t.Errorf("%s tells nobody, or nothing:\n%s", name, diff)
		}
		if missing := p["TreatMissingData"]; (missing == "breaching") != (name == "NotTicking") {
			t.Errorf("%s: no number is %v", name, missing)
		}
	}
	if diff := cmp.Diff(alarms, described); diff != "" {
		t.Errorf("alarms (-want +template.yaml):\n%s", diff)
	}
	lines := explained(t)
	for name := range described {
		if lines[name] == "" {
			t.Errorf("README.md does not explain %s", name)
		}
	}
	if len(lines) != len(described) {
		t.Errorf("README.md explains %d alarms, there are %d", len(lines), len(described))
	}
}

func readAlarm(t *testing.T, p tree) alarm {
	t.Helper()
	signs := map[string]string{
		"LessThanThreshold": "<", "GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">=",
	}
	threshold := p["Threshold"]
	if of, ok := threshold.(tree); ok {
		threshold = of["Ref"]
	}
	return alarm{
		Metric:  metricOf(t, p),
		When:    fmt.Sprint(p["Statistic"], " ", signs[at(t, p, "ComparisonOperator").(string)], " ", threshold),
		Period:  time.Duration(number(t, p, "Period")) * time.Second,
		Periods: number(t, p, "EvaluationPeriods"),
	}
}

// metricOf fails for a metric of ours that would be another stack's.
func metricOf(t *testing.T, p tree) string {
	t.Helper()
	name := at(t, p, "MetricName").(string)
	dimensions, _ := p["Dimensions"].([]any)
	switch space := at(t, p, "Namespace").(string); {
	case space == "OneClickProtest":
		if diff := cmp.Diff([]any{tree{"Name": "Stack", "Value": tree{"Ref": "AWS::StackName"}}}, dimensions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		return name
	case dimensions == nil:
		return space + " " + name
	default:
		return fmt.Sprintf("%s %s of %v", space, name, at(t, dimensions[0], "Value", "GetAtt"))
	}
}

// A tick that finds the lease of another one is none, so overlapping ticks must leave enough others: every second one counts. Where all die on
// their way, no other alarm tells.
func TestTemplateOverlapIsNoAlarm(t *testing.T) {
	a := readAlarm(t, properties(t, "AWS::CloudWatch::Alarm", "NotTicking"))
	if a.When != "Sum < 1" || a.Period < 2*2*time.Minute {
		t.Errorf("%s in %s: two ticks that have the lease come within four minutes", a.When, a.Period)
	}
}

// What is said of a limit is what the alarm does at it.
func TestTemplateAlarmsSayTheirLimit(t *testing.T) {
	lines := explained(t)
	for name, says := range map[string]string{
		"BounceRate": "3 % of the account's mail bounces, or more", "ComplaintRate": "one mail in a thousand is called spam, or more",
		"RejectedLetters": "more than ten letters within an hour", "StoppedLetters": "six hours", "NotTicking": "ten minutes",
	} {
		description := at(t, properties(t, "AWS::CloudWatch::Alarm", name), "AlarmDescription").(string)
		for _, text := range []string{lines[name], description} {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(says)) {
				t.Errorf("%s: %q does not say %q", name, text, says)
			}
		}
		if orMore := strings.HasPrefix(alarms[name].When, "Maximum >="); orMore != strings.HasSuffix(says, "or more") {
			t.Errorf("%s: %s, but %q", name, alarms[name].When, says)
		}
	}
}

// needs is which flags each of the organizers' commands takes for a deployment.
var needs = map[string][]string{
	"tally":  {"--ledger dynamo:TABLE"},
	"pause":  {"--ledger dynamo:TABLE"},
	"resume": {"--ledger dynamo:TABLE"},
	"retry":  {"--ledger dynamo:TABLE", "--private TABLE"},
	"resend": {"--ledger dynamo:TABLE", "--private TABLE", "--dlq URL", "--events URL"},
	"adopt":  {"--ledger dynamo:TABLE", "--secret ARN"},
	"check":  nil, // reads files only
}

// An alarm is of a deployment, so the command against it must be of that too, not of this machine's ledger.
func TestAlarmsNameWholeCommands(t *testing.T) {
	named := regexp.MustCompile("`go run ./functions/local ([^`]*)`").FindAllStringSubmatch(alarmsSection(t), -1)
	if len(named) < 8 {
		t.Errorf("only %d commands found", len(named))
	}
	for _, m := range named {
		command, _, _ := strings.Cut(m[1], " ")
		flags, known := needs[command]
		for _, flag := range flags {
			known = known && strings.Contains(m[1]+" ", " "+flag+" ")
		}
		if !known {
			t.Errorf("%q, want flags %v", m[1], flags)
		}
	}
}

// An alarm on one metric costs $0.10 a month (CloudWatch's price list).
func TestReadmeCostOfAlarms(t *testing.T) {
	words := []string{"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"}
	said := regexp.MustCompile(`(\w+) alarms \$([\d.]+)`).FindStringSubmatch(readme(t))
	if said == nil {
		t.Fatal("README.md does not say what the alarms cost")
	}
	n := len(resources(t, "AWS::CloudWatch::Alarm"))
	dollars, err := strconv.ParseFloat(said[2], 64)
	if slices.Index(words, said[1]) != n-10 || err != nil || int(dollars*100+0.5) != 10*n {
		t.Errorf("README.md says %q of %d alarms", said[0], n)
	}
}

// While no concurrency is reserved a crowd on the form can take all there is, and organizers must know what tells of it.
func TestReadmeTellsOfStarving(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| Lambda concurrency \|.*$`).FindString(readme(t))
	for name, f := range resources(t, "AWS::Serverless::Function") {
		if reserved := f["Properties"].(tree)["ReservedConcurrentExecutions"]; reserved != nil {
			t.Errorf("%s has %v of the account's concurrency; the README says that none has any", name, reserved)
		}
	}
	for _, name := range []string{"`deliver`", "`feedback`", "`NotTicking`"} {
		if !strings.Contains(row, name) {
			t.Errorf("README.md does not name %s in %q", name, row)
		}
	}
}

// DynamoDB deletes what has expired "within a few days of their expiration" (DynamoDB developer guide, "Using time to live"): no row of the
// private table may promise more.
func TestReadmeOnExpiry(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| private table \|.*$`).FindAllString(readme(t), -1)
	if len(rows) != 3 {
		t.Errorf("%d rows on the private table", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(row, "within a few days after") || strings.Contains(row, "at most") || strings.Contains(row, "at the latest") {
			t.Errorf("not what DynamoDB does: %s", row)
		}
	}
}
