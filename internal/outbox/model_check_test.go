package outbox_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
)

// check holds the promises.
func (m *model) check(t *rapid.T) {
	if len(m.watch.wrong) > 0 {
		t.Fatalf("by itself the house began:\n%s", strings.Join(m.watch.wrong, "\n"))
	}
	mails, letters := map[string]int{}, map[ledger.ID]int{} // by tag, which is delivery and attempt; by target and signer
	for i, a := range m.post.all() {
		id, _, ok := ledger.ParseTag(a.tag)
		if !ok {
			t.Fatalf("mail with tag %q", a.tag)
		}
		if m.forgotten[i] {
			continue
		}
		mails[a.tag]++
		if id.Target != ledger.TargetSigner && !m.returned[i] {
			letters[id]++
		}
	}
	for id, n := range letters {
		if n > 1+m.again[id] {
			t.Fatalf("%d letters for %v may have arrived, of which %d may be more than the first", n, id, m.again[id])
		}
	}
	m.onTheWire(t)
	m.kept(t, m.records(t, mails))
}

// onTheWire holds when letters left to what paces, hours and days allow. A restored ledger has forgotten what left since.
func (m *model) onTheWire(t *rapid.T) {
	all, prompt := times{}, times{} // of letters
	faxes := map[string]int{}       // by campaign and day
	for i, a := range m.post.all() {
		id, _, _ := ledger.ParseTag(a.tag)
		if id.Target == ledger.TargetSigner {
			continue
		}
		m.counts["by "+string(by(a.message))]++
		if by(a.message) == ledger.ChannelFax {
			m.called(t, a)
		}
		if i < m.restored {
			continue
		}
		all.add(a)
		if a.prompt {
			prompt.add(a)
		}
		if by(a.message) == ledger.ChannelFax && a.own.Sub(a.own.Truncate(24*time.Hour)) > slotLife { // else it may have been taken on the day before
			faxes[id.Campaign+" on "+a.spent]++
		}
	}
	all.paced(t, frozen+slotLife+m.apart())
	prompt.paced(t, slotLife+m.apart())
	m.counts["prompt letters"] += len(prompt[domain])
	for day, n := range faxes {
		if n > faxDaily {
			t.Fatalf("%d faxes of %s, at most %d", n, day, faxDaily)
		}
		if n == faxDaily {
			m.counts["days with all faxes"]++
		}
	}
}

// called: a number is called in its hours, as far as its process knew when it last looked at the clock.
func (m *model) called(t *rapid.T, a arrival) {
	within := func(at time.Time) bool { return at.Hour() >= faxFrom || at.Hour() < faxTo }
	looked := a.own.Add(-2*frozen - slotLife) // it may have stood still twice
	if !within(a.own.UTC()) && !within(looked.UTC()) {
		t.Fatalf("%s is faxed at %v", a.tag, a.own)
	}
}

// kept: who was answered 2xx took part, or waits for the confirmation. What waits expires, so it is asked for as of the beginning.
func (m *model) kept(t *rapid.T, found map[ledger.Key]bool) {
	for w := range m.submitted {
		key := m.key(w)
		waiting, err := m.ledger.Waiting(t.Context(), key, noon, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !found[key] && (w.slug != "three" || len(waiting) == 0) {
			t.Fatalf("submission of %v was answered 2xx and is lost", w)
		}
	}
	for w := range m.confirmed {
		if !found[m.key(w)] {
			t.Fatalf("confirmation of %v was answered 2xx and is not recorded", w)
		}
	}
}

// records holds each delivery's state against the mail, the counts against the records, and each letter against what its signer saw.
func (m *model) records(t *rapid.T, mails map[string]int) map[ledger.Key]bool {
	found, known := map[ledger.Key]bool{}, map[string]ledger.Delivery{}
	for _, slug := range slugs {
		tally, err := m.ledger.Tally(t.Context(), slug)
		recount, err2 := ledger.Recount(m.ledger.Walk(t.Context(), slug))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if !tally.Equal(recount) {
			t.Fatalf("counts of %s: %v, a recount %v", slug, tally, recount)
		}
		control, variants := m.control(t, slug), map[int]int{}
		for entry, err := range m.ledger.Walk(t.Context(), slug) {
			if err != nil {
				t.Fatal(err)
			}
			if entry.Action != nil {
				found[entry.Action.Key] = true
				continue
			}
			d := *entry.Delivery
			if !m.explained(control, d) {
				m.agrees(t, d, mails[d.Tag()])
			}
			m.varies(t, d, variants)
			for ; d.Attempt > 0; d.Attempt-- {
				known[d.Tag()] = d
			}
		}
		if !maps.Equal(variants, tally.Variants) {
			t.Fatalf("variants of %s: %v counted, %v seen", slug, tally.Variants, variants)
		}
	}
	m.seen(t, known)
	return found
}

// explained says that a letter waits because its channel is suspended, and so are all below it.
func (m *model) explained(c ledger.Control, d ledger.Delivery) bool {
	return d.State == ledger.StateQueued && stuck(c, d.Campaign, d.Target, d.Channel)
}

// varies counts a letter for the variant that its signer saw.
func (m *model) varies(t *rapid.T, d ledger.Delivery, seen map[int]int) {
	if d.Target == ledger.TargetSigner {
		return
	}
	n := m.variants[d.Key]
	if d.Variant != n {
		t.Fatalf("%s is of variant %d, its signer saw %d", d.Tag(), d.Variant, n)
	}
	seen[n]++
}

// seen: what left is on record, and in the words that its signer saw, by whatever channel.
func (m *model) seen(t *rapid.T, known map[string]ledger.Delivery) {
	for i, a := range m.post.all() {
		d, ok := known[a.tag]
		switch {
		case !ok && i >= m.restored:
			t.Fatalf("a mail left with tag %s, of which there is no record", a.tag)
		case ok && d.Target != ledger.TargetSigner && !m.forgotten[i]:
			m.says(t, a, d)
		}
	}
}

// says: an e-mail is the very letter that its signer saw; a fax and a relay's mail have its words and its subject.
func (m *model) says(t *rapid.T, a arrival, d ledger.Delivery) {
	saw, ok := m.shown[shown{d.ID, d.Letter}]
	if !ok {
		t.Fatalf("%s is of a letter that nobody saw", a.tag)
	}
	arrived := a.message.Text
	if by(a.message) == ledger.ChannelEmail {
		if a.message.Subject != saw.Letter.Subject || arrived != saw.Letter.Text || a.message.HTML != saw.Letter.HTML {
			t.Fatalf("%s says %q\n%s\nwhich its signer saw as %q\n%s", a.tag, a.message.Subject, arrived, saw.Letter.Subject, saw.Letter.Text)
		}
		return
	}
	for _, pdf := range a.message.Attachments {
		arrived += string(pdf.Data)
	}
	own := saw.Draft // without what the house writes around it
	if arrived = flat(arrived); !strings.Contains(arrived, flat(own.Body)) || !strings.Contains(arrived, own.Subject) {
		t.Fatalf("%s says by %s\n%s\nwhich its signer saw as\n%s", a.tag, by(a.message), arrived, own.Body)
	}
}

func (m *model) agrees(t *rapid.T, d ledger.Delivery, mails int) {
	least, most := 0, 0
	switch d.State {
	case ledger.StateSent, ledger.StateDelivered, ledger.StateBounced, ledger.StateComplained:
		least, most = 1, 1
	case ledger.StateUnknown: // every mail had its event, so what is unknown never left; but the event may be from before the backup
		most = min(1, m.restores)
	case ledger.StateFailed, ledger.StateHeld:
	default:
		t.Fatalf("%s is left in %s (%s)", d.Tag(), d.State, d.Reason)
	}
	if m.restores > 0 && m.again[d.ID] > 0 { // organizers may have begun an attempt of this number twice
		most = 1 + m.again[d.ID]
	}
	if mails < least || mails > most {
		t.Fatalf("%s is %s (%s) and %d mails left", d.Tag(), d.State, d.Reason, mails)
	}
	m.counts[string(d.State)]++
}

const (
	// slotLife is how old a slot may be when its letter gets on the wire.
	slotLife = 10 * time.Second
	// frozen is how long a process may stand still here behind its last look at the clock.
	frozen = 300 * time.Second
	domain = "state.internal"
)

// times is when letters got on the wire, by the mailbox and by the domain they went to.
type times map[string][]time.Time

func (w times) add(a arrival) {
	for _, to := range []string{string(a.message.To[0]), a.message.To[0].Domain()} {
		w[to] = append(w[to], a.at)
	}
}

// paced holds every window of time, an hour among them, to what the pace promises: at most ceil(window/interval) + burst - 1 letters, the
// interval being hour/(PerHour-Burst+1). Slack makes windows longer: letters get on the wire later than by their slots, and clocks that
// differ take what a window that is longer by the difference would let through.
func (w times) paced(t *rapid.T, slack time.Duration) {
	for to, at := range w {
		rate := ledger.NewRate(mailboxPace)
		if !strings.Contains(to, "@") {
			rate = ledger.NewRate(domainPace)
		}
		interval := time.Hour / time.Duration(rate.PerHour-rate.Burst+1)
		slices.SortFunc(at, time.Time.Compare)
		for i, first := range at {
			for n, last := range at[i:] {
				window := last.Sub(first) + time.Millisecond + slack
				if most := int((window+interval-1)/interval) + rate.Burst - 1; n+1 > most {
					t.Fatalf("%d letters to %s from %v to %v, with %v of slack at most %d", n+1, to, first, last, slack, most)
				}
			}
		}
	}
}
