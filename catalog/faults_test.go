package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"keydesk/catalog"
)

const whole = `categories:
  - {id: RMM, interval: 90, roles: 'Admin,L2'}
ambiguous: {acme: [one, two]}
vendors:
  - id: one
    name: Acme One
    aliases: [uno]
    category: RMM
    endpoint: 'https://{site}.one.example/api'
    host: '^[a-z]+\.one\.example$'
    placeholders: [{name: site, what: site, example: eu, pattern: '^[a-z]+$', values: [eu, us]}]
    auth: {scheme: bearer, send_as: 'Authorization: Bearer <key>'}
    parts: [{name: client_id}, {name: api_key, secret: true, hint: '^K[0-9]+$'}]
    hint: a K and digits
    preview: {part: api_key, label: one_}
    expiry: none
    portal: Settings > API
    docs: https://one.example
    test: {kind: get, method: GET, path: /me, url: 'https://{site}.one.example/api/me', expect: [200],
      evidence: from memory}
  - id: two
    name: Acme Two
    category: RMM
    endpoint: https://two.example
    host: '^two\.example$'
    auth: {scheme: oauth, token_url: https://id.two.example/token, send_as: 'Authorization: Bearer <token>'}
    parts: [{name: api_key, secret: true}]
    hint: opaque
    preview: {part: api_key, label: two_}
    expiry: none
    portal: Settings > API
    docs: https://two.example
    test: {kind: token_only, method: POST, url: https://id.two.example/token, expect: [200],
      evidence: 'verified: its docs'}
`

func TestParseTakesAWholeCatalog(t *testing.T) {
	c, err := catalog.Parse(strings.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := c.Vendor("two"); !ok || !v.Test.Verified || v.IntervalDays != 90 {
		t.Errorf("%v %+v", ok, v)
	}
}

var faults = []struct{ name, old, new, want string }{
	{"unknown field", "hint: opaque", "hunt: opaque", "field hunt not found"},
	{"wrong type", "interval: 90", "interval: soon", "cannot unmarshal"},
	{"repeated field", "hint: opaque", "hint: opaque\n    hint: again", "already"},
	{"category twice", "categories:", "categories:\n  - {id: rmm, interval: 9, roles: Admin}", `category "RMM"`},
	{"category without roles", "'Admin,L2'", "''", "category RMM: roles"},
	{"category with a wrong role", "'Admin,L2'", "'Admin,L3'", "category RMM: roles"},
	{"category interval", "interval: 90", "interval: -90", "category RMM: interval"},
	{"unknown category", "name: Acme Two\n    category: RMM",
		"name: Acme Two\n    category: PSA", `two: category "PSA"`},
	{"id twice", "- id: two", "- id: one", `the word "one" finds another`},
	{"id in capitals", "- id: two", "- id: Two", `vendor id "Two"`},
	{"id with a label", "- id: two", "- id: two/x", `vendor id "two/x"`},
	{"reserved id", "- id: two", "- id: keydesk-two", "keydesk-two"},
	{"alias of another", "[uno]", "[TWO]", `the word "two" finds another`},
	{"alias is another's name", "[uno]", "[acme-two]", `"Acme Two" finds another`},
	{"alias without letters", "[uno]", "['--']", "has no letter"},
	{"ambiguous word of a vendor", "{acme:", "{Uno:", `the ambiguous word "Uno"`},
	{"ambiguous word twice", "{acme:", "{A-C-M-E: [one], acme:", `the ambiguous word "acme"`},
	{"ambiguous, unknown vendor", "[one, two]", "[one, three]", `names "three"`},
	{"ambiguous, nothing", "[one, two]", "[]", "names no vendor"},
	{"ambiguous, same vendor", "[one, two]", "[one, one]", "twice"},
	{"hint does not compile", "'^K[0-9]+$'", "'^K[0-9+$'", "one part api_key"},
	{"hint is not anchored", "'^K[0-9]+$'", "'K[0-9]+'", "not anchored"},
	{"host does not compile", `'^two\.example$'`, `'^(two$'`, "two host"},
	{"host does not match", `'^two\.example$'`, `'^two\.examples$'`, "not Acme Two's"},
	{"host only looks anchored", `'^two\.example$'`, `'^two|example$'`, "not Acme Two's"},
	{"undeclared placeholder", "https://{site}.one.example/api'", "https://{place}.one.example/api'", "has {place}"},
	{"unused placeholder", "https://{site}.one.example/api'", "https://eu.one.example/api'", "site is not in"},
	{"example does not fit", "example: eu", "example: '1'", `"1" does not fit`},
	{"value leads elsewhere", "values: [eu, us]", "values: [eu, us.evil]", `"us.evil" does not fit`},
	{"placeholder without a pattern", "pattern: '^[a-z]+$', ", "", "what or pattern is missing"},
	{"placeholder twice", "values: [eu, us]}]",
		"values: [eu, us]}, {name: site, what: x, example: eu, pattern: '^eu$'}]", `placeholder "site"`},
	{"part twice", "{name: client_id}", "{name: api_key}", `part "api_key"`},
	{"part name", "{name: client_id}", "{name: Client-ID}", `part "Client-ID"`},
	{"preview of no part", "part: api_key, label: two_", "part: key, label: two_", `the preview shows "key"`},
	{"preview of a public part", "part: api_key, label: one_", "part: client_id, label: one_", "no secret part"},
	{"preview label", "label: two_", "label: '<b>'", "preview label"},
	{"no secret part", "{name: api_key, secret: true}]\n    hint: opaque",
		"{name: api_key}]\n    hint: opaque", "no part is secret"},
	{"no test", "kind: get", "kind: ''", "test kind"},
	{"test method", "method: POST", "method: DELETE", "test method"},
	{"test expects anything", "path: /me, url: 'https://{site}.one.example/api/me', expect: [200]",
		"path: /me, url: 'https://{site}.one.example/api/me', expect: []", "test expects"},
	{"test expects a denial", "token, expect: [200]", "token, expect: [401]", "test expects"},
	{"test without evidence", "from memory", "''", "evidence is missing"},
	{"test path and url", "path: /me", "path: /you", "path and url differ"},
	{"test at another host", "url: 'https://{site}.one.example/api/me'",
		"url: 'https://{site}.evil.example/api/me'", "leads away"},
	{"test without https", "url: https://id.two", "url: http://id.two", "must be plain https"},
	{"test with a user", "url: https://id.two", "url: https://x@id.two", "must be plain https"},
	{"secret in an address", "api/me'", "api/{api_key}'", "must be plain https"},
	{"part in a host", "token_url: https://id.two",
		"token_url: 'https://{client_id}.two/token', x: https://id.two", "must be plain https"},
	{"scheme from a placeholder", "token_url: https://id.two.example/token",
		"token_url: '{site}'", "must be plain https"},
	{"token url without a token test", "kind: token_only", "kind: get", "token test only"},
	{"interval", "portal: Settings > API\n    docs: https://two",
		"interval: 99999\n    docs: https://two", "two: interval"},
	{"portal missing", "portal: Settings > API\n    docs: https://two", "docs: https://two", "two: portal is missing"},
	{"roles", "hint: opaque", "hint: opaque\n    roles: Everybody", "two: roles"},
}

func TestEveryFaultIsFound(t *testing.T) {
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(whole, tt.old) == 0 {
				t.Fatalf("%q is not in the catalog", tt.old)
			}
			c, err := catalog.Parse(strings.NewReader(strings.Replace(whole, tt.old, tt.new, 1)))
			if !errors.Is(err, catalog.ErrBadCatalog) || c != nil {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\ndoes not say %s", err, tt.want)
			}
		})
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	broken := strings.NewReplacer("hint: opaque", "hunt: opaque", "'^K[0-9]+$'", "'^K[0-9+$'", "from memory", "''",
		"label: two_", "label: ''", "[one, two]", "[three]").Replace(whole) + "---\nmore: true\n"
	_, err := catalog.Parse(strings.NewReader(broken))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"field hunt", "one part api_key", "one: test.evidence", "two: preview label",
		`names "three"`, "two: hint is missing", "follows the first document"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %s", err, want)
		}
	}
}

func TestTheSameFaultsInTheSameOrder(t *testing.T) {
	broken := strings.Replace(whole, "[one, two]", "[a, b], x: [c], y: [d], z: []", 1)
	_, first := catalog.Parse(strings.NewReader(broken))
	for range 20 {
		if _, err := catalog.Parse(strings.NewReader(broken)); err.Error() != first.Error() {
			t.Fatalf("%v\nthen\n%v", first, err)
		}
	}
}

func TestParseRefusesWhatIsNoCatalog(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "not YAML": "\t{", "a list": "- 1",
		"no vendors": "vendors: []", "an alias bomb": bomb()} {
		if c, err := catalog.Parse(strings.NewReader(text)); !errors.Is(err, catalog.ErrBadCatalog) || c != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func bomb() string {
	s := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		prev, next := string(rune('0'+i)), string(rune('1'+i))
		s += "a" + next + ": &a" + next + " [" + strings.Repeat("*a"+prev+", ", 9) + "x]\n"
	}
	return s + "vendors: *a9\n"
}
