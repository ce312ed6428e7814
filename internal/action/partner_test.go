package action_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/action"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// taken answers the action of Ann.
func (h *house) taken(t testing.TB) ledger.Action {
	t.Helper()
	keys, _ := h.Keys.Campaign(t.Context(), "c-TEST")
	a, _, err := h.ledger.Find(t.Context(), ledger.Key{Campaign: "c-TEST", Signer: keys.SignerID("ann.lee@example.com")})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFramedPartner(t *testing.T) {
	const ours = "https://protest.example.org"
	for _, tt := range []struct {
		name, partner, origin string
		framed                bool
		want                  string
		verified              bool
	}{
		{"in a frame", "partner", ours, true, "partner", true},
		{"by a plain link", "partner", ours, false, "partner", false},
		{"in nobody's frame", "nobody", ours, true, "", false},
		{"in a frame without a partner", "", ours, true, "", false},
		{"the origin proves more than the frame", "partner", "https://other.example", true, "other", true},
		{"the origin proves more than the link", "partner", "https://other.example", false, "other", true},
	} {
		for name, s := range map[string]settings{"at once": oneClick, "after the mail": always} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				h := open(t, s)
				sub := ann()
				sub.Partner, sub.Origin, sub.Framed = tt.partner, tt.origin, tt.framed
				if s.confirm == "always" {
					h.confirm(t, pend(t, h, sub))
				} else if _, err := h.Submit(t.Context(), slug, sub); err != nil {
					t.Fatal(err)
				}
				if a := h.taken(t); a.Partner != tt.want || a.PartnerVerified != tt.verified {
					t.Errorf("credited %q, verified %v; want %q, %v", a.Partner, a.PartnerVerified, tt.want, tt.verified)
				}
			})
		}
	}
}

// confirm presses the button behind a mailed link.
func (h *house) confirm(t testing.TB, token string) {
	t.Helper()
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
}

func (h *house) subscribers(t testing.TB) []ledger.Subscriber {
	t.Helper()
	all, err := h.ledger.Subscribers(t.Context(), "c-TEST", "partner", "", h.clock.Now(), 9)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSubscribe(t *testing.T) {
	private := seal.NewPrivateKey()
	s, later := polyglot(oneClick), polyglot(always)
	s.key, later.key = private.Public().String(), private.Public().String()
	sub := ann()
	sub.Partner, sub.Reads, sub.Subscribe = "partner", "zh-Hans", true
	want := action.Subscribed{
		Name: "Ann Lee", Email: "ann.lee@example.com", Country: "DE", Language: "zh-Hans", Proof: ledger.ProofNone, Day: "2026-11-22", Campaign: slug,
		Consent: lang.Text("zh-Hans", "subscribe.box", "partner", "A Partner"),
	}
	at := open(t, s)
	if _, err := at.Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
	at.wantSubscriber(t, private, want)
	after := open(t, later)
	token := pend(t, after, sub)
	if n := len(after.subscribers(t)); n != 0 {
		t.Errorf("%d subscribers before the proof", n)
	}
	after.clock.Advance(25 * time.Hour)
	after.confirm(t, token)
	want.Proof, want.Day = ledger.ProofMail, "2026-11-23"
	after.wantSubscriber(t, private, want)
}

// Whoever typed the address may have ticked the box: its owner sees so behind the mailed link, and decides.
func TestOwnerDecidesOnNews(t *testing.T) {
	s := always
	s.key = seal.NewPrivateKey().Public().String()
	for _, tt := range []struct {
		ticked, informed bool
		want             int
	}{{true, true, 1}, {true, false, 0}, {false, true, 0}, {false, false, 0}} {
		h := open(t, s)
		sub := ann()
		sub.Partner, sub.Subscribe = "partner", tt.ticked
		token := pend(t, h, sub)
		opened, err := h.Open(t.Context(), slug, token)
		if err != nil {
			t.Fatal(err)
		}
		if shown := opened.Waiting[0].Informer; (shown != nil) != tt.ticked || shown != nil && shown.ID != "partner" {
			t.Errorf("%+v: shown %v", tt, shown)
		}
		if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, tt.informed); err != nil {
			t.Fatal(err)
		}
		if n := len(h.subscribers(t)); n != tt.want {
			t.Errorf("%+v: %d subscribers, want %d", tt, n, tt.want)
		}
	}
}

func (h *house) wantSubscriber(t testing.TB, private seal.PrivateKey, want action.Subscribed) {
	t.Helper()
	all := h.subscribers(t)
	if len(all) != 1 {
		t.Fatalf("%d subscribers, want 1", len(all))
	}
	plain, err := private.Open(all[0].Sealed)
	if err != nil {
		t.Fatal(err)
	}
	var got action.Subscribed
	if err := json.Unmarshal(plain, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if expires := h.clock.Now().Truncate(24*time.Hour).AddDate(0, 0, 90); !all[0].Expires.Equal(expires) {
		t.Errorf("goes at %v, want %v", all[0].Expires, expires)
	}
	if len(all[0].ID) < 20 || strings.Contains(all[0].ID, h.taken(t).Key.Signer) {
		t.Errorf("id %q", all[0].ID)
	}
}

func TestWhoIsNoSubscriber(t *testing.T) {
	s := oneClick
	s.key = seal.NewPrivateKey().Public().String()
	for _, tt := range []struct {
		name   string
		s      settings
		change func(*action.Submission)
	}{
		{"who did not ask", s, func(s *action.Submission) { s.Subscribe = false }},
		{"whose partner has no key", oneClick, func(*action.Submission) {}},
		{"who came by another", s, func(s *action.Submission) { s.Origin = "https://other.example" }},
		{"who came directly", s, func(s *action.Submission) { s.Partner = "" }},
		{"who names nobody", s, func(s *action.Submission) { s.Partner = "nobody" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t, tt.s)
			sub := ann()
			sub.Partner, sub.Subscribe = "partner", true
			tt.change(&sub)
			if _, err := h.Submit(t.Context(), slug, sub); err != nil {
				t.Fatal(err)
			}
			if n := len(h.subscribers(t)); n != 0 {
				t.Errorf("%d subscribers, want none", n)
			}
		})
	}
}

// A partner that types an address into its own form finds it among its subscribers, whether that had taken part before or not; else its
// export would tell which (promise 4). Nothing else differs either, and nothing of it is logged.
func TestSubscribingAgain(t *testing.T) {
	s := oneClick
	s.key = seal.NewPrivateKey().Public().String()
	h := open(t, s)
	var log bytes.Buffer
	h.Log = slog.New(slog.NewTextHandler(&log, nil))
	direct := ann()
	first, err := h.Submit(t.Context(), slug, direct)
	if err != nil {
		t.Fatal(err)
	}
	for _, ticked := range []bool{true, false} {
		sub := ann()
		sub.Partner, sub.Subscribe = "partner", ticked
		again, err := h.Submit(t.Context(), slug, sub)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again, ignoreCampaign...); diff != "" {
			t.Errorf("answered differently: %s", diff)
		}
	}
	fresh := ann()
	fresh.Name, fresh.Email, fresh.Partner, fresh.Subscribe = "Bo", "bo@example.com", "partner", true
	if _, err := h.Submit(t.Context(), slug, fresh); err != nil {
		t.Fatal(err)
	}
	all := h.subscribers(t)
	if len(all) != 2 {
		t.Fatalf("%d subscribers, want one who had taken part and one who had not", len(all))
	}
	if a, b := all[0], all[1]; len(a.Sealed) != len(b.Sealed) || !a.Expires.Equal(b.Expires) {
		t.Errorf("they differ: %d and %d bytes, until %v and %v", len(a.Sealed), len(b.Sealed), a.Expires, b.Expires)
	}
	if log.Len() != 0 {
		t.Errorf("logged: %s", log.String())
	}
}
