package catalog

import (
	"cmp"
	"slices"
	"strings"
)

func (b *builder) category(e entryCategory) {
	_, taken := b.c.category(e.ID)
	b.check(fold(e.ID) != "" && !taken, "category %q: no name, or one that is there already", e.ID)
	roles, err := ParseRoles(e.Roles)
	b.check(err == nil && roles != 0, "category %s: roles %q", e.ID, e.Roles)
	b.check(validInterval(e.Interval), "category %s: interval %d", e.ID, e.Interval)
	b.c.categories = append(b.c.categories, CategoryInfo{Category(e.ID), e.Interval, roles.With(Admin)})
}

// maxInterval is ten years, in days.
const maxInterval = 3650

func validInterval(days int) bool { return 0 < days && days <= maxInterval }

// vendor checks one entry and adds its vendor, also a faulty one, so that other entries can refer to it.
func (b *builder) vendor(e entry) {
	category, known := b.c.category(e.Category)
	b.check(known, "%s: category %q is not known", e.ID, e.Category)
	roles, err := ParseRoles(e.Roles)
	b.check(err == nil, "%s: roles %q", e.ID, e.Roles)
	if roles != 0 {
		roles = roles.With(Admin)
	}
	v := &Vendor{
		ID: e.ID, Name: e.Name, Aliases: e.Aliases, Category: category.ID, Endpoint: e.Endpoint,
		Placeholders: b.placeholders(e), Host: b.regexp(e.ID+" host", e.Host),
		Auth: Auth(e.Auth), Parts: b.parts(e), Hint: e.Hint, Preview: Preview(e.Preview),
		LoginPassword: e.LoginPassword, IntervalDays: e.Interval, Expiry: e.Expiry, PortalPath: e.Portal,
		DocsURL: e.Docs, IPAllowlist: e.IPAllowlist, Surprises: e.Surprises, RotateByAPI: e.RotateByAPI,
		Test: testOf(e.Test), Roles: roles,
	}
	if v.IntervalDays == 0 {
		v.IntervalDays = category.IntervalDays
	}
	b.checkVendor(v)
	b.c.put(v, category)
	for _, word := range slices.Concat([]string{v.ID, v.Name}, v.Aliases) {
		b.word(v, word)
	}
}

// put adds a vendor, save for the words that find it.
func (s *shelf) put(v *Vendor, category CategoryInfo) {
	s.vendors = append(s.vendors, v)
	s.byID[v.ID] = v
	if s.access[v.ID] = v.Roles; v.Roles == 0 {
		s.access[v.ID] = category.Roles
	}
	s.searched[v.ID] = strings.ToLower(strings.Join(
		slices.Concat([]string{v.Name, string(v.Category)}, v.Aliases), " "))
}

// word gives a vendor a word that finds it; no two vendors share one, however it is written.
func (b *builder) word(v *Vendor, word string) {
	w := fold(word)
	other, taken := b.c.words[w]
	b.check(w != "", "%s: the word %q has no letter", v.ID, word)
	b.check(!taken || other == v, "%s: the word %q finds another vendor already", v.ID, word)
	b.c.words[w] = v
}

func (b *builder) placeholders(e entry) []Placeholder {
	var out []Placeholder
	for _, p := range e.Placeholders {
		out = append(out, Placeholder{Name: p.Name, What: p.What, Example: p.Example, Values: p.Values,
			Pattern: b.regexp(e.ID+" placeholder "+p.Name, p.Pattern)})
	}
	return out
}

func (b *builder) parts(e entry) []Part {
	var out []Part
	for _, p := range e.Parts {
		out = append(out, Part{Name: p.Name, Secret: p.Secret, Title: titleOf(p.Name),
			Hint: b.regexp(e.ID+" part "+p.Name, p.Hint)})
	}
	return out
}

// ambiguous takes the words to ask about. They are read last, when all vendors are known.
func (b *builder) ambiguous(words map[string][]string) {
	for _, word := range sortedKeys(words) {
		w := fold(word)
		_, taken := b.c.words[w]
		_, twice := b.c.ambiguous[w]
		b.check(w != "" && !taken && !twice, "the ambiguous word %q is a vendor's or there already", word)
		b.check(len(words[word]) > 0, "the ambiguous word %q names no vendor", word)
		for _, id := range words[word] {
			v, ok := b.c.byID[id]
			b.check(ok, "the ambiguous word %q names %q, which does not exist", word, id)
			b.check(!ok || !slices.Contains(b.c.ambiguous[w], v), "the ambiguous word %q names %s twice", word, id)
			if ok {
				b.c.ambiguous[w] = append(b.c.ambiguous[w], v)
			}
		}
		slices.SortFunc(b.c.ambiguous[w], func(x, y *Vendor) int {
			return cmp.Compare(slices.Index(b.c.vendors, x), slices.Index(b.c.vendors, y))
		})
	}
}

func testOf(t entryTest) Test {
	return Test{
		Kind: t.Kind, Method: t.Method, Path: t.Path, URL: t.URL, Body: t.Body, Expect: t.Expect,
		On401: t.On401, On403: t.On403, Note: t.Note,
		Evidence: t.Evidence, Verified: strings.HasPrefix(t.Evidence, "verified"),
	}
}

// titleOf is a part's name for people: "client_id" is "Client ID".
func titleOf(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		switch {
		case slices.Contains([]string{"id", "api", "jwt", "sid"}, w):
			words[i] = strings.ToUpper(w)
		case i == 0 && w != "":
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}
