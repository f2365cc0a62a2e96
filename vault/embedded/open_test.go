package embedded_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
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
	for path, want := range map[string]fs.FileMode{
		filepath.Dir(cfg.Path): 0o700, cfg.Path: 0o600, cfg.Path + ".key": 0o600,
	} {
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
