package embedded_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"pgregory.net/rapid"

	"keydesk/vault/embedded"
)

// model is what a vault must hold: per lower-cased name its versions, oldest first.
type model struct {
	versions map[string][]string           // ids
	values   map[string]string             // of an id
	tags     map[string]map[string]*string // of an id
	deleted  map[string]bool
}

func status(err error) int {
	if re, found := errors.AsType[*azcore.ResponseError](err); found {
		return re.StatusCode
	}
	if err != nil {
		return -1
	}
	return 200
}

// TestModel runs random calls and restarts against the vault and a few maps.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), NoSync: true}
		v, err := embedded.Open(cfg)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { v.Close() }()
		w := inProcess(t, v)
		m := model{map[string][]string{}, map[string]string{}, map[string]map[string]*string{}, map[string]bool{}}
		names := rapid.SampledFrom([]string{"a", "A", "b", "c-1", "C-1"})
		want := func(what string, err error, status200 bool, otherwise int) {
			if got := status(err); (got == 200) != status200 || (!status200 && got != otherwise) {
				rt.Fatalf("%s: %d, success expected: %v", what, got, status200)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"set": func(rt *rapid.T) {
				name, value := names.Draw(rt, "name"), rapid.String().Draw(rt, "value")
				low := strings.ToLower(name)
				in := params{Value: &value, Tags: tags("n", rapid.StringN(0, 20, 80).Draw(rt, "tag"))}
				s, err := w.c.SetSecret(t.Context(), name, in, nil)
				want("set", err, !m.deleted[low], 409)
				if err == nil {
					id := s.ID.Version()
					m.versions[low] = append(m.versions[low], id)
					m.values[id], m.tags[id] = value, in.Tags
				}
			},
			"patch": func(rt *rapid.T) {
				low := strings.ToLower(names.Draw(rt, "name"))
				if len(m.versions[low]) == 0 {
					rt.Skip("no version")
				}
				id := rapid.SampledFrom(m.versions[low]).Draw(rt, "version")
				in := update{Tags: tags("p", rapid.StringN(0, 20, 80).Draw(rt, "tag"))}
				_, err := w.c.UpdateSecretProperties(t.Context(), low, id, in, nil)
				want("patch", err, !m.deleted[low], 404)
				if err == nil {
					m.tags[id] = in.Tags
				}
			},
			"delete": func(rt *rapid.T) {
				low := strings.ToLower(names.Draw(rt, "name"))
				_, err := w.c.DeleteSecret(t.Context(), low, nil)
				there := len(m.versions[low]) > 0 && !m.deleted[low]
				want("delete", err, there, 404)
				m.deleted[low] = m.deleted[low] || there
			},
			"recover": func(rt *rapid.T) {
				low := strings.ToLower(names.Draw(rt, "name"))
				_, err := w.c.RecoverDeletedSecret(t.Context(), low, nil)
				want("recover", err, m.deleted[low], 404)
				m.deleted[low] = false
			},
			"purge": func(rt *rapid.T) {
				low := strings.ToLower(names.Draw(rt, "name"))
				_, err := w.c.PurgeDeletedSecret(t.Context(), low, nil)
				want("purge", err, m.deleted[low], 404)
				if m.deleted[low] {
					delete(m.versions, low)
					delete(m.deleted, low)
				}
			},
			"restart": func(rt *rapid.T) {
				if err := v.Close(); err != nil {
					rt.Fatal(err)
				}
				if v, err = embedded.Open(cfg); err != nil {
					rt.Fatal(err)
				}
				w = inProcess(t, v)
			},
			"": func(rt *rapid.T) { m.compare(rt, t, w) },
		})
	})
}

// compare reads everything and finds what the model has, no less and no more.
func (m model) compare(rt *rapid.T, t *testing.T, w *world) {
	live, gone := 0, 0
	for name, ids := range m.versions {
		if m.deleted[name] {
			gone++
			continue
		}
		live++
		if n := len(w.versions(t, name)[0]); n != min(len(ids), 25) {
			rt.Fatalf("%s has %d versions, want %d", name, n, len(ids))
		}
		if s := w.get(t, name, ""); s.ID.Version() != ids[len(ids)-1] {
			rt.Fatalf("%s: the current version is not the newest", name)
		}
		for _, id := range ids {
			s := w.get(t, name, id)
			if *s.Value != m.values[id] {
				rt.Fatalf("%s: another value", name)
			}
			for k, v := range m.tags[id] {
				if s.Tags[k] == nil || *s.Tags[k] != *v || len(s.Tags) != len(m.tags[id]) {
					rt.Fatalf("%s: other tags", name)
				}
			}
		}
	}
	if l, g := len(w.list(t)[0]), len(w.deleted(t)[0]); l != live || g != gone {
		rt.Fatalf("listed %d and %d deleted, want %d and %d", l, g, live, gone)
	}
}

// TestTogether: many writers on few names. Each answered set is a version that stays, whatever shared its
// transaction: deletes, recoveries and refusals.
func TestTogether(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		var mu sync.Mutex
		made := map[string]map[string]bool{}
		var wg sync.WaitGroup
		for writer := range 40 {
			wg.Go(func() {
				for i := range 10 {
					name := fmt.Sprintf("shared-%d", (writer+i)%4)
					value := fmt.Sprintf("%d-%d", writer, i)
					s, err := w.c.SetSecret(t.Context(), name, params{Value: &value}, nil)
					if got := status(err); got != 200 && got != 409 {
						t.Errorf("set: %v", err)
					}
					if err == nil {
						mu.Lock()
						if made[name] == nil {
							made[name] = map[string]bool{}
						}
						made[name][s.ID.Version()] = true
						mu.Unlock()
					}
					if i%3 == 0 {
						_, err = w.c.DeleteSecret(t.Context(), name, nil)
						if got := status(err); got != 200 && got != 404 {
							t.Errorf("delete: %v", err)
						}
						_, err = w.c.RecoverDeletedSecret(t.Context(), name, nil)
						if got := status(err); got != 200 && got != 404 {
							t.Errorf("recover: %v", err)
						}
					}
				}
			})
		}
		wg.Wait()
		for name, ids := range made {
			w.c.RecoverDeletedSecret(t.Context(), name, nil) // wherever the last writer left it
			listed := 0
			for _, page := range w.versions(t, name) {
				for _, s := range page {
					listed++
					if !ids[s.ID.Version()] {
						t.Errorf("%s: a version that nobody was told of", name)
					}
				}
			}
			if listed != len(ids) {
				t.Errorf("%s: %d versions, %d were answered", name, listed, len(ids))
			}
		}
	})
}
