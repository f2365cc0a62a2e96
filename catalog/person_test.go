package catalog_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"keydesk/catalog"
)

const oid = "11111111-2222-3333-4444-555555555555"

func TestPersonTag(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    catalog.Person
		want string
	}{
		{"plain", catalog.Person{ID: oid, Name: "An L2 technician"}, oid + " An L2 technician"},
		{"no name", catalog.Person{ID: oid}, oid},
		{"no id", catalog.Person{Name: oid + " somebody else"}, ""},
		{"nobody", catalog.Person{}, ""},
		{"other letters", catalog.Person{ID: oid, Name: "Ångström 管理者"}, oid + " Ångström 管理者"},
		{"not UTF-8", catalog.Person{ID: oid, Name: "a\xffb"}, oid + " a\uFFFDb"},
		{"long", catalog.Person{ID: oid, Name: strings.Repeat("n", 300)}, oid + " " + strings.Repeat("n", 219)},
		{"cut before a letter", catalog.Person{ID: oid, Name: strings.Repeat("ü", 300)},
			oid + " " + strings.Repeat("ü", 109)},
		{"cut at a space", catalog.Person{ID: oid, Name: strings.Repeat("n", 218) + " x"},
			oid + " " + strings.Repeat("n", 218)},
	} {
		if got := tt.p.Encode(); got != tt.want {
			t.Errorf("%s: %q (%d bytes)", tt.name, got, len(got))
		}
	}
}

func TestPersonReadsWhatItWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := catalog.Person{ID: rapid.StringMatching(`[a-z0-9-]{1,60}`).Draw(t, "id"),
			Name: rapid.String().Draw(t, "name")}
		tag := p.Encode()
		got := catalog.ParsePerson(tag)
		if got.ID != p.ID || len(tag) > 256 || !utf8.ValidString(tag) {
			t.Fatalf("%q: %+v", tag, got)
		}
		if !strings.HasPrefix(strings.TrimSpace(p.Name), strings.TrimSpace(got.Name)) {
			t.Fatalf("%q became %q", p.Name, got.Name)
		}
		if again := got.Encode(); again != tag {
			t.Fatalf("%q, then %q", tag, again)
		}
	})
}
