package stack_test

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/stack"
)

// tree is a mapping of the template. CloudFormation's short forms stand in it as their long ones: !Ref x is {Ref: x}.
type tree map[string]any

func template(t *testing.T) tree {
	t.Helper()
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, file.Docs[0].Body).(tree)
}

// plain turns a parsed node into maps, slices and text. goccy/go-yaml decodes unknown tags as if they were not there.
func plain(t *testing.T, node ast.Node) any {
	t.Helper()
	switch n := node.(type) {
	case *ast.MappingNode:
		m := tree{}
		for _, v := range n.Values {
			m[text(v.Key)] = plain(t, v.Value)
		}
		return m
	case *ast.MappingValueNode:
		return tree{text(n.Key): plain(t, n.Value)}
	case *ast.SequenceNode:
		list := []any{}
		for _, v := range n.Values {
			list = append(list, plain(t, v))
		}
		return list
	case *ast.TagNode:
		return tree{strings.TrimPrefix(n.Start.Value, "!"): plain(t, n.Value)}
	case *ast.LiteralNode:
		return n.Value.Value
	case ast.ScalarNode:
		return text(n)
	}
	t.Fatalf("line %d: %T not understood", node.GetToken().Position.Line, node)
	return nil
}

func text(node ast.Node) string { return node.GetToken().Value }

// at walks down to a value; the test fails where there is none.
func at(t *testing.T, from any, path ...string) any {
	t.Helper()
	for i, name := range path {
		m, ok := from.(tree)
		if !ok || m[name] == nil {
			t.Fatalf("template.yaml: nothing at %s", strings.Join(path[:i+1], "."))
		}
		from = m[name]
	}
	return from
}

func resources(t *testing.T, kind string) map[string]tree {
	t.Helper()
	found := map[string]tree{}
	for name, r := range at(t, template(t), "Resources").(tree) {
		if at(t, r, "Type") == kind {
			found[name] = r.(tree)
		}
	}
	if len(found) == 0 {
		t.Fatalf("template.yaml: no %s", kind)
	}
	return found
}

func number(t *testing.T, from any, path ...string) int {
	t.Helper()
	n, err := strconv.Atoi(at(t, from, path...).(string))
	if err != nil {
		t.Fatalf("template.yaml: %s: %v", strings.Join(path, "."), err)
	}
	return n
}

// What the template sets is what FromEnv reads, and nothing else.
func TestTemplateSetsWhatIsRead(t *testing.T) {
	read := map[string]bool{}
	_, _ = stack.FromEnv(func(name string) string {
		if strings.HasPrefix(name, "PROTEST_") && !strings.HasSuffix(name, "_ENDPOINT") { // those are for tests
			read[name] = true
		}
		return ""
	})
	for name, function := range resources(t, "AWS::Serverless::Function") {
		set := map[string]bool{}
		for variable := range at(t, function, "Properties", "Environment", "Variables").(tree) {
			if strings.HasPrefix(variable, "PROTEST_") {
				set[variable] = true
			}
		}
		if diff := cmp.Diff(read, set); diff != "" {
			t.Errorf("%s (-read by stack +set by template.yaml):\n%s", name, diff)
		}
	}
}

// Each of the template's bounds and defaults is one that FromEnv takes.
func TestTemplateGrid(t *testing.T) {
	grid := at(t, template(t), "Parameters", "GridMilliseconds")
	for _, bound := range []string{"MinValue", "Default", "MaxValue"} {
		env := environment()
		env["PROTEST_GRID_MS"] = at(t, grid, bound).(string)
		if _, err := stack.FromEnv(lookup(env)); err != nil {
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

// A table as the template or dynamo.Tables describes it.
type table struct {
	Billing    string
	Attributes map[string]string // name: type
	Keys       []string          // hash, range
	Indexes    map[string][]string
	Projection map[string]string
}

func TestTemplateTables(t *testing.T) {
	described := resources(t, "AWS::DynamoDB::Table")
	for i, name := range []string{"Ledger", "Private"} {
		want := created(dynamo.Tables("ledger", "private")[i])
		if diff := cmp.Diff(want, deployed(t, described[name])); diff != "" {
			t.Errorf("%s (-dynamo.Tables +template.yaml):\n%s", name, diff)
		}
	}
	if ttl := at(t, described["Private"], "Properties", "TimeToLiveSpecification", "AttributeName"); ttl != dynamo.TTL {
		t.Errorf("Private expires by %v, not by %s", ttl, dynamo.TTL)
	}
	if _, ok := described["Ledger"]["Properties"].(tree)["TimeToLiveSpecification"]; ok {
		t.Error("Ledger expires: deduplication would end")
	}
}

// Backups are of what holds no personal data, and of nothing else.
func TestTemplateBackups(t *testing.T) {
	described := resources(t, "AWS::DynamoDB::Table")
	for name, want := range map[string]string{"Ledger": "true", "Private": "false"} {
		got := at(t, described[name], "Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
		if got != want || described[name]["Properties"].(tree)["StreamSpecification"] != nil {
			t.Errorf("%s: point-in-time recovery %v, want %s; and no stream", name, got, want)
		}
	}
	if got := at(t, described["Ledger"], "Properties", "DeletionProtectionEnabled"); got != "true" {
		t.Errorf("Ledger: deletion protection %v", got)
	}
}

func created(in *dynamodb.CreateTableInput) table {
	made := table{Billing: string(in.BillingMode), Attributes: map[string]string{}, Indexes: map[string][]string{}, Projection: map[string]string{}}
	for _, a := range in.AttributeDefinitions {
		made.Attributes[*a.AttributeName] = string(a.AttributeType)
	}
	keys := func(schema []types.KeySchemaElement) (names []string) {
		for _, k := range schema {
			names = append(names, string(k.KeyType)+" "+*k.AttributeName)
		}
		return names
	}
	made.Keys = keys(in.KeySchema)
	for _, i := range in.GlobalSecondaryIndexes {
		made.Indexes[*i.IndexName] = keys(i.KeySchema)
		made.Projection[*i.IndexName] = string(i.Projection.ProjectionType)
	}
	return made
}

func deployed(t *testing.T, r tree) table {
	t.Helper()
	p := at(t, r, "Properties").(tree)
	made := table{Billing: p["BillingMode"].(string), Attributes: map[string]string{}, Indexes: map[string][]string{}, Projection: map[string]string{}}
	for _, a := range p["AttributeDefinitions"].([]any) {
		made.Attributes[at(t, a, "AttributeName").(string)] = at(t, a, "AttributeType").(string)
	}
	keys := func(schema any) (names []string) {
		for _, k := range schema.([]any) {
			names = append(names, at(t, k, "KeyType").(string)+" "+at(t, k, "AttributeName").(string))
		}
		return names
	}
	made.Keys = keys(p["KeySchema"])
	if p["GlobalSecondaryIndexes"] == nil {
		return made
	}
	for _, i := range p["GlobalSecondaryIndexes"].([]any) {
		name := at(t, i, "IndexName").(string)
		made.Indexes[name] = keys(at(t, i, "KeySchema"))
		made.Projection[name] = at(t, i, "Projection", "ProjectionType").(string)
	}
	return made
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
				if slices.Contains(list(statement["Resource"]), any("*")) || statement["NotAction"] != nil || statement["NotResource"] != nil {
					t.Errorf("%s: %v names no resource", name, statement["Sid"])
				}
			}
		}
		if got := role["Properties"].(tree)["ManagedPolicyArns"]; got != nil {
			t.Errorf("%s has managed policies: %v", name, got)
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

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}
