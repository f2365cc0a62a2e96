package embedded

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// Why a file is refused. Open wraps them with the path and what to do; the file is left as it was.
var (
	// ErrLocked: another process has the vault open.
	ErrLocked = errors.New("the vault is in use by another process")
	// ErrWrongKey: the master key is not the one this file was sealed with, or is no key at all.
	ErrWrongKey = errors.New("the master key does not fit the vault")
	// ErrNoKey: there is a vault, but the key file beside it is gone.
	ErrNoKey = errors.New("the vault's key file is missing")
	// ErrForeign: the file is something else, or was written by a newer Keydesk.
	ErrForeign = errors.New("the file is not a Keydesk vault")
	// ErrDamaged: the file is a vault, but is truncated or altered.
	ErrDamaged = errors.New("the vault file is damaged")
)

// Config says where the vault lies and how it behaves.
type Config struct {
	// Path of the vault file. Its folder is created with mode 0700, the file with 0600.
	Path string
	// MasterKey is 32 bytes in base64. Empty: the file Path + ".key", created on first use.
	MasterKey string
	// URL is the base of ids and next links, without a path. Empty: the host each request names.
	URL string
	// Tenant stands in the challenge's authorization address. Empty: the zero GUID.
	Tenant string
	// PurgeProtected refuses purge, as a vault with purge protection does.
	PurgeProtected bool
	// RetentionDays is how long deleted secrets stay recoverable: 7 to 90, 0 means 90.
	RetentionDays int
	// Authorize decides about a bearer token. Nil: only the token of Token().
	Authorize func(bearer string) bool
	// Logger is told why the file could not be read or written, which answers do not say. Nil: nobody is.
	Logger *slog.Logger
	// NoSync leaves out the syncs. Benchmarks only: a crash of the machine then loses writes.
	NoSync bool
}

// Vault is an open vault file. Its methods may be called from many goroutines.
type Vault struct {
	cfg   Config
	db    *bolt.DB
	keys  keys
	token string

	mu    sync.Mutex
	queue []*op         // writes that wait for a transaction
	lead  chan struct{} // held by the goroutine that runs transactions
}

// Open opens the vault at cfg.Path and creates it when there is none. Errors: ErrLocked, ErrWrongKey,
// ErrNoKey, ErrForeign, ErrDamaged, a fault in cfg, or the file system's.
func Open(cfg Config) (*Vault, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("opening the embedded vault: %w", err)
	}
	db, k, err := openFile(cfg)
	if err != nil {
		return nil, fmt.Errorf("opening the embedded vault %s: %w", cfg.Path, err)
	}
	v := &Vault{cfg: cfg, db: db, keys: k, token: rand.Text() + rand.Text(), lead: make(chan struct{}, 1)}
	if err := v.inspect(); err != nil {
		return nil, fmt.Errorf("opening the embedded vault %s: %w", cfg.Path, errors.Join(err, db.Close()))
	}
	return v, nil
}

func (c *Config) check() error {
	if c.Path == "" {
		return errors.New("no path given")
	}
	if c.RetentionDays == 0 {
		c.RetentionDays = 90
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.RetentionDays < 7 || c.RetentionDays > 90 {
		return fmt.Errorf("retention of %d days: 7 to 90 are possible", c.RetentionDays)
	}
	if c.Tenant == "" {
		c.Tenant = "00000000-0000-0000-0000-000000000000"
	}
	if c.MasterKey != "" {
		if _, err := parseMaster(c.MasterKey); err != nil {
			return err
		}
	}
	if c.URL == "" {
		return nil
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return errors.New("the URL is not an http or https address")
	}
	c.URL = strings.TrimRight(c.URL, "/")
	return nil
}

// Close ends the vault and frees the file. Calls that follow are answered with 503.
func (v *Vault) Close() error {
	v.lead <- struct{}{} // a running transaction ends first
	defer func() { <-v.lead }()
	return v.db.Close()
}

// Token is the bearer token that this process' own client presents; random in every process.
func (v *Vault) Token() string { return v.token }

// AEAD seals other things under the master key, separate for each purpose. Nonces are made and kept inside
// (NonceSize is 0): pass nil as nonce. Its results open only with this vault's file and master key.
func (v *Vault) AEAD(purpose string) cipher.AEAD { return v.keys.aead("aead/" + purpose) }

func (v *Vault) authorized(r *http.Request) bool {
	scheme, bearer, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || bearer == "" {
		return false
	}
	if v.cfg.Authorize != nil {
		return v.cfg.Authorize(bearer)
	}
	got, want := sha256.Sum256([]byte(bearer)), sha256.Sum256([]byte(v.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
