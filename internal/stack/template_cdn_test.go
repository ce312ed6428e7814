package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Managed policies of CloudFront, the same in each account (CloudFront Developer Guide, "Use managed cache policies" and "Use managed origin
// request policies").
const (
	cachingDisabled           = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
)

var public = map[string]string{
	"PublicDomain":         "act.example.org",
	"PublicCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-aaaa-bbbb-cccc-000000000001",
	"OriginDomain":         "origin.act.example.org",
	"OriginCertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e2d3c-aaaa-bbbb-cccc-000000000002",
}

// with answers a copy of parameters with one changed.
func with(parameters map[string]string, name, value string) map[string]string {
	changed := maps.Clone(parameters)
	changed[name] = value
	return changed
}

func without(parameters map[string]string, name string) map[string]string {
	changed := maps.Clone(parameters)
	delete(changed, name)
	return changed
}

// Without PublicDomain nothing of CloudFront is made, and nothing else is otherwise than with it but what is named here.
func TestPublicDomainIsOptional(t *testing.T) {
	plain, cdn := withParameters(t, nil), withParameters(t, public)
	for section, want := range map[string]struct{ added, removed, changed []string }{
		"Resources": {
			added:   []string{"CampaignCache", "Distribution", "FileCache", "OriginMapping", "OriginName"},
			changed: []string{"Api", "Web"},
		},
		"Outputs": {added: []string{"DnsOrigin", "DnsPublic"}, removed: []string{"ApiUrl"}, changed: []string{"FormUrl"}},
	} {
		before, after := plain.made(t, section), cdn.made(t, section)
		var added, removed, changed []string
		for name := range after {
			if _, ok := before[name]; !ok {
				added = append(added, name)
			} else if !cmp.Equal(before[name], after[name]) {
				changed = append(changed, name)
			}
		}
		for name := range before {
			if _, ok := after[name]; !ok {
				removed = append(removed, name)
			}
		}
		for what, pair := range map[string][2][]string{"added": {want.added, added}, "removed": {want.removed, removed}, "changed": {want.changed, changed}} {
			slices.Sort(pair[1])
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", section, what, diff)
			}
		}
	}
}

// What is made only sometimes is named only by what is made only then.
func TestNothingNamesWhatIsNotMade(t *testing.T) {
	for _, parameters := range []map[string]string{nil, public, {"PublicUrl": "https://act.example.org"}} {
		s := withParameters(t, parameters)
		made := s.made(t, "Resources")
		for _, section := range []tree{made, s.made(t, "Outputs")} {
			for name, v := range section {
				for _, named := range namedBy(v) {
					if at(t, s.template, "Resources").(tree)[named] != nil && made[named] == nil {
						t.Errorf("%s names %s, which is not made with %v", name, named, parameters)
					}
				}
			}
		}
	}
}

// namedBy answers what a value names by Ref, GetAtt or Sub.
func namedBy(v any) []string {
	var found []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = append(found, namedBy(e)...)
		}
	case tree:
		for key, e := range v {
			if text, ok := e.(string); ok && (key == "Ref" || key == "GetAtt") {
				name, _, _ := strings.Cut(text, ".")
				found = append(found, name)
			}
			found = append(found, namedBy(e)...)
		}
	case string: // what !Sub left
		for _, part := range strings.Split(v, "${")[1:] {
			name, _, _ := strings.Cut(part, "}")
			name, _, _ = strings.Cut(name, ".")
			found = append(found, name)
		}
	}
	return found
}

func TestPublicUrl(t *testing.T) {
	for name, tc := range map[string]struct {
		parameters map[string]string
		url        any
		closed     string
	}{
		"nothing given": {nil, tree{"GetAtt": "Api.ApiEndpoint"}, "false"},
		"PublicUrl":     {map[string]string{"PublicUrl": "https://act.example.org"}, "https://act.example.org", "false"},
		"PublicDomain":  {public, "https://act.example.org", "true"},
	} {
		s := withParameters(t, tc.parameters)
		made := s.made(t, "Resources")
		if got := s.refusals(t); got != nil {
			t.Errorf("%s: refused: %v", name, got)
		}
		if diff := cmp.Diff(tc.url, at(t, made, "Web", "Properties", "Environment", "Variables", "PROTEST_PUBLIC_URL")); diff != "" {
			t.Errorf("%s: the function's URL (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(tc.url, at(t, s.made(t, "Outputs"), "FormUrl", "Value")); diff != "" {
			t.Errorf("%s: the output (-want +got):\n%s", name, diff)
		}
		if got := at(t, made, "Api", "Properties", "DisableExecuteApiEndpoint"); got != tc.closed {
			t.Errorf("%s: execute-api closed: %v, want %s", name, got, tc.closed)
		}
	}
}

// A stack that would be half made is refused before anything is.
func TestPublicDomainRules(t *testing.T) {
	const acl = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/guard/0f1e2d3c-aaaa-bbbb-cccc-000000000003"
	for name, tc := range map[string]struct {
		parameters map[string]string
		want       int
	}{
		"none":                {nil, 0},
		"all":                 {public, 0},
		"all and an ACL":      {with(public, "WebAclArn", acl), 0},
		"no public domain":    {without(public, "PublicDomain"), 1},
		"no public cert":      {without(public, "PublicCertificateArn"), 1},
		"no origin domain":    {without(public, "OriginDomain"), 1},
		"no origin cert":      {without(public, "OriginCertificateArn"), 1},
		"PublicUrl as well":   {with(public, "PublicUrl", "https://act.example.org"), 1},
		"one name for both":   {with(public, "OriginDomain", "act.example.org"), 1},
		"an ACL alone":        {map[string]string{"WebAclArn": acl}, 1},
		"a certificate alone": {map[string]string{"OriginCertificateArn": public["OriginCertificateArn"]}, 1},
	} {
		if got := withParameters(t, tc.parameters).refusals(t); len(got) != tc.want {
			t.Errorf("%s: refused for %q, want %d reasons", name, got, tc.want)
		}
	}
}

// distribution answers the configuration of the stack's one distribution.
func distribution(t *testing.T, s stackOf) tree {
	t.Helper()
	return at(t, s.made(t, "Resources"), "Distribution", "Properties", "DistributionConfig").(tree)
}

// behaviors answers how CloudFront treats each path; the default's is "*".
func behaviors(t *testing.T, s stackOf) map[string]tree {
	t.Helper()
	config := distribution(t, s)
	found := map[string]tree{"*": at(t, config, "DefaultCacheBehavior").(tree)}
	for _, b := range at(t, config, "CacheBehaviors").([]any) {
		found[at(t, b, "PathPattern").(string)] = b.(tree)
	}
	return found
}

// Every path takes every method, caches none but GET and HEAD, and hands the API the visitor's headers except Host.
func TestCdnBehaviors(t *testing.T) {
	found := behaviors(t, withParameters(t, public))
	cached := map[string]any{
		"*":               cachingDisabled,
		"/v1/campaigns/*": tree{"Ref": "CampaignCache"},
		"/widget.js":      tree{"Ref": "FileCache"},
		"/static/*":       tree{"Ref": "FileCache"},
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(cached)), slices.Sorted(maps.Keys(found))); diff != "" {
		t.Fatalf("paths (-want +got):\n%s", diff)
	}
	for path, policy := range cached {
		want := tree{
			"TargetOriginId":        "api",
			"ViewerProtocolPolicy":  "redirect-to-https",
			"AllowedMethods":        []any{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"},
			"CachedMethods":         []any{"GET", "HEAD"},
			"Compress":              "true",
			"CachePolicyId":         policy,
			"OriginRequestPolicyId": allViewerExceptHostHeader,
		}
		if path != "*" {
			want["PathPattern"] = path
		}
		if diff := cmp.Diff(want, found[path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// An answer to one partner's page is never another's, nor one in one language another's; and only the function says how long it is kept.
func TestCdnCacheKeys(t *testing.T) {
	made := withParameters(t, public).made(t, "Resources")
	for name, headers := range map[string]tree{
		"CampaignCache": {"HeaderBehavior": "whitelist", "Headers": []any{"Origin", "Accept-Language"}},
		"FileCache":     {"HeaderBehavior": "none"},
	} {
		config := at(t, made, name, "Properties", "CachePolicyConfig")
		want := tree{
			"CookiesConfig":              tree{"CookieBehavior": "none"},
			"HeadersConfig":              headers,
			"QueryStringsConfig":         tree{"QueryStringBehavior": "all"},
			"EnableAcceptEncodingGzip":   "true",
			"EnableAcceptEncodingBrotli": "true",
		}
		if diff := cmp.Diff(want, at(t, config, "ParametersInCacheKeyAndForwardedToOrigin").(tree)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if number(t, config, "MinTTL") != 0 || number(t, config, "DefaultTTL") != 0 {
			t.Errorf("%s keeps what the function did not say to keep", name)
		}
	}
}

// CloudFront writes nothing about visitors (neither Logging here nor a real-time log in a behavior, which TestCdnBehaviors lists whole),
// speaks nothing old, and reaches the API by the one name that it has left.
func TestCdnDistribution(t *testing.T) {
	s := withParameters(t, public)
	config := distribution(t, s)
	for name, r := range s.made(t, "Resources") {
		if kind := at(t, r, "Type").(string); strings.HasPrefix(kind, "AWS::Logs::Delivery") || kind == "AWS::CloudFront::RealtimeLogConfig" {
			t.Errorf("%s delivers logs", name)
		}
	}
	want := tree{
		"Comment": tree{"Ref": "AWS::StackName"}, "Enabled": "true", "HttpVersion": "http2and3", "IPV6Enabled": "true",
		"Aliases": []any{"act.example.org"},
		"ViewerCertificate": tree{
			"AcmCertificateArn": public["PublicCertificateArn"], "SslSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021",
		},
		"WebACLId": tree{"Ref": "AWS::NoValue"},
		"Origins": []any{tree{
			"Id": "api", "DomainName": "origin.act.example.org",
			"CustomOriginConfig": tree{"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": []any{"TLSv1.2"}},
		}},
	}
	got := maps.Clone(config)
	for _, elsewhere := range []string{"DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses"} {
		delete(got, elsewhere)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	name := at(t, s.made(t, "Resources"), "OriginName", "Properties")
	if got := at(t, name, "DomainName"); got != "origin.act.example.org" {
		t.Errorf("the API is mapped to %v", got)
	}
}

// Who tries again after an error reaches the function.
func TestCdnKeepsNoErrors(t *testing.T) {
	got := map[string]bool{}
	for _, r := range at(t, distribution(t, withParameters(t, public)), "CustomErrorResponses").([]any) {
		got[at(t, r, "ErrorCode").(string)] = at(t, r, "ErrorCachingMinTTL") == "0" && len(r.(tree)) == 2
	}
	want := map[string]bool{}
	for _, code := range []string{"400", "403", "404", "405", "414", "500", "501", "502", "503", "504"} {
		want[code] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCdnWebAcl(t *testing.T) {
	const acl = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/guard/0f1e2d3c-aaaa-bbbb-cccc-000000000003"
	if got := at(t, distribution(t, withParameters(t, with(public, "WebAclArn", acl))), "WebACLId"); got != acl {
		t.Errorf("the distribution has the web ACL %v", got)
	}
}

// What DNS must say names both addresses of the stack.
func TestCdnOutputs(t *testing.T) {
	outputs := withParameters(t, public).made(t, "Outputs")
	for name, want := range map[string]string{
		"DnsPublic": "act.example.org CNAME ${Distribution.DomainName}",
		"DnsOrigin": "origin.act.example.org CNAME ${OriginName.RegionalDomainName}",
	} {
		if got := at(t, outputs, name, "Value"); got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
}
