package ledger

import (
	"context"
	"fmt"
	"slices"
)

const scopesName = "SCOPES#ALL"

// scopes are the campaigns that letters may wait for.
type scopes struct {
	Campaigns []string `json:"campaigns"` // sorted
}

// Scopes answers the scopes of all campaigns that were ever named here, sorted, and adds these: what waits for a campaign whose files
// are gone, or that went to the other mode, is then still known of.
func Scopes(ctx context.Context, docs Documents, campaigns ...string) ([]string, error) {
	var all []string
	err := change(ctx, docs, scopesName, func(s *scopes) {
		for _, c := range campaigns {
			if at, found := slices.BinarySearch(s.Campaigns, c); !found {
				s.Campaigns = slices.Insert(s.Campaigns, at, c)
			}
		}
		all = slices.Clone(s.Campaigns)
	})
	if err != nil {
		return nil, fmt.Errorf("scopes: %w", err)
	}
	return all, nil
}
