package stack_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func properties(t *testing.T, kind, name string) tree {
	t.Helper()
	return at(t, resources(t, kind)[name], "Properties").(tree)
}

// A tick that failed is not repeated, by whomever: the next one comes within the minute.
func TestTemplateTicksAreNotRepeated(t *testing.T) {
	schedule := properties(t, "AWS::Scheduler::Schedule", "DeliverSchedule")
	want := tree{"MaximumRetryAttempts": "0", "MaximumEventAgeInSeconds": "60"}
	if diff := cmp.Diff(want, at(t, schedule, "Target", "RetryPolicy")); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, at(t, properties(t, "AWS::Serverless::Function", "Deliver"), "EventInvokeConfig")); diff != "" {
		t.Errorf("function (-want +got):\n%s", diff)
	}
	if got := at(t, schedule, "ScheduleExpression"); got != "rate(1 minute)" {
		t.Errorf("ticks come at %v", got)
	}
	if got := number(t, properties(t, "AWS::Serverless::Function", "Deliver"), "Timeout"); got != 60 {
		t.Errorf("deliver has %d s; package outbox counts on 60", got)
	}
}

// Queues keep copies of names and addresses: encrypted, for a day, and for four what could not be read.
func TestTemplateQueues(t *testing.T) {
	queue, dead := properties(t, "AWS::SQS::Queue", "EventQueue"), properties(t, "AWS::SQS::Queue", "DeadLetters")
	const day = 24 * 60 * 60
	for name, q := range map[string]struct {
		tree
		keeps int
	}{"EventQueue": {queue, day}, "DeadLetters": {dead, 4 * day}} {
		if q.tree["SqsManagedSseEnabled"] != "true" || number(t, q.tree, "MessageRetentionPeriod") != q.keeps {
			t.Errorf("%s: %v", name, q.tree)
		}
	}
	function := properties(t, "AWS::Serverless::Function", "Feedback")
	source := at(t, function, "Events", "MailEvents", "Properties")
	timeout, window := number(t, function, "Timeout"), number(t, source, "MaximumBatchingWindowInSeconds")
	if hidden := number(t, queue, "VisibilityTimeout"); hidden < 6*timeout+window || timeout > 30 {
		t.Errorf("a message is hidden for %d s, the function has %d", hidden, timeout)
	}
	if got := at(t, queue, "RedrivePolicy", "deadLetterTargetArn", "GetAtt"); got != "DeadLetters.Arn" {
		t.Errorf("what cannot be taken goes to %v", got)
	}
	if number(t, source, "ScalingConfig", "MaximumConcurrency") != 2 {
		t.Error("a new account has a concurrency of ten: feedback must not take more than two")
	}
	if diff := cmp.Diff([]any{"ReportBatchItemFailures"}, at(t, source, "FunctionResponseTypes")); diff != "" {
		t.Errorf("one message's failure repeats the batch (-want +got):\n%s", diff)
	}
}

// Every event that moves a delivery comes, of both sets, by SES of this account alone, and unwrapped.
func TestTemplateEvents(t *testing.T) {
	want := []any{"send", "delivery", "deliveryDelay", "bounce", "complaint", "reject"}
	sets := map[string]bool{}
	for name, r := range resources(t, "AWS::SES::ConfigurationSetEventDestination") {
		sets[at(t, r, "Properties", "ConfigurationSetName", "Ref").(string)] = true
		d := at(t, r, "Properties", "EventDestination")
		if diff := cmp.Diff(want, at(t, d, "MatchingEventTypes")); diff != "" || at(t, d, "SnsDestination", "TopicARN", "Ref") != "EventTopic" || at(t, d, "Enabled") != "true" {
			t.Errorf("%s: %v (-want +got):\n%s", name, d, diff)
		}
		if r["DependsOn"] != "EventTopicPolicy" {
			t.Errorf("%s: SES refuses a topic that it may not write to yet", name)
		}
	}
	if diff := cmp.Diff(map[string]bool{"LettersSet": true, "SignersSet": true}, sets); diff != "" {
		t.Errorf("sets (-want +got):\n%s", diff)
	}
	allowed := at(t, properties(t, "AWS::SNS::TopicPolicy", "EventTopicPolicy"), "PolicyDocument", "Statement").([]any)
	only := at(t, allowed[0], "Condition", "StringEquals").(tree)
	if len(allowed) != 1 || only["aws:SourceAccount"] == nil || len(list(only["aws:SourceArn"])) != 2 {
		t.Errorf("others may write to the topic: %v", allowed)
	}
	if raw := properties(t, "AWS::SNS::Subscription", "EventSubscription")["RawMessageDelivery"]; raw != "true" {
		t.Error("SNS wraps the events")
	}
}
