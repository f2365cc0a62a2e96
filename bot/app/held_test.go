package app_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// held is everything that people have put into the vault: by secret, then by what it has. Deleted ones are there under
// "deleted".
type held map[string]map[string]string

// passing are secrets that come and go by themselves, and requests, which people do not put there.
var passing = regexp.MustCompile(`^keydesk-(link|ticket|audit|chat|note|settings|request|staged)`)

// aTime is a time within the entry of a pass.
var aTime = regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:.]+Z`)

// theOp is an operation's id within a vendor's entry.
var theOp = regexp.MustCompile(`,"op":"[^"]*"`)

// masked stands in for values, so that no test prints one.
var masked = strings.NewReplacer(firstKey, "(first)", secondKey, "(second)")

func (s *stage) held() held {
	s.t.Helper()
	all := held{}
	for pages := s.client.NewListSecretPropertiesPager(nil); pages.More(); {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range page.Value {
			if name := p.ID.Name(); !passing.MatchString(name) {
				all[name] = s.secret(name)
			}
		}
	}
	for pages := s.client.NewListDeletedSecretPropertiesPager(nil); pages.More(); {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range page.Value {
			if name := p.ID.Name(); !passing.MatchString(name) {
				all[name+" deleted"] = map[string]string{"there": "yes"}
			}
		}
	}
	return all
}

// secret is what one secret has; "" is nothing. The operations are left out, and when it was rotated.
func (s *stage) secret(name string) map[string]string {
	s.t.Helper()
	got, err := s.client.GetSecret(s.t.Context(), name, "", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{"value": masked.Replace(theOp.ReplaceAllString(*got.Value, ""))}
	for tag, v := range got.Tags {
		if tag != "op" && tag != "edited" && tag != "source" {
			out[tag] = *v
		}
	}
	if strings.HasPrefix(name, "keydesk-pass") {
		for what, text := range out {
			out[what] = aTime.ReplaceAllString(text, "(time)")
		}
	}
	if at := got.Attributes.Expires; at != nil {
		out["expires"] = at.UTC().Format(time.DateOnly)
	}
	if !strings.HasPrefix(name, "keydesk-") { // of a vendor only the last version counts
		out["versions"] = fmt.Sprint(s.versions(name))
	}
	return out
}

// versions counts a secret's.
func (s *stage) versions(name string) (n int) {
	s.t.Helper()
	var pages = s.client.NewListSecretPropertiesVersionsPager(name, &azsecrets.ListSecretPropertiesVersionsOptions{})
	for pages.More() {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		n += len(page.Value)
	}
	return n
}

// since says in a line each what is different from before. When something was rotated is said only by "anew".
func (h held) since(was held) (out []string) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if was[name] == nil {
			out = append(out, "+ "+name)
		}
		for _, what := range slices.Sorted(maps.Keys(h[name])) {
			before, now := was[name][what], h[name][what]
			if what == "rotated" {
				now = "anew"
			}
			if before != h[name][what] {
				out = append(out, name+" "+what+"="+now)
			}
		}
		for _, what := range slices.Sorted(maps.Keys(was[name])) {
			if _, left := h[name][what]; !left {
				out = append(out, name+" "+what+" gone")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if h[name] == nil {
			out = append(out, "- "+name)
		}
	}
	return out
}
