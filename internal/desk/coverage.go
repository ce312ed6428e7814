package desk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// coverageCommand shows who gets whose letter, so that missing addresses can be collected before the day.
type coverageCommand struct {
	Campaign string `arg:"" help:"The campaign's slug."`
	CSV      string `type:"path" help:"Write the table with all its columns too, for a spreadsheet." placeholder:"FILE"`
	Map      string `type:"path" help:"Draw a map of the world too (SVG): each country by its channel." placeholder:"FILE.svg"`
}

// Run prints the table as check does and the countries that need an address, and writes the files that were asked for.
func (c *coverageCommand) Run(_ context.Context, env Env) error {
	found, err := findCampaign(env, c.Campaign)
	if err != nil {
		return err
	}
	if c.CSV != "" && c.CSV == c.Map {
		return misused("--csv and --map name one file")
	}
	printAlso(env, found)
	if err := printCoverage(env, found); err != nil {
		return err
	}
	rows := found.Coverage()
	all := slices.Concat(rows, found.Also())
	_, _ = fmt.Fprint(env.Stdout, addressesToCollect(all))
	if c.CSV != "" {
		table, err := coverageCSV(found, all, env.Now())
		if err != nil {
			return err
		}
		if err := replaceFile(c.CSV, table); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
		_, _ = fmt.Fprintf(env.Stderr, "%s: %d countries\n", c.CSV, len(rows))
	}
	if c.Map == "" {
		return nil
	}
	drawn, unplaced := coverageMap(found, rows, env.Now())
	if err := replaceFile(c.Map, drawn); err != nil {
		return fmt.Errorf("write map: %w", err)
	}
	for _, country := range unplaced {
		_, _ = fmt.Fprintf(env.Stderr, "%s: %s %s has no place on the map\n", c.Map, country, country.Name())
	}
	_, _ = fmt.Fprintf(env.Stderr, "%s: %d countries\n", c.Map, len(rows)-len(unplaced))
	return nil
}

// collectWidth is how long a line of countries may be.
const collectWidth = 100

// addressesToCollect names the countries whose signers have to send the letter themselves, sorted by name and wrapped; empty where none has to.
func addressesToCollect(rows []campaign.Row) string {
	var out strings.Builder
	for _, channel := range []ledger.Channel{ledger.ChannelSelf, ledger.ChannelPrint} {
		var names []string
		for _, r := range rows {
			if r.Channel == channel {
				names = append(names, countryNameOf(r))
			}
		}
		if len(names) == 0 {
			continue
		}
		slices.Sort(names)
		names = slices.Compact(names)
		_, _ = fmt.Fprintf(&out, "Addresses to collect, %s only (%d):\n%s", channel, len(names), wrapped(names))
	}
	return out.String()
}

// countryNameOf is whose letters a row is about; that of a target which all signers write to besides has no country.
func countryNameOf(r campaign.Row) string {
	if r.Country == "" {
		return "every country: " + r.Target.Name
	}
	return r.Country.Name()
}

// wrapped is words in lines, with commas between them.
func wrapped(words []string) string {
	var out strings.Builder
	line := " "
	for i, word := range words {
		if i < len(words)-1 {
			word += ","
		}
		if len([]rune(line))+len([]rune(word)) >= collectWidth {
			out.WriteString(line + "\n")
			line = " "
		}
		line += " " + word
	}
	return out.String() + line + "\n"
}

// coverageColumns is the head of the table; coverageCells answers a row's cells in this order.
var coverageColumns = []string{"country", "country_name", "channel", "address", "as_of", "age_months", "target", "target_name", "kind", "city",
	"time_zone", "expected", "salutation", "language", "why"}

// coverageCSV is the table for spreadsheets.
func coverageCSV(c *campaign.Campaign, rows []campaign.Row, now time.Time) ([]byte, error) {
	var table bytes.Buffer
	out := csv.NewWriter(&table)
	_ = out.Write(coverageColumns) // Flush keeps the first error
	for _, r := range rows {
		_ = out.Write(coverageCells(c, r, now))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return nil, fmt.Errorf("write table: %w", err)
	}
	return table.Bytes(), nil
}

func coverageCells(c *campaign.Campaign, r campaign.Row, now time.Time) []string {
	cells := []string{cmp.Or(string(r.Country), "all"), countryNameOf(r), string(r.Channel), r.Address, dateOf(r.AsOf), ageCell(r.AsOf, now)}
	if r.Target == nil {
		cells = append(cells, "", "", "", "")
	} else {
		cells = append(cells, r.Target.ID, r.Target.Name, r.Target.Kind, r.Target.City)
	}
	cells = append(cells, r.Zone, expectedAt(c, r, now), r.Salutation, r.Language, r.Why)
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return cells
}

// expectedAt is when a letter signed now may reach the target, as the clocks there show it; empty where the campaign has no release hour
// or the signer sends.
func expectedAt(c *campaign.Campaign, r campaign.Row, now time.Time) string {
	if c.Release.IsZero() || r.Target == nil || !r.Channel.Mailed() {
		return ""
	}
	return c.Expected(campaign.Way{Target: r.Target, Channel: r.Channel}, now).Format("2006-01-02 15:04 -07:00")
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// monthsOld counts whole months; less than none for a date to come.
func monthsOld(asOf, now time.Time) int {
	now = now.UTC()
	months := (now.Year()-asOf.Year())*12 + int(now.Month()-asOf.Month())
	if now.Day() < asOf.Day() {
		months--
	}
	return months
}

func ageCell(asOf, now time.Time) string {
	if asOf.IsZero() {
		return ""
	}
	return strconv.Itoa(monthsOld(asOf, now))
}

// bestRows keeps of each country the row with the best channel.
func bestRows(rows []campaign.Row) []campaign.Row {
	best := slices.Clone(rows)
	slices.SortStableFunc(best, func(a, b campaign.Row) int {
		return cmp.Or(cmp.Compare(a.Country, b.Country), cmp.Compare(lookOf(a.Channel), lookOf(b.Channel)))
	})
	return slices.CompactFunc(best, func(a, b campaign.Row) bool { return a.Country == b.Country })
}
