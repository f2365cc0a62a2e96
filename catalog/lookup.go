package catalog

import (
	"slices"
	"strings"
)

// Match is what a word found: one Vendor, or Candidates to ask about, or nothing.
type Match struct {
	Vendor     *Vendor
	Exact      bool      // the word is an id, a name or an alias of Vendor
	Guess      bool      // the word was mistyped: say so, and ask before a change
	Candidates []*Vendor // ask which; Vendor is nil then
}

func (c *shelf) lookup(word string) Match {
	w := fold(word)
	if v, ok := c.words[w]; ok {
		return Match{Vendor: v, Exact: true}
	}
	if vs, ok := c.ambiguous[w]; ok {
		return Match{Candidates: vs}
	}
	if len(w) < 2 {
		return Match{}
	}
	if m := c.having(func(known string) bool { return strings.HasPrefix(known, w) }); !m.none() {
		return m
	}
	return c.guess(w)
}

func (m Match) none() bool { return m.Vendor == nil && len(m.Candidates) == 0 }

// guess finds the words that are the fewest slips away: one, or two in words of 8 letters and more. Words under
// 4 letters have too many neighbours.
func (c *shelf) guess(w string) Match {
	const shortest, long = 4, 8
	for slips := 1; slips <= 2 && len(w) >= shortest; slips++ {
		m := c.having(func(known string) bool {
			return len(known) >= shortest && distance(w, known, slips) <= slips
		})
		if !m.none() {
			m.Guess = m.Vendor != nil
			return m
		}
		if len(w) < long {
			break
		}
	}
	return Match{}
}

// having is the vendors with a word that fits. Where an ambiguous word fits, it asks.
func (c *shelf) having(fits func(word string) bool) Match {
	hit := map[*Vendor]bool{}
	for word, v := range c.words {
		if fits(word) {
			hit[v] = true
		}
	}
	ask := false
	for word, vs := range c.ambiguous {
		if fits(word) {
			ask = true
			for _, v := range vs {
				hit[v] = true
			}
		}
	}
	found := slices.DeleteFunc(slices.Clone(c.vendors), func(v *Vendor) bool { return !hit[v] })
	if len(found) == 1 && !ask {
		return Match{Vendor: found[0]}
	}
	return Match{Candidates: found}
}
