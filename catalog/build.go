package catalog

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// add checks one entry and adds its vendor.
func (b *builder) add(e entry) {
	cat, known := b.c.Category(e.Category)
	b.check(known, "%s: category %q is not known", e.ID, e.Category)
	_, err := ParseKeyName(e.ID)
	b.check(err == nil && !strings.Contains(e.ID, "/"), "vendor id %q: %v", e.ID, err)
	roles, err := ParseRoles(e.Roles)
	b.check(err == nil, "%s: roles %q", e.ID, e.Roles)
	if roles != 0 {
		roles = roles.With(Admin)
	}
	v := &Vendor{ID: e.ID, Name: e.Name, Aliases: e.Aliases, Category: Category(e.Category), Endpoint: e.Endpoint,
		Host: b.regexp(e.ID+" host", e.Host), Auth: Auth(e.Auth), Hint: e.Hint, Preview: Preview(e.Preview),
		LoginPassword: e.LoginPassword, IntervalDays: e.Interval, Expiry: e.Expiry, PortalPath: e.Portal, DocsURL: e.Docs,
		IPAllowlist: e.IPAllowlist, Surprises: e.Surprises, RotateByAPI: e.RotateByAPI, Roles: roles, Test: testOf(e.Test)}
	if v.IntervalDays == 0 {
		v.IntervalDays = cat.IntervalDays
	}
	for _, p := range e.Parts {
		v.Parts = append(v.Parts, Part{Name: p.Name, Secret: p.Secret, Title: titleOf(p.Name), Hint: b.regexp(e.ID+" part "+p.Name, p.Hint)})
	}
	for _, p := range e.Placeholders {
		v.Placeholders = append(v.Placeholders, Placeholder{Name: p.Name, What: p.What, Example: p.Example, Values: p.Values,
			Pattern: b.regexp(e.ID+" placeholder "+p.Name, p.Pattern)})
	}
	b.checkParts(v)
	b.checkEndpoint(v)
	b.check(v.Name != "" && v.Hint != "" && v.PortalPath != "" && v.DocsURL != "" && v.Expiry != "", "%s: name, hint, portal, docs or expiry is missing", v.ID)
	b.check(v.Test.Kind != "" && v.Test.URL != "" && len(v.Test.Expect) > 0 && v.Test.Evidence != "", "%s: the connection test is not whole", v.ID)
	b.c.vendors = append(b.c.vendors, v)
	b.c.byID[v.ID] = v
	b.word(v, v.ID)
	b.word(v, v.Name)
	for _, a := range v.Aliases {
		b.word(v, a)
	}
}

// word gives a vendor a word that finds it; no two vendors share one.
func (b *builder) word(v *Vendor, word string) {
	w := fold(word)
	other, taken := b.c.words[w]
	b.check(w != "" && !(taken && other != v), "%s: the word %q finds another vendor already", v.ID, word)
	b.c.words[w] = v
}

func (b *builder) checkParts(v *Vendor) {
	names := map[string]bool{}
	for _, p := range v.Parts {
		b.check(partName.MatchString(p.Name) && !names[p.Name], "%s: part name %q", v.ID, p.Name)
		names[p.Name] = true
	}
	p, ok := v.Part(v.Preview.Part)
	b.check(ok && p.Secret, "%s: the preview shows %q, which is no secret part", v.ID, v.Preview.Part)
	b.check(len(v.SecretParts()) > 0, "%s: no part is secret", v.ID)
}

var (
	partName = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	braced   = regexp.MustCompile(`\{([a-z0-9_]+)\}`)
)

// checkEndpoint holds the endpoint, its placeholders and their examples together.
func (b *builder) checkEndpoint(v *Vendor) {
	for _, m := range braced.FindAllStringSubmatch(v.Endpoint, -1) {
		_, ok := v.placeholder(m[1])
		b.check(ok, "%s: the endpoint has {%s}, which is not declared", v.ID, m[1])
	}
	for _, p := range v.Placeholders {
		b.check(strings.Contains(v.Endpoint, "{"+p.Name+"}"), "%s: placeholder %s is not in the endpoint", v.ID, p.Name)
		b.check(p.Pattern != nil && p.What != "" && p.Example != "", "%s: placeholder %s: pattern, what or example is missing", v.ID, p.Name)
		if p.Pattern == nil {
			return
		}
		b.check(p.Pattern.MatchString(p.Example), "%s: placeholder %s does not match its example", v.ID, p.Name)
		b.check(!slices.ContainsFunc(p.Values, func(s string) bool { return !p.Pattern.MatchString(s) }),
			"%s: placeholder %s does not match its values", v.ID, p.Name)
	}
	err := v.CheckEndpoint(nil)
	b.check(err == nil, "%s: %v", v.ID, err)
	u, err := url.Parse(v.DocsURL)
	b.check(err == nil && (u.Scheme == "" || u.Scheme == "https"), "%s: docs %q", v.ID, v.DocsURL)
}

func (b *builder) ambiguous(words map[string][]string) {
	for word, ids := range words {
		w := fold(word)
		_, taken := b.c.words[w]
		b.check(!taken, "the ambiguous word %q is the name of a vendor", word)
		for _, id := range ids {
			v, ok := b.c.byID[id]
			b.check(ok, "the ambiguous word %q names %q, which does not exist", word, id)
			if ok {
				b.c.ambiguous[w] = append(b.c.ambiguous[w], v)
			}
		}
		b.check(len(ids) > 0, "the ambiguous word %q names no vendor", word)
	}
}

func testOf(t entryTest) Test {
	return Test{Kind: t.Kind, Method: t.Method, Path: t.Path, URL: t.URL, Body: t.Body, Expect: t.Expect, On401: t.On401,
		On403: t.On403, Note: t.Note, Evidence: t.Evidence, Verified: strings.HasPrefix(t.Evidence, "verified")}
}

// titleOf is a part's name for people: "client_id" is "Client ID".
func titleOf(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		switch {
		case slices.Contains([]string{"id", "api", "jwt", "sid"}, w):
			words[i] = strings.ToUpper(w)
		case i == 0:
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}
