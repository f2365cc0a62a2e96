//go:build unix

package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
	"keydesk/vault/embedded"
)

// file is the vault's file, without a bot.
type file struct {
	testing.TB
	*embedded.Vault
}

func (h *house) file(t testing.TB) *file {
	t.Helper()
	v, err := embedded.Open(embedded.Config{Path: filepath.Join(h.data, "vault.db"), URL: "https://file.localhost"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return &file{t, v}
}

// item is what Key Vault's API tells of a secret or a version.
type item struct {
	ID    string
	Value string
	Tags  map[string]string
}

func (i item) last() string { return i.ID[strings.LastIndex(i.ID, "/")+1:] }

// ask asks the file as Key Vault is asked; false: there is no such thing.
func (f *file) ask(address string, out any) bool {
	f.Helper()
	req, err := http.NewRequestWithContext(f.Context(), http.MethodGet, address, nil)
	if err != nil {
		f.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.Token())
	res, err := f.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return false
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, json.Unmarshal(body, out)); err != nil || res.StatusCode != http.StatusOK {
		f.Fatalf("asking the file: %s, %v", res.Status, err)
	}
	return true
}

// list gives all pages of a list.
func (f *file) list(path string) (all []item) {
	f.Helper()
	for next := f.at(path); next != ""; {
		var page struct {
			Value    []item
			NextLink string
		}
		if !f.ask(next, &page) {
			return nil
		}
		all, next = append(all, page.Value...), page.NextLink
	}
	return all
}

func (*file) at(path string) string {
	return "https://file.localhost/secrets" + path + "?api-version=2026-04-01"
}

// version is one stored value.
type version struct {
	id, op  string
	value   map[string]string
	current bool
}

// versions are all values of a secret.
func (f *file) versions(secret string) (all []version) {
	f.Helper()
	var now item
	if !f.ask(f.at("/"+secret), &now) {
		return nil
	}
	for _, i := range f.list("/" + secret + "/versions") {
		v := version{id: i.last(), op: i.Tags["op"], current: i.last() == now.last()}
		if !f.ask(f.at("/"+secret+"/"+v.id), &i) || json.Unmarshal([]byte(i.Value), &v.value) != nil {
			f.Errorf("%s: version %s cannot be read", secret, v.id)
		}
		all = append(all, v)
	}
	return all
}

// events is the log: all segments in the order of their numbers, which within one folder's life is that of
// time. A segment that could not be written leaves its number out.
func (f *file) events() (all []audit.Event) {
	f.Helper()
	segments := map[int]string{}
	for _, i := range f.list("") {
		if number, _, ok := audit.ParseName(i.last()); ok {
			segments[number] = i.last()
		}
	}
	for _, number := range slices.Sorted(maps.Keys(segments)) {
		var i item
		if !f.ask(f.at("/"+segments[number]), &i) {
			f.Fatalf("segment %d is missing", number)
		}
		lines, err := audit.DecodeSegment(i.Value)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(lines), "\n")[1:] {
			e, err := audit.ParseEvent(line)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}
