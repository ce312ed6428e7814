package ledger_test

import (
	"slices"
	"testing"

	"one-click-protest/internal/ledger"
)

func TestScopesStayKnown(t *testing.T) {
	docs := newShelf()
	for _, step := range []struct{ add, want []string }{
		{nil, nil}, {[]string{"b", "a-TEST"}, []string{"a-TEST", "b"}}, {[]string{"a"}, []string{"a", "a-TEST", "b"}}, {[]string{"b"}, []string{"a", "a-TEST", "b"}},
	} {
		got, err := ledger.Scopes(t.Context(), docs, step.add...)
		if err != nil || !slices.Equal(got, step.want) {
			t.Errorf("%v, %v; want %v", got, err, step.want)
		}
	}
}
