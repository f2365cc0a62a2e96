package catalog

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	fieldName    = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	braced       = regexp.MustCompile(`\{([^{}]*)\}`)
	previewLabel = regexp.MustCompile(`^[A-Za-z0-9._-]{1,20}$`)
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// checkVendor looks at one vendor by itself.
func (b *builder) checkVendor(v *Vendor) {
	_, err := ParseKeyName(v.ID)
	b.check(err == nil && validPart(v.ID), "vendor id %q: lower case, not reserved, no label", v.ID)
	for _, field := range []struct{ name, text string }{
		{"name", v.Name}, {"hint", v.Hint}, {"expiry", v.Expiry}, {"portal", v.PortalPath}, {"docs", v.DocsURL},
		{"auth.scheme", v.Auth.Scheme}, {"auth.send_as", v.Auth.SendAs}, {"test.evidence", v.Test.Evidence},
	} {
		b.check(strings.TrimSpace(field.text) != "", "%s: %s is missing", v.ID, field.name)
	}
	b.check(validInterval(v.IntervalDays), "%s: interval %d", v.ID, v.IntervalDays)
	b.checkParts(v)
	b.checkPlaceholders(v)
	b.checkTest(v)
}

func (b *builder) checkParts(v *Vendor) {
	seen := map[string]bool{}
	for _, p := range v.Parts {
		b.field(v, "part", p.Name, seen)
	}
	b.check(len(v.SecretParts()) > 0, "%s: no part is secret", v.ID)
	p, ok := v.Part(v.Preview.Part)
	b.check(ok && p.Secret, "%s: the preview shows %q, which is no secret part", v.ID, v.Preview.Part)
	b.check(previewLabel.MatchString(v.Preview.Label), "%s: preview label %q", v.ID, v.Preview.Label)
}

func (b *builder) field(v *Vendor, what, name string, seen map[string]bool) {
	b.check(fieldName.MatchString(name) && !seen[name], "%s: %s %q: no plain name, or there twice", v.ID, what, name)
	seen[name] = true
}

// checkPlaceholders holds the endpoint, its placeholders and their examples together.
func (b *builder) checkPlaceholders(v *Vendor) {
	for _, m := range braced.FindAllStringSubmatch(v.Endpoint, -1) {
		_, ok := v.placeholder(m[1])
		b.check(ok, "%s: the endpoint has {%s}, which is not declared", v.ID, m[1])
	}
	seen := map[string]bool{}
	for _, p := range v.Placeholders {
		b.field(v, "placeholder", p.Name, seen)
		used := strings.Contains(v.Endpoint, "{"+p.Name+"}")
		b.check(used, "%s: placeholder %s is not in the endpoint", v.ID, p.Name)
		b.check(p.What != "" && p.Pattern != nil, "%s: placeholder %s: what or pattern is missing", v.ID, p.Name)
		for _, value := range append([]string{p.Example}, p.Values...) {
			err := v.CheckEndpoint(map[string]string{p.Name: value})
			b.check(value != "" && err == nil, "%s: placeholder %s: %q does not fit: %v", v.ID, p.Name, value, err)
		}
	}
	err := v.CheckEndpoint(nil)
	b.check(err == nil, "%s: %v", v.ID, err)
}

// checkTest looks at the connection test, and at where it and the token exchange before it would send the key.
func (b *builder) checkTest(v *Vendor) {
	t := v.Test
	b.check(slices.Contains(testKinds, t.Kind), "%s: test kind %q", v.ID, t.Kind)
	b.check(t.Method == "GET" || t.Method == "POST", "%s: test method %q", v.ID, t.Method)
	b.check(len(t.Expect) > 0 && !slices.ContainsFunc(t.Expect, func(n int) bool { return n < 200 || n > 299 }),
		"%s: test expects %v", v.ID, t.Expect)
	b.check(t.Path == "" || t.URL == v.Endpoint+t.Path, "%s: test path and url differ", v.ID)
	b.checkTarget(v, "test url", t.URL)
	if v.Auth.TokenURL != "" {
		b.checkTarget(v, "token url", v.Auth.TokenURL)
	}
	exchanged := strings.HasPrefix(t.Kind, "token_")
	b.check(exchanged == (v.Auth.TokenURL != ""), "%s: a token url goes with a token test only", v.ID)
}

var testKinds = []string{"get", "token_then_get", "token_only", "json_rpc", "signed_get"}

// checkTarget: an address a key is sent to is built from placeholders and public parts only, parts come after
// the host, and its host is the endpoint's or fixed.
func (b *builder) checkTarget(v *Vendor, what, target string) {
	examples := map[string]string{}
	for _, p := range v.Placeholders {
		examples[p.Name] = p.Example
	}
	filled, _ := v.fill(target, examples)
	endpoint, _ := v.Resolve(examples)
	for _, p := range v.PublicParts() {
		filled = strings.ReplaceAll(filled, "/{"+p.Name+"}", "/x")
	}
	u, ok := plainURL(filled)
	rest, https := strings.CutPrefix(target, "https://")
	b.check(ok && https && !strings.ContainsAny(filled, "{}"),
		"%s: %s %q: it must be plain https, and made of placeholders and public parts", v.ID, what, target)
	at, fine := plainURL(endpoint)
	if !ok || !fine {
		return
	}
	host, _, _ := strings.Cut(rest, "/")
	fixed := v.Host != nil && !strings.ContainsAny(host, "{}")
	b.check(fixed || u.Host == at.Host, "%s: %s %q leads away from the endpoint", v.ID, what, target)
}
