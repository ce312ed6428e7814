package stack_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger/dynamo"
)

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
