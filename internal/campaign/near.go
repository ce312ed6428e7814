package campaign

import "strings"

// nearest answers the one of several words that a misspelt one was probably meant to be; empty if none is near.
func nearest(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := slips(strings.ToLower(word), k); d < least && 3*d <= max(len(k), 3) {
			best, least = k, d
		}
	}
	return best
}

// slips counts the letters left out, put in, changed or swapped with their neighbour between two short words of ASCII (the
// distance of Damerau and Levenshtein, each letter touched once).
func slips(a, b string) int {
	var before, above, row []int // two rows up, one up, this one
	for i := 0; i <= len(a); i++ {
		before, above, row = above, row, make([]int, len(b)+1)
		for j := range row {
			row[j] = cheapest(a, b, i, j, before, above, row)
		}
	}
	return row[len(b)]
}

func cheapest(a, b string, i, j int, before, above, row []int) int {
	if i == 0 || j == 0 {
		return i + j
	}
	change := above[j-1]
	if a[i-1] != b[j-1] {
		change++
	}
	least := min(above[j]+1, row[j-1]+1, change)
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		least = min(least, before[j-2]+1)
	}
	return least
}

// didYouMean is nearest as the end of a sentence.
func didYouMean(word string, known []string) string {
	if k := nearest(word, known); k != "" {
		return ": did you mean " + k + "?"
	}
	return ""
}
