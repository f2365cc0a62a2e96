package catalog

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Nearest is up to n of the words that are most like word, the likeliest first. Words that are not like it
// at all are left out.
func Nearest(word string, among []string, n int) []string {
	type scored struct {
		word string
		d    int
	}
	w := fold(word)
	var out []scored
	for _, a := range among {
		f := fold(a)
		limit := max(1, min(len(w), len(f))/2)
		d := distance(w, f, limit)
		if len(w) > 1 && strings.HasPrefix(f, w) {
			d = 0
		}
		if w != "" && d <= limit {
			out = append(out, scored{a, d})
		}
	}
	slices.SortStableFunc(out, func(a, b scored) int { return cmp.Compare(a.d, b.d) })
	var words []string
	for _, s := range out[:max(0, min(n, len(out)))] {
		words = append(words, s.word)
	}
	return words
}

// longest is the longest word, in bytes, that is compared for typos.
const longest = 48

// distance is the number of slips between a and b: a letter too many, too few or wrong, or two neighbours that
// changed places (optimal string alignment). Above limit it is limit+1.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit || max(len(a), len(b)) > longest {
		return limit + 1
	}
	var rows [longest + 1][longest + 1]int8
	for i := range len(a) + 1 {
		rows[i][0] = int8(i)
	}
	for j := range len(b) + 1 {
		rows[0][j] = int8(j)
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := int8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return min(int(rows[len(a)][len(b)]), limit+1)
}

// fold makes words comparable: lower case, letters and digits only.
func fold(s string) string {
	if len(s) > 256 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}
