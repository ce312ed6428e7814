package campaign_test

import (
	"strings"
	"testing"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/seal"
)

const (
	firstOrigins = `    origins: [https://partner.example.org, "https://partner.example.org:8443"]`
	partnerKey   = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw="
)

func TestPartnerWithKey(t *testing.T) {
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, firstOrigins, firstOrigins + "\n    key: " + partnerKey + "\n    privacy: https://partner.example.org/privacy?for=news"}), "embassies")
	p := c.Partners[0]
	if p.Key == nil || p.Key.String() != partnerKey || p.Privacy != "https://partner.example.org/privacy?for=news" {
		t.Errorf("key %v, privacy %q", p.Key, p.Privacy)
	}
}

func TestPartnerProblems(t *testing.T) {
	const f = yamlOfEmbassies
	const noKey = "campaign.yaml:43: partners.key: no public key; expected the public key that the partner made: 32 bytes in base64"
	const privacy = "\n    privacy: https://partner.example.org/privacy"
	const page = "the https address of the page where the partner says what it does with its subscribers' data"
	low := strings.Repeat("A", 43) + "="
	with := func(name, lines string, want ...string) problemTest {
		return one(name, f, firstOrigins, firstOrigins+lines, want...)
	}
	for _, tt := range []problemTest{
		with("a key alone", "\n    key: "+partnerKey, "campaign.yaml:43: partners.key: a key without privacy; expected privacy: "+page),
		with("privacy alone", privacy, "campaign.yaml:43: partners.privacy: privacy without a key; expected key: the public key that the partner made: 32 bytes in base64; or no privacy"),
		with("a broken key", "\n    key: "+partnerKey[1:]+privacy, noKey),
		with("a key that everybody can open", "\n    key: "+low+privacy, noKey),
		with("a page that is not secure", "\n    key: "+partnerKey+"\n    privacy: http://partner.example.org/privacy",
			"campaign.yaml:44: partners.privacy: \"http://partner.example.org/privacy\" is no https address; expected "+page),
		with("no page", "\n    key: "+partnerKey+"\n    privacy: javascript:alert(1)",
			"campaign.yaml:44: partners.privacy: \"javascript:alert(1)\" is no https address; expected "+page),
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

func TestOrigins(t *testing.T) {
	const none = ` is no origin; expected https://, a host in lower case and nothing behind it, like https://example.org`
	for origin, ok := range map[string]bool{
		"https://a.org": true, "https://a.org:8443": true, "https://xn--mnchen-3ya.de": true,
		"http://localhost:8000": true, "http://127.0.0.1:65535": true,
		"http://localhost": false, "http://localhost:80": false, "http://localhost:x": false, "http://127.0.0.1:8000/": false, "http://127.0.0.2:8000": false,
		"http://localhost.a.org:8000": false, "http://a.org:8000": false, "http://a.org": false, "ws://localhost:8000": false,
		"https://A.org": false, "https://a.org/": false, "https://a.org:443": false, "https://a.org:": false, "https://*.a.org": false,
		"https://me@a.org": false, "https://a.org;script-src": false, "https://a.org b.org": false, "https://münchen.de": false, "null": false, "*": false,
	} {
		t.Run(origin, func(t *testing.T) {
			test := one(origin, yamlOfEmbassies, firstOrigins, "    origins: ['"+origin+"']")
			if !ok {
				test.want = []string{"campaign.yaml:42: partners.origins: \"" + origin + "\"" + none}
			}
			test.run(t, "embassies")
		})
	}
}

func TestStagingOriginsAreForTestMode(t *testing.T) {
	const yaml = "mode: live\npartners:\n  - {id: a, name: A, origins: [https://a.org, \"http://localhost:8000\", \"http://127.0.0.1:8000\"]}"
	const behind = ", which is everybody's own machine; expected an https origin, or mode: test"
	one("live", yamlOfMinister, "mode: live", yaml,
		"campaign.yaml:6: partners.origins: mode: live with the origin \"http://127.0.0.1:8000\""+behind,
		"campaign.yaml:6: partners.origins: mode: live with the origin \"http://localhost:8000\""+behind).run(t, "minister")
	one("test", yamlOfMinister, "mode: live", strings.Replace(yaml, "live", "test\ntesters: [t@example.org]", 1)).run(t, "minister")
}

func TestLiveNeedsARealPrivacyPage(t *testing.T) {
	one("example", yamlOfMinister, "mode: live", "mode: live\npartners:\n  - {id: a, name: A, origins: [https://a.org], key: "+partnerKey+", privacy: https://a.example/p}",
		"campaign.yaml:5: mode: live with the example domain a.example; expected one that exists, or mode: test").run(t, "minister")
}

// A key that is no public one may be the private one: problems do not repeat it.
func TestProblemsDoNotRepeatAKey(t *testing.T) {
	secret := "x" + seal.NewPrivateKey().String()
	_, err := campaign.Load(changed(t, change{yamlOfEmbassies, firstOrigins, firstOrigins + "\n    key: " + secret}), "embassies")
	if err == nil || strings.Contains(err.Error(), secret[1:10]) {
		t.Errorf("%v", err)
	}
}
