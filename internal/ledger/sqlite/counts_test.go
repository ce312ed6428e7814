package sqlite_test

import (
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/ledger/sqlite"
)

func TestRepairMendsBrokenTallies(t *testing.T) {
	var f folder
	fresh := func(t *testing.T) (one, other ledger.Ledger) {
		f = newFolder(t)
		return open(t, f.path), open(t, f.path)
	}
	spoils := map[string]func(*testing.T, ledger.Ledger, string){}
	for name, breaks := range map[string]string{
		"all are gone":              `DELETE FROM tallies WHERE campaign = 'protest-day'`,
		"one is gone":               `DELETE FROM tallies WHERE campaign = 'protest-day' AND state = 'sent'`,
		"one is wrong":              `UPDATE tallies SET n = n + 1 WHERE campaign = 'protest-day' AND state = 'sent'`,
		"one is below zero":         `UPDATE tallies SET n = -5 WHERE campaign = 'protest-day' AND state = 'sent'`,
		"the actions are wrong":     `UPDATE tallies SET n = 7 WHERE campaign = 'protest-day' AND target = ''`,
		"one too many":              `INSERT INTO tallies VALUES ('protest-day', 'nowhere', 'email', 'sent', 2)`,
		"no partner is counted":     `DELETE FROM brought WHERE campaign = 'protest-day'`,
		"a partner is wrong":        `UPDATE brought SET n = n + 1 WHERE campaign = 'protest-day' AND partner = 'ngo'`,
		"claimed for verified":      `UPDATE brought SET n = 1 - n WHERE campaign = 'protest-day' AND partner = 'ngo'; INSERT INTO brought VALUES ('protest-day', 'ngo', 1, 1)`,
		"a partner too many":        `INSERT INTO brought VALUES ('protest-day', 'nobody', 0, 2)`,
		"no variant is counted":     `DELETE FROM varied WHERE campaign = 'protest-day'`,
		"a variant is wrong":        `UPDATE varied SET n = n + 1 WHERE campaign = 'protest-day' AND variant = 2`,
		"a variant too many":        `INSERT INTO varied VALUES ('protest-day', 9, 1)`,
		"one too many that is sent": `INSERT INTO tallies VALUES ('protest-day', 'cn-paris', 'email', 'claimed', 2)`,
	} {
		spoils[name] = func(*testing.T, ledger.Ledger, string) { f.sql(breaks) }
	}
	ledgertest.Repairs(t, fresh, spoils)
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
