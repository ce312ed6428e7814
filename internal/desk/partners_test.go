package desk

import (
	flags "flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/action"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
)

var update = flags.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", name, diff)
	}
}

// bring has one more person take part, by whatever way.
func (d *depot) bring(t *testing.T, change func(*action.Submission)) {
	t.Helper()
	d.signers++
	sub := action.Submission{Name: "Ann Lee", Email: fmt.Sprintf("signer%d@example.com", d.signers), Country: "US", Consent: "2007-11-01"}
	change(&sub)
	if _, err := d.service(t, &mailertest.Fake{}).Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
}

func verified(sub *action.Submission) {
	sub.Partner, sub.Origin = "example", "https://partner.example.org"
}
func claimed(sub *action.Submission) { sub.Partner = "example" }
func directly(*action.Submission)    {}

// Two verified, one claimed, two direct, and one brought by a partner that the files have no more: the golden has all of it, and it adds up.
func TestPartners(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		for _, way := range []func(*action.Submission){verified, verified, claimed, directly, directly} {
			d.bring(t, way)
		}
		key := ledger.Key{Campaign: scope, Signer: "s"}
		_, err := d.ledger.Accept(t.Context(), ledger.Acceptance{
			Action: ledger.Action{Key: key, Day: noon, Token: "token", Partner: "gone"},
			Drafts: []ledger.Draft{{Delivery: ledger.Delivery{
				ID: ledger.ID{Key: key, Target: embassy}, Attempt: 1, Channel: ledger.ChannelPrint, State: ledger.StateOffered, Changed: noon,
			}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		out := d.run(t, ok, "partners", slug, "--url", "https://protest.example.org")
		out = regexp.MustCompile(`ledger of .*`).ReplaceAllString(out, "ledger of LEDGER")
		out = regexp.MustCompile(`token=[0-9a-f]{32}\n`).ReplaceAllString(out, "token=TOKEN\n")
		golden(t, "partners.txt", out)

		sum := 0
		for _, n := range regexp.MustCompile(`= (\d+) \(`).FindAllStringSubmatch(out, -1) {
			m, _ := strconv.Atoi(n[1])
			sum += m
		}
		last := regexp.MustCompile(`(?s)by partners +(\d+)\n +direct +(\d+)\n +total +(\d+)\n$`).FindStringSubmatch(out)
		if len(last) != 4 {
			t.Fatalf("no sums in\n%s", out)
		}
		by, _ := strconv.Atoi(last[1])
		direct, _ := strconv.Atoi(last[2])
		total, _ := strconv.Atoi(last[3])
		if sum != by || by+direct != total || total != 6 {
			t.Errorf("%d brought, %d by partners, %d direct, %d in all", sum, by, direct, total)
		}
		tally := d.run(t, ok, "tally", slug)
		has(t, tally, "brought by       verified  claimed\nexample          2         1\ngone             0         1\nnobody (direct)  2         \n")
	})
}

// The link that is printed for a partner opens its counts on the server, and no other token does.
func TestPartnersLinkOpens(t *testing.T) {
	folder := t.TempDir()
	_, h := openSite(t, folder)
	_, out, _ := run(t, testEnv(t), "partners", slug, "--data", folder)
	link := regexp.MustCompile(regexp.QuoteMeta(localURL) + `(/v1/\S+)`).FindStringSubmatch(out)
	if link == nil {
		t.Fatalf("no link in\n%s", out)
	}
	if status, body := get(t, h, link[1]); status != http.StatusOK || !strings.Contains(body, "verified") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, h, link[1][:len(link[1])-1]+"x"); status == http.StatusOK {
		t.Error("another token opens them too")
	}
}

func TestPartnersMisuse(t *testing.T) {
	here := onThisMachine(t, t.TempDir()).place
	there := []string{"--ledger", "dynamo:x"}
	for _, tc := range []struct {
		line  string
		place []string
		want  string
	}{
		{"partners nothing", here, `no campaign "nothing"`},
		{"partners " + slug, there, "needs --private, --secret too"},
		{"partners " + slug + " --private y --secret z", there, "needs --url too"},
		{"partners " + slug + " --secret z", here, "--secret: only with"},
		{"subscribers export " + slug + " example", here, "--out"},
		{"subscribers export " + slug + " zebra --out x", here, `has no partner "zebra"; there are example`},
		{"subscribers export " + slug + " example --out x", there, "needs --private too"},
		{"subscribers open --key nowhere", nil, "there is no"},
		{"subscribers open --key partners_test.go", nil, "not a private key"},
		{"subscribers key --out partners_test.go", nil, "is there already, and is not overwritten"},
	} {
		t.Run(tc.line, func(t *testing.T) {
			status, _, errs := run(t, testEnv(t), append(strings.Fields(tc.line), tc.place...)...)
			if status != misuse || !strings.Contains(errs, tc.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("exit status %d, want one line with %q:\n%s", status, tc.want, errs)
			}
		})
	}
}
