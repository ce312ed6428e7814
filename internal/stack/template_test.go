package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/stack"
)

// What the template sets is what FromEnv reads for that function, and nothing else.
func TestTemplateSetsWhatIsRead(t *testing.T) {
	described := resources(t, "AWS::Serverless::Function")
	if len(described) != len(functions) {
		t.Errorf("template.yaml has %d functions, the stack %d", len(described), len(functions))
	}
	for name, f := range functions {
		read, set := map[string]bool{}, map[string]bool{}
		_, _ = stack.FromEnv(func(name string) string {
			if strings.HasPrefix(name, "PROTEST_") && !strings.HasSuffix(name, "_ENDPOINT") { // those are for tests
				read[name] = true
			}
			return ""
		}, f)
		for variable := range at(t, described[name], "Properties", "Environment", "Variables").(tree) {
			if strings.HasPrefix(variable, "PROTEST_") {
				set[variable] = true
			}
		}
		if diff := cmp.Diff(read, set); diff != "" {
			t.Errorf("%s (-read by stack +set by template.yaml):\n%s", name, diff)
		}
		if code := at(t, described[name], "Properties", "CodeUri"); code != "functions/"+string(f)+"/" {
			t.Errorf("%s is built from %v", name, code)
		}
	}
}

// Each of the template's bounds and defaults is one that FromEnv takes.
func TestTemplateGrid(t *testing.T) {
	grid := at(t, template(t), "Parameters", "GridMilliseconds")
	for _, bound := range []string{"MinValue", "Default", "MaxValue"} {
		env := environment()
		env["PROTEST_GRID_MS"] = at(t, grid, bound).(string)
		if _, err := stack.FromEnv(lookup(env), stack.Web); err != nil {
			t.Errorf("%s: %v", bound, err)
		}
	}
}

func TestTemplateTimeouts(t *testing.T) {
	function := number(t, resources(t, "AWS::Serverless::Function")["Web"], "Properties", "Timeout") * 1000
	for name, integration := range resources(t, "AWS::ApiGatewayV2::Integration") {
		if gateway := number(t, integration, "Properties", "TimeoutInMillis"); gateway <= function || gateway > 30_000 {
			t.Errorf("%s gives up after %d ms, the function after %d", name, gateway, function)
		}
	}
}

// What cannot be had again outlives the stack.
func TestTemplateKeeps(t *testing.T) {
	for _, kind := range []string{"AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"} {
		for name, r := range resources(t, kind) {
			for _, policy := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
				if got := r[policy]; got != "Retain" {
					t.Errorf("%s: %s is %v", name, policy, got)
				}
			}
		}
	}
}

func TestTemplateConfigurationSets(t *testing.T) {
	sets := resources(t, "AWS::SES::ConfigurationSet")
	want := map[string][]any{"LettersSet": {}, "SignersSet": {"BOUNCE", "COMPLAINT"}}
	for name, reasons := range want {
		if diff := cmp.Diff(reasons, at(t, sets[name], "Properties", "SuppressionOptions", "SuppressedReasons")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Functions may do what is listed, to what is named.
func TestTemplatePolicies(t *testing.T) {
	for name, role := range resources(t, "AWS::IAM::Role") {
		for _, policy := range at(t, role, "Properties", "Policies").([]any) {
			for _, s := range at(t, policy, "PolicyDocument", "Statement").([]any) {
				statement := s.(tree)
				for _, action := range list(statement["Action"]) {
					if strings.Contains(action.(string), "*") {
						t.Errorf("%s may do %v", name, action)
					}
				}
				everything := slices.Contains(list(statement["Resource"]), any("*")) && statement["Action"] != "ses:GetAccount" // which knows no resources
				if everything || statement["NotAction"] != nil || statement["NotResource"] != nil {
					t.Errorf("%s: %v names no resource", name, statement["Sid"])
				}
			}
		}
		if got := role["Properties"].(tree)["ManagedPolicyArns"]; got != nil {
			t.Errorf("%s has managed policies: %v", name, got)
		}
	}
}

// Who sends may do so from the domain alone and through the two sets alone, to whomever: SES asks for the identity of a recipient too where
// the account has verified it.
func TestTemplateSending(t *testing.T) {
	const here = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
	want := tree{
		"Sid": "Send", "Effect": "Allow", "Action": "ses:SendEmail",
		"Resource": []any{
			tree{"Sub": here + "identity/*"}, tree{"Sub": here + "configuration-set/${LettersSet}"}, tree{"Sub": here + "configuration-set/${SignersSet}"},
		},
		"Condition": tree{"StringLike": tree{"ses:FromAddress": tree{"Sub": "*@${Domain}"}}},
	}
	for _, role := range []string{"WebRole", "DeliverRole"} {
		if diff := cmp.Diff(any(want), statement(t, role, "Send")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
}

// What organizers' commands ask for is put out.
func TestTemplateOutputs(t *testing.T) {
	outputs := at(t, template(t), "Outputs")
	for name, resource := range map[string]string{
		"LedgerTable": "Ledger", "PrivateTable": "Private", "SecretArn": "Secret", "DeadLetterQueue": "DeadLetters", "EventQueue": "EventQueue",
	} {
		if got := at(t, outputs, name, "Value", "Ref"); got != resource {
			t.Errorf("%s is %v, want %s", name, got, resource)
		}
		if !strings.Contains(alarmsSection(t), "`"+name+"`") {
			t.Errorf("README.md does not say what %s is for", name)
		}
	}
}

// Nothing logs visitors, and what is logged goes away.
func TestTemplateLogs(t *testing.T) {
	for name, stage := range resources(t, "AWS::ApiGatewayV2::Stage") {
		if got := stage["Properties"].(tree)["AccessLogSettings"]; got != nil {
			t.Errorf("%s has an access log", name)
		}
	}
	groups := resources(t, "AWS::Logs::LogGroup")
	for name, group := range groups {
		at(t, group, "Properties", "RetentionInDays")
		if group["DeletionPolicy"] != "Delete" {
			t.Errorf("%s outlives the stack", name)
		}
	}
	for name, function := range resources(t, "AWS::Serverless::Function") {
		group := at(t, function, "Properties", "LoggingConfig", "LogGroup", "Ref").(string)
		if _, ok := groups[group]; !ok {
			t.Errorf("%s logs to %q, not one of %v", name, group, slices.Sorted(maps.Keys(groups)))
		}
	}
}
