package embedded

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const masterSize = 32

// keys are what one vault file is sealed with, all derived from the master key and the file's salt.
type keys struct {
	master, salt []byte
	names        []byte // HMAC key for record keys
	records      cipher.AEAD
}

func newKeys(master, salt []byte) keys {
	k := keys{master: master, salt: salt}
	k.names = k.derive("names")
	k.records = k.aead("records")
	return k
}

func (k keys) derive(purpose string) []byte {
	b, err := hkdf.Key(sha256.New, k.master, k.salt, "keydesk/embedded/1/"+purpose, 32)
	if err != nil {
		panic(err) // only for lengths HKDF cannot give; 32 is always possible
	}
	return b
}

func (k keys) aead(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(k.derive(purpose))
	if err == nil {
		var a cipher.AEAD
		if a, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return a
		}
	}
	panic(err) // only for a wrong key or block size
}

// check is a public fingerprint by which a wrong master key is told from a damaged record.
func (k keys) check() []byte { return k.derive("check")[:16] }

// name is the record key of a secret: it hides the name and ignores case, as Key Vault's names do.
func (k keys) name(name string) []byte {
	m := hmac.New(sha256.New, k.names)
	m.Write([]byte(strings.ToLower(name)))
	return m.Sum(nil)
}

func parseMaster(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(text); err == nil && len(b) == masterSize {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: a master key is 32 bytes in base64", ErrWrongKey)
}

func keyPath(cfg Config) string { return cfg.Path + ".key" }

// hasMaster says whether a master key is at hand before anything is created.
func hasMaster(cfg Config) (bool, error) {
	if cfg.MasterKey != "" {
		return true, nil
	}
	_, err := os.Lstat(keyPath(cfg))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// loadMaster reads the master key. With create it makes the key file when there is none; the caller then
// holds the lock of a vault that has no records yet.
func loadMaster(cfg Config, create bool) ([]byte, error) {
	if cfg.MasterKey != "" {
		return parseMaster(cfg.MasterKey)
	}
	text, err := os.ReadFile(keyPath(cfg))
	if errors.Is(err, fs.ErrNotExist) && create {
		return createMaster(keyPath(cfg))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: put %s back, or give the master key", ErrNoKey, keyPath(cfg))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	key, err := parseMaster(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", keyPath(cfg), err)
	}
	return key, restrict(keyPath(cfg))
}

// createMaster writes a new key completely before the name exists, and never over an existing file.
func createMaster(path string) (key []byte, err error) {
	key = make([]byte, masterSize)
	rand.Read(key)
	f, err := createTemp(path)
	if err != nil {
		return nil, fmt.Errorf("creating the key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = linkOrCopy(f.Name(), path)
	}
	if err = errors.Join(err, syncDir(filepath.Dir(path))); err != nil {
		return nil, fmt.Errorf("creating the key file: %w", err)
	}
	return key, nil
}

// linkOrCopy gives the file its name, or copies it where the file system knows no links.
func linkOrCopy(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(to) // half of it would be refused from now on
	}
	return err
}

// restrict takes rights of group and others away from a file.
func restrict(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, 0o600)
}
