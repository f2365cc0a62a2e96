package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// begin makes an empty bbolt file where there is none. It is written as a whole before its name exists:
// what a full disk or a crash leaves of bbolt's own first write would be a damaged vault from then on.
func begin(cfg Config) error {
	if _, err := os.Lstat(cfg.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := createTemp(cfg.Path)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bolt.Open(f.Name(), 0o600, nil)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	err = linkOrCopy(f.Name(), cfg.Path)
	// Somebody may have been faster, and have cleared ours away.
	if _, there := os.Lstat(cfg.Path); err != nil && there == nil {
		return nil
	}
	return err
}

// temporary is how the names of files begin that become the given one when they are whole.
func temporary(path string) string { return ".new-" + filepath.Base(path) + "-" }

// createTemp makes a temporary file for path: mode 0600, O_EXCL.
func createTemp(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), temporary(path)+"*")
}

// clearAway removes what a kill left of an earlier first start; one of them is a copy of the sealing key.
// The caller holds the lock.
func clearAway(cfg Config) {
	dir, vaults, masters := filepath.Dir(cfg.Path), temporary(cfg.Path), temporary(keyPath(cfg))
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), vaults) || strings.HasPrefix(e.Name(), masters) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		cfg.Logger.Warn("what an earlier start left could not be removed", "error", err)
	}
}
