package embedded_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	bolt "go.etcd.io/bbolt"

	"keydesk/vault/embedded"
)

// TestNothingInClear searches the file for everything that went in, also after changes, deletion and purge.
func TestNothingInClear(t *testing.T) {
	cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
	v, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := inProcess(t, v)
	words := []string{"sentinelone--contoso", "FAKE-s1-7d3e9a-NOT-A-KEY", "tag-named-owner", "An L2 technician",
		"application/vnd.fabrikam.key", "FAKE-second-value-51c2"}
	in := params{Value: &words[1], Tags: tags(words[2], words[3]), ContentType: &words[4]}
	for _, name := range []string{words[0], words[0] + "-gone", words[0] + "-purged"} {
		w.setWith(t, name, in)
		w.setWith(t, name, params{Value: &words[5]})
		w.patch(t, name, "", update{Tags: tags(words[2], words[3])})
	}
	w.delete(t, words[0]+"-gone")
	w.delete(t, words[0]+"-purged")
	if _, err := w.c.PurgeDeletedSecret(t.Context(), words[0]+"-purged", nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{cfg.Path, cfg.Path + ".key"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lower := bytes.ToLower(b)
		for i, word := range words {
			for j := 0; j+8 <= len(word); j++ {
				if bytes.Contains(lower, []byte(strings.ToLower(word[j:j+8]))) {
					t.Errorf("part of word %d stands in %s", i, filepath.Base(path))
					break
				}
			}
		}
	}
}

// TestMovedRecords: a sealed record that somebody with the file puts elsewhere does not open there.
func TestMovedRecords(t *testing.T) {
	two := filled(t)
	for name, move := range map[string]func(*bolt.Bucket) error{
		"versions of two names swapped": func(b *bolt.Bucket) error {
			c := b.Cursor()
			k, v := c.First()
			k, v = slices.Clone(k), slices.Clone(v)
			last, lastV := c.Last()
			last, lastV = slices.Clone(last), slices.Clone(lastV)
			return errors.Join(b.Put(k, lastV), b.Put(last, v))
		},
		"one version put over all": func(b *bolt.Bucket) error {
			_, v := b.Cursor().First()
			v = slices.Clone(v)
			var keys [][]byte
			err := b.ForEach(func(k, _ []byte) error { keys = append(keys, slices.Clone(k)); return nil })
			for _, k := range keys {
				err = errors.Join(err, b.Put(k, v))
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
			for _, suffix := range []string{"", ".key"} {
				b, err := os.ReadFile(two.Path + suffix)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(cfg.Path+suffix, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			in(func(tx *bolt.Tx) error { return move(tx.Bucket([]byte("versions"))) })(&cfg)
			v, err := embedded.Open(cfg)
			if err != nil {
				t.Fatal("versions are read when they are asked for, but:", err)
			}
			defer v.Close()
			checkTruth(t, inProcess(t, v), true)
		})
	}
}

// checkTruth reads everything that filled wrote: each answer is the truth or a refusal.
func checkTruth(t *testing.T, w *world, harmed bool) {
	t.Helper()
	refused := 0
	for _, name := range []string{"a", "b", "c"} {
		a := w.raw(t, "GET", "/secrets/"+name+api, "", nil)
		switch want := `{"value":"` + strings.Repeat(name, 9000) + `"`; {
		case a.status >= 500:
			refused++
			a.err(t)
		case a.status != 200 || !strings.HasPrefix(string(a.body), want):
			t.Errorf("%s: %d with another value", name, a.status)
		}
		for _, path := range []string{"/secrets/" + name + "/versions", "/secrets", "/deletedsecrets"} {
			if a := w.raw(t, "GET", path+api, "", nil); a.status >= 500 {
				refused++
				a.err(t)
			}
		}
	}
	if harmed && refused == 0 {
		t.Error("everything was answered as if nothing had happened")
	}
}

// TestAlteredBytes flips bytes all over the file. The process stands, and no answer is wrong.
func TestAlteredBytes(t *testing.T) {
	cfg := filled(t)
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	cfg.NoSync = true
	rng := rand.New(rand.NewPCG(rand.Uint64(), 0)) // the file's sealed bytes differ every time as well
	outcomes := map[string]int{}
	for round := range 300 {
		b := slices.Clone(whole)
		at := rng.IntN(len(b))
		if round%2 == 0 { // the front of a page, where its structure is
			at = at/4096*4096 + rng.IntN(128)
		}
		b[at] ^= byte(1 + rng.IntN(255))
		if err := os.WriteFile(cfg.Path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := embedded.Open(cfg)
		if err != nil {
			if !errors.Is(err, embedded.ErrDamaged) && !errors.Is(err, embedded.ErrForeign) &&
				!errors.Is(err, embedded.ErrWrongKey) {
				t.Errorf("byte %d: %v", at, err)
			}
			outcomes["refused"]++
			continue
		}
		outcomes["opened"]++
		w := inProcess(t, v)
		checkTruth(t, w, false)
		for _, name := range []string{"new-1", "new-2", "new-3"} { // a write may be refused, but harms nothing
			w.raw(t, "PUT", "/secrets/"+name+api, `{"value":"`+strings.Repeat("x", 9000)+`"}`, nil)
		}
		checkTruth(t, w, false)
		if err := v.Close(); err != nil {
			t.Errorf("byte %d: closing: %v", at, err)
		}
	}
	t.Log(fmt.Sprint(outcomes))
	if outcomes["refused"] == 0 || outcomes["opened"] == 0 {
		t.Error("the bytes were not altered where it matters")
	}
}

// TestSameKeyTwoVaults: one master key for two files does not make their records exchangeable.
func TestSameKeyTwoVaults(t *testing.T) {
	key := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	var cfgs [2]embedded.Config
	heads := map[string][]byte{}
	for i := range cfgs {
		cfgs[i] = embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), MasterKey: key}
		v, err := embedded.Open(cfgs[i])
		if err != nil {
			t.Fatal(err)
		}
		inProcess(t, v).setWith(t, "same", params{Value: to.Ptr("v")})
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		in(func(tx *bolt.Tx) error {
			k, v := tx.Bucket([]byte("secrets")).Cursor().First()
			heads[string(k)] = slices.Clone(v)
			return nil
		})(&cfgs[i])
	}
	if len(heads) != 2 {
		t.Error("the same name has the same record key in two files")
	}
}
