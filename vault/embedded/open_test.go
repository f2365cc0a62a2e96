package embedded_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"keydesk/vault/embedded"
)

func TestOpenAgain(t *testing.T) {
	cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "deep", "er", "vault.db")}
	for round := range 3 {
		v, err := embedded.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w := inProcess(t, v)
		if round > 0 && *w.get(t, "known", "").Value != "v" {
			t.Error("a restart lost a value")
		}
		w.set(t, "known", "v")
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]fs.FileMode{filepath.Dir(cfg.Path): 0o700, cfg.Path: 0o600, cfg.Path + ".key": 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v", filepath.Base(path), info.Mode().Perm(), err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(cfg.Path))
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files are left in the folder, %v", len(entries), err)
	}
	if err := os.Chmod(cfg.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, cfg)
	if info, err := os.Stat(cfg.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("a file that others may read stayed so")
	}
}

func TestGivenMasterKey(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db"), MasterKey: key}
	v, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	inProcess(t, v).set(t, "known", "v")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cfg.Path + ".key"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a key file was written although the key was given")
	}
	cfg.MasterKey = strings.TrimRight(key, "=") // as people paste it
	inProcess(t, open(t, cfg)).get(t, "known", "")
}

func TestBadConfig(t *testing.T) {
	dir := t.TempDir()
	for name, cfg := range map[string]embedded.Config{
		"no path":   {},
		"retention": {Path: filepath.Join(dir, "v"), RetentionDays: 6},
		"too long":  {Path: filepath.Join(dir, "v"), RetentionDays: 91},
		"short key": {Path: filepath.Join(dir, "v"), MasterKey: "c2hvcnQ="},
		"no base64": {Path: filepath.Join(dir, "v"), MasterKey: strings.Repeat("!", 44)},
		"url":       {Path: filepath.Join(dir, "v"), URL: "sandbox"},
		"folder":    {Path: dir},
	} {
		if v, err := embedded.Open(cfg); err == nil || v != nil {
			t.Errorf("%s: no error", name)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("a refused configuration left %d files, %v", len(entries), err)
	}
}

func TestLocked(t *testing.T) {
	cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
	open(t, cfg)
	if _, err := embedded.Open(cfg); !errors.Is(err, embedded.ErrLocked) {
		t.Errorf("a second opening: %v", err)
	}
}

// filled makes a vault with some secrets, closed.
func filled(t testing.TB) embedded.Config {
	t.Helper()
	cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
	v, err := embedded.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := inProcess(t, v)
	for _, name := range []string{"a", "b", "c", "d"} {
		w.set(t, name, "value of "+name)
		w.set(t, name, strings.Repeat(name, 9000))
	}
	w.delete(t, "d")
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func change(t testing.TB, path string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, f(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// inside changes a vault file through bbolt.
func inside(t testing.TB, path string, f func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err == nil {
		err = errors.Join(db.Update(f), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func editFormat(key string, value any) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		m := map[string]any{}
		b := tx.Bucket([]byte("meta"))
		if err := json.Unmarshal(b.Get([]byte("format")), &m); err != nil {
			return err
		}
		m[key] = value
		text, err := json.Marshal(m)
		return errors.Join(err, b.Put([]byte("format"), text))
	}
}

// TestRefused: a file that cannot be opened as it is stays byte for byte as it is.
func TestRefused(t *testing.T) {
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cut := func(n int) func(*embedded.Config) {
		return func(c *embedded.Config) { change(t, c.Path, func(b []byte) []byte { return b[:n] }) }
	}
	in := func(f func(*bolt.Tx) error) func(*embedded.Config) {
		return func(c *embedded.Config) { inside(t, c.Path, f) }
	}
	for name, row := range map[string]struct {
		harm func(*embedded.Config)
		want error
	}{
		"another key given":         {func(c *embedded.Config) { c.MasterKey = other }, embedded.ErrWrongKey},
		"another key file":          {func(c *embedded.Config) { write(c.Path+".key", other+"\n") }, embedded.ErrWrongKey},
		"key file cut":              {func(c *embedded.Config) { write(c.Path+".key", other[:20]) }, embedded.ErrWrongKey},
		"key file empty":            {func(c *embedded.Config) { write(c.Path+".key", "") }, embedded.ErrWrongKey},
		"key file gone":             {func(c *embedded.Config) { os.Remove(c.Path + ".key") }, embedded.ErrNoKey},
		"text":                      {func(c *embedded.Config) { write(c.Path, "hello") }, embedded.ErrForeign},
		"long text":                 {func(c *embedded.Config) { write(c.Path, strings.Repeat("hello ", 1e5)) }, embedded.ErrForeign},
		"zeros":                     {func(c *embedded.Config) { write(c.Path, strings.Repeat("\x00", 1<<16)) }, embedded.ErrForeign},
		"SQLite":                    {func(c *embedded.Config) { write(c.Path, "SQLite format 3\x00"+strings.Repeat("\x00", 1<<13)) }, embedded.ErrForeign},
		"newer format":              {in(editFormat("version", 2)), embedded.ErrForeign},
		"other format":              {in(editFormat("format", "something")), embedded.ErrForeign},
		"other bbolt":               {foreignBolt, embedded.ErrForeign},
		"no marker":                 {in(func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("format")) }), embedded.ErrForeign},
		"empty":                     {cut(0), embedded.ErrDamaged},
		"cut in first page":         {cut(60), embedded.ErrDamaged},
		"cut in second page":        {cut(5000), embedded.ErrDamaged},
		"cut after the heads":       {cut(8192), embedded.ErrDamaged},
		"last page missing":         {halve, embedded.ErrDamaged},
		"both heads altered":        {heads, embedded.ErrDamaged},
		"branch in a circle":        {pages(1, func(p []byte, id uint64) { put64(p[24:], id) }), embedded.ErrDamaged},
		"branch out of file":        {pages(1, func(p []byte, _ uint64) { put64(p[24:], 1<<40) }), embedded.ErrDamaged},
		"branch to itself twice":    {pages(1, func(p []byte, _ uint64) { copy(p[40:48], p[24:]) }), embedded.ErrDamaged},
		"leaf out of bounds":        {pages(2, func(p []byte, _ uint64) { p[16+6] ^= 0x40 }), embedded.ErrDamaged},
		"leaf longer than it is":    {pages(2, func(p []byte, _ uint64) { p[11] = 0xff }), embedded.ErrDamaged},
		"pages of another kind":     {pages(2, func(p []byte, _ uint64) { p[8] = 0x10 }), embedded.ErrDamaged},
		"overflow out of file":      {pages(2, func(p []byte, _ uint64) { p[14] = 0xff }), embedded.ErrDamaged},
		"used pages listed as free": {pages(16, func(p []byte, id uint64) { put64(p[16:], id) }), embedded.ErrDamaged},
		"endless list of free pages": {pages(16, func(p []byte, _ uint64) {
			p[10], p[11] = 0xff, 0xff
			put64(p[16:], 1<<60)
		}), embedded.ErrDamaged},
		"marker altered":  {in(editFormat("note", "x")), embedded.ErrDamaged},
		"bucket missing":  {in(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("versions")) }), embedded.ErrDamaged},
		"head swapped":    {in(swapHeads), embedded.ErrDamaged},
		"head moved back": {in(undelete), embedded.ErrDamaged},
		"version missing": {in(dropVersions), embedded.ErrDamaged},
		"stray version": {in(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("versions")).Put([]byte("stray"), nil)
		}), embedded.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := filled(t)
			row.harm(&cfg)
			before, err := os.ReadFile(cfg.Path)
			if err != nil {
				t.Fatal(err)
			}
			keyBefore, _ := os.ReadFile(cfg.Path + ".key") // gone in one of the rows
			v, err := embedded.Open(cfg)
			if v != nil || !errors.Is(err, row.want) {
				t.Fatalf("opened with %v, want %v", err, row.want)
			}
			if !strings.Contains(err.Error(), cfg.Path) {
				t.Errorf("%q does not say which file", err)
			}
			after, err := os.ReadFile(cfg.Path)
			keyAfter, _ := os.ReadFile(cfg.Path + ".key")
			if err != nil || !bytes.Equal(before, after) || !bytes.Equal(keyBefore, keyAfter) {
				t.Error("the refused files were written to")
			}
			if _, err := embedded.Open(cfg); !errors.Is(err, row.want) {
				t.Errorf("the second try says %v: a lock was left", err)
			}
		})
	}
}

func foreignBolt(c *embedded.Config) {
	os.Remove(c.Path)
	db, err := bolt.Open(c.Path, 0o600, &bolt.Options{NoFreelistSync: true})
	if err != nil {
		panic(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		panic(err)
	}
}

// halve cuts the file in the middle of its data, at a page's end: bbolt alone would fall over it later.
func halve(c *embedded.Config) {
	info, err := os.Stat(c.Path)
	if err != nil {
		panic(err)
	}
	if err := os.Truncate(c.Path, info.Size()/2/4096*4096); err != nil {
		panic(err)
	}
}

func heads(c *embedded.Config) {
	b, err := os.ReadFile(c.Path)
	if err != nil {
		panic(err)
	}
	b[40] ^= 1
	b[os.Getpagesize()+40] ^= 1
	if err := os.WriteFile(c.Path, b, 0o600); err != nil {
		panic(err)
	}
}

func put64(b []byte, v uint64) { binary.NativeEndian.PutUint64(b, v) }

// pages changes every page of a kind (bbolt's flags: 1 branch, 2 leaf, 16 list of free pages).
func pages(kind byte, f func(page []byte, id uint64)) func(*embedded.Config) {
	return func(c *embedded.Config) {
		b, err := os.ReadFile(c.Path)
		if err != nil {
			panic(err)
		}
		found := false
		size := os.Getpagesize()
		for id := 2; id < len(b)/size; id++ {
			p := b[id*size : (id+1)*size]
			if p[8] == kind && p[9] == 0 && binary.NativeEndian.Uint64(p) == uint64(id) {
				f(p, uint64(id))
				found = true
			}
		}
		if err := os.WriteFile(c.Path, b, 0o600); err != nil || !found {
			panic(fmt.Sprint("no such page, or ", err))
		}
	}
}

func swapHeads(tx *bolt.Tx) error {
	b := tx.Bucket([]byte("secrets"))
	c := b.Cursor()
	k1, v1 := c.First()
	k1, v1 = slices.Clone(k1), slices.Clone(v1)
	k2, v2 := c.Next()
	k2, v2 = slices.Clone(k2), slices.Clone(v2)
	return errors.Join(b.Put(k1, v2), b.Put(k2, v1))
}

func undelete(tx *bolt.Tx) error {
	k, v := tx.Bucket([]byte("deleted")).Cursor().First()
	return tx.Bucket([]byte("secrets")).Put(slices.Clone(k), slices.Clone(v))
}

func dropVersions(tx *bolt.Tx) error {
	if err := tx.DeleteBucket([]byte("versions")); err != nil {
		return err
	}
	_, err := tx.CreateBucket([]byte("versions"))
	return err
}

// TestFirstStartCutShort: what a crash during the very first start leaves is no vault yet, and opens.
func TestFirstStartCutShort(t *testing.T) {
	for name, leave := range map[string]func(path string) error{
		"an empty file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a bare bbolt file": func(path string) error {
			db, err := bolt.Open(path, 0o600, nil)
			if err != nil {
				return err
			}
			return db.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := embedded.Config{Path: filepath.Join(t.TempDir(), "vault.db")}
			if err := leave(cfg.Path); err != nil {
				t.Fatal(err)
			}
			inProcess(t, open(t, cfg)).set(t, "x", "v")
		})
	}
}
