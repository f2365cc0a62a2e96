package catalog

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Match is what a word found: one Vendor, or Candidates to ask about, or nothing.
type Match struct {
	Vendor *Vendor
	// Guess: the word was a typo or a prefix of only this vendor. Say so before a change.
	Guess      bool
	Candidates []*Vendor
}

// Vendors is all vendors in the catalog's order. Callers must not change the slice.
func (c *Catalog) Vendors() []*Vendor { return c.vendors }

// Vendor is the vendor with that id.
func (c *Catalog) Vendor(id string) (*Vendor, bool) {
	v, ok := c.byID[id]
	return v, ok
}

// Categories is all categories in the catalog's order. Callers must not change the slice.
func (c *Catalog) Categories() []CategoryInfo { return c.categories }

// Category is the category of that name, in any case.
func (c *Catalog) Category(name string) (CategoryInfo, bool) {
	for _, cat := range c.categories {
		if strings.EqualFold(string(cat.ID), strings.TrimSpace(name)) {
			return cat, true
		}
	}
	return CategoryInfo{}, false
}

// Access is the roles that may retrieve a key: its own list, else its vendor's, else its category's. Admin is
// always among them; a key of an unknown vendor is for Admin alone.
func (c *Catalog) Access(k Key) Roles {
	roles := k.Roles
	if v, ok := c.byID[k.Name.Vendor]; ok && roles == 0 {
		if roles = v.Roles; roles == 0 {
			cat, _ := c.Category(string(v.Category))
			roles = cat.Roles
		}
	}
	return roles.With(Admin)
}

// Lookup finds a vendor by id, alias or name, else by a prefix, else by a likely typo. A word that fits
// several gives Candidates and no Vendor.
func (c *Catalog) Lookup(word string) Match {
	w := fold(word)
	if w == "" {
		return Match{}
	}
	if v, ok := c.words[w]; ok {
		return Match{Vendor: v}
	}
	if vs, ok := c.ambiguous[w]; ok {
		return Match{Candidates: vs}
	}
	if len(w) < 2 {
		return Match{}
	}
	found := c.having(func(known string) bool { return strings.HasPrefix(known, w) })
	if len(found) == 0 {
		found = c.having(near(w))
		return match(found, true)
	}
	return match(found, false)
}

func match(found []*Vendor, guess bool) Match {
	if len(found) == 1 {
		return Match{Vendor: found[0], Guess: guess}
	}
	return Match{Candidates: found}
}

// having is the vendors with a word that fits, in the catalog's order.
func (c *Catalog) having(fits func(word string) bool) []*Vendor {
	hit := map[*Vendor]bool{}
	for word, v := range c.words {
		if fits(word) {
			hit[v] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(c.vendors), func(v *Vendor) bool { return !hit[v] })
}

// near says whether a word is one typo away: two in words of 8 letters and more. Words under 4 letters have
// too many neighbours.
func near(w string) func(string) bool {
	allowed := 1
	if len(w) >= 8 {
		allowed = 2
	}
	return func(known string) bool {
		return len(w) >= 4 && len(known) >= 4 && distance(w, known, allowed) <= allowed
	}
}

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
	for _, s := range out[:min(n, len(out))] {
		words = append(words, s.word)
	}
	return words
}

// distance is the number of single changes between a and b, two neighbours that changed places counting as one
// (optimal string alignment); above limit it is limit+1.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit || len(a) > 64 || len(b) > 64 {
		return limit + 1
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return min(rows[len(a)][len(b)], limit+1)
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
