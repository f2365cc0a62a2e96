package embedded_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"keydesk/vault/embedded"
)

func TestLists(t *testing.T) {
	both(t, embedded.Config{NoSync: true}, func(t *testing.T, w *world) {
		if pages := w.list(t); len(pages) != 1 || len(pages[0]) != 0 {
			t.Fatal("an empty vault is not one empty page")
		}
		for i := range 60 {
			w.setWith(t, fmt.Sprintf("Key-%d", i), params{Value: to.Ptr("old")})
			w.setWith(t, fmt.Sprintf("key-%d", i), params{Value: to.Ptr("v"), ContentType: to.Ptr("text/plain"),
				Tags: tags("n", fmt.Sprint(i)), SecretAttributes: &attrs{Enabled: to.Ptr(i%2 == 0)}})
		}
		t.Run("secrets", func(t *testing.T) { listSecrets(t, w) })
		t.Run("versions", func(t *testing.T) { listVersions(t, w) })
		t.Run("deleted", func(t *testing.T) { listDeleted(t, w) })
	})
}

func sizes[T any](pages [][]T) (out []int) {
	for _, p := range pages {
		out = append(out, len(p))
	}
	return out
}

func listSecrets(t *testing.T, w *world) {
	pages := w.list(t)
	if got := fmt.Sprint(sizes(pages)); got != "[25 25 10]" {
		t.Errorf("pages of %s", got)
	}
	seen := map[string]bool{}
	for _, page := range pages {
		for _, s := range page {
			seen[s.ID.Name()] = true
			if s.ID.Version() != "" || *s.ContentType != "text/plain" || s.Tags["n"] == nil {
				t.Errorf("%s is not the base id with the current version's properties", *s.ID)
			}
			if want := strings.TrimPrefix(s.ID.Name(), "Key-"); *s.Tags["n"] != want {
				t.Errorf("%s carries the tags of %s", s.ID.Name(), *s.Tags["n"])
			}
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d names", len(seen))
	}
	again := w.list(t)
	for i := range pages {
		for j := range pages[i] {
			if *pages[i][j].ID != *again[i][j].ID {
				t.Fatal("the order changed")
			}
		}
	}
}

func listVersions(t *testing.T, w *world) {
	want := map[string]bool{}
	for i := range 30 {
		want[w.setWith(t, "many", params{Value: to.Ptr("v"), Tags: tags("n", fmt.Sprint(i))}).ID.Version()] = true
	}
	pages := w.versions(t, "Many")
	if got := fmt.Sprint(sizes(pages)); got != "[25 5]" {
		t.Errorf("pages of %s", got)
	}
	for _, page := range pages {
		for _, s := range page {
			if !want[s.ID.Version()] || s.ID.Name() != "many" || s.Tags["n"] == nil {
				t.Errorf("%s is unknown or twice", *s.ID)
			}
			delete(want, s.ID.Version())
		}
	}
	if len(want) != 0 {
		t.Errorf("%d versions are missing", len(want))
	}
	w.delete(t, "many")
}

func listDeleted(t *testing.T, w *world) {
	for i := range 26 {
		w.delete(t, fmt.Sprintf("key-%d", i))
	}
	pages := w.deleted(t)
	if got := fmt.Sprint(sizes(pages)); got != "[25 2]" {
		t.Errorf("pages of %s", got)
	}
	for _, page := range pages {
		for _, s := range page {
			if s.DeletedDate == nil || s.ScheduledPurgeDate == nil || s.ID.Version() != "" ||
				*s.RecoveryID != w.base+"/deletedsecrets/"+s.ID.Name() {
				t.Errorf("%s lacks a date or its recovery id", *s.ID)
			}
		}
	}
	if got := fmt.Sprint(sizes(w.list(t))); got != "[25 9]" {
		t.Errorf("what is left comes in pages of %s", got)
	}
}

// TestListWhileWriting: between two pages others come, change and go; what stays is listed exactly once.
func TestListWhileWriting(t *testing.T) {
	both(t, embedded.Config{NoSync: true}, func(t *testing.T, w *world) {
		for i := range 100 {
			w.set(t, fmt.Sprintf("stays-%d", i), "v")
			w.set(t, fmt.Sprintf("goes-%d", i), "v")
		}
		seen := map[string]int{}
		round := 0
		for p := w.c.NewListSecretPropertiesPager(nil); p.More(); round++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range page.Value {
				seen[s.ID.Name()]++
			}
			for i := range 10 {
				if n := round*10 + i; n < 100 {
					w.delete(t, fmt.Sprintf("goes-%d", n))
				}
				w.set(t, fmt.Sprintf("comes-%d-%d", round, i), "v")
				w.set(t, fmt.Sprintf("stays-%d", (round*7+i)%100), "again")
			}
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%s came %d times", name, n)
			}
		}
		for i := range 100 {
			if seen[fmt.Sprintf("stays-%d", i)] != 1 {
				t.Errorf("stays-%d was skipped", i)
			}
		}
	})
}

// TestPaging covers what the client's pager cannot ask for.
func TestPaging(t *testing.T) {
	both(t, embedded.Config{NoSync: true}, func(t *testing.T, w *world) {
		for i := range 5 {
			w.set(t, fmt.Sprintf("key-%d", i), "v")
		}
		var page struct {
			Value    []json.RawMessage
			NextLink *string
		}
		link, count := w.base+"/secrets"+api+"&maxresults=2", 0
		for link != "" {
			path, below := strings.CutPrefix(link, w.base)
			if !below || !strings.Contains(link, "/secrets?api-version=2026-04-01&") {
				t.Fatalf("next link %q is not absolute", link)
			}
			a := w.raw(t, "GET", path, "", nil)
			page.NextLink = nil
			if err := json.Unmarshal(a.body, &page); err != nil || a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			count += len(page.Value)
			if link = ""; page.NextLink != nil {
				link = *page.NextLink
			}
		}
		whole := string(w.raw(t, "GET", "/secrets"+api, "", nil).body)
		if count != 5 || !strings.Contains(whole, `"nextLink":null`) {
			t.Errorf("%d secrets", count)
		}
	})
}
