package sqlite_test

import (
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
)

func TestRepairMendsBrokenTallies(t *testing.T) {
	for name, breaks := range map[string]string{
		"all are gone":              `DELETE FROM tallies`,
		"one is gone":               `DELETE FROM tallies WHERE state = 'sent'`,
		"one is wrong":              `UPDATE tallies SET n = n + 1 WHERE state = 'sent'`,
		"one is below zero":         `UPDATE tallies SET n = -5 WHERE state = 'sent'`,
		"the actions are wrong":     `UPDATE tallies SET n = 7 WHERE target = ''`,
		"one too many":              `INSERT INTO tallies VALUES ('protest-day', 'nowhere', 'email', 'sent', 2)`,
		"one too many that is sent": `INSERT INTO tallies VALUES ('protest-day', 'cn-paris', 'email', 'claimed', 2)`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			l := open(t, f.path)
			for i := range int64(5) {
				pair(t, l, i)
			}
			if _, err := l.Accept(t.Context(), claimed(5)); err != nil {
				t.Fatal(err)
			}
			f.repaired(l, "protest-day", false)
			want, err := l.Tally(t.Context(), "protest-day")
			if err != nil {
				t.Fatal(err)
			}
			f.sql(breaks)
			f.repaired(l, "another-day", false)
			f.repaired(l, "protest-day", true)
			f.repaired(l, "protest-day", false)
			got, err := l.Tally(t.Context(), "protest-day")
			if err != nil || !got.Equal(want) || got.Actions != 6 {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
			if _, err := l.Settle(t.Context(), sent(claimed(5))); err != nil { // and counting goes on from there
				t.Fatal(err)
			}
			f.repaired(l, "protest-day", false)
		})
	}
}

func (f folder) repaired(l *sqlite.Ledger, campaign string, want bool) {
	f.Helper()
	if changed, err := l.Repair(f.Context(), campaign); changed != want || err != nil {
		f.Errorf("Repair of %s = %v, %v; want %v", campaign, changed, err, want)
	}
}

// Repair mends one campaign and leaves the others' counts alone, right or wrong.
func TestRepairMendsOneCampaign(t *testing.T) {
	f := newFolder(t)
	l := open(t, f.path)
	pair(t, l, 1)
	other := ledger.Tally{Actions: 9}
	f.sql(`UPDATE tallies SET n = 3; INSERT INTO tallies VALUES ('another-day', '', '', '', 9)`)
	f.repaired(l, "protest-day", true)
	if got, err := l.Tally(t.Context(), "another-day"); err != nil || !got.Equal(other) {
		t.Errorf("%v, %v", got, err)
	}
}
