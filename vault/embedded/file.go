package embedded

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	formatName    = "keydesk-vault"
	formatVersion = 1
	lockPatience  = 300 * time.Millisecond // a predecessor that is just leaving
)

var (
	bucketMeta     = []byte("meta")
	bucketSecrets  = []byte("secrets")
	bucketDeleted  = []byte("deleted")
	bucketVersions = []byte("versions")
	keyFormat      = []byte("format")
	keySealed      = []byte("sealed")
)

// format is the file's marker, in clear. Check tells a wrong key from damage.
type format struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Salt    []byte `json:"salt"`
	Check   []byte `json:"check"`
}

// openFile opens or creates the bbolt file and makes sure that it is a vault and that the key fits.
func openFile(cfg Config) (db *bolt.DB, k keys, err error) {
	if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o700); err != nil {
		return nil, k, fmt.Errorf("creating its folder: %w", err)
	}
	if err := preflight(cfg); err != nil {
		return nil, k, err
	}
	if err := begin(cfg); err != nil {
		return nil, k, fmt.Errorf("creating the vault: %w", err)
	}
	if db, err = openBolt(cfg); err != nil {
		return nil, k, err
	}
	if k, err = unlock(cfg, db); err == nil {
		clearAway(cfg)
		err = errors.Join(restrict(cfg.Path), syncDir(filepath.Dir(cfg.Path)))
	}
	if err != nil {
		return nil, k, errors.Join(err, db.Close())
	}
	return db, k, nil
}

// openBolt takes the lock. bbolt panics on some damage; the file is then closed here, or its lock would stay.
func openBolt(cfg Config) (db *bolt.DB, err error) {
	var file *os.File
	defer func() {
		if errors.Is(err, ErrDamaged) && file != nil {
			file.Close() // closed already when bbolt itself reported the error
		}
	}()
	defer caught(&err)()
	db, err = bolt.Open(cfg.Path, 0o600, &bolt.Options{
		Timeout:    lockPatience,
		NoSync:     cfg.NoSync,
		NoGrowSync: cfg.NoSync,
		// Otherwise bbolt would write into a file before it is known whose it is; unlock switches it back.
		NoFreelistSync: true,
		FreelistType:   bolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	})
	if err != nil {
		return nil, refusal(err)
	}
	return db, nil
}

// unlock reads the marker and checks the key, or writes both into a file without any bucket.
func unlock(cfg Config, db *bolt.DB) (k keys, err error) {
	defer caught(&err)()
	var f format
	fresh := false
	err = db.View(func(tx *bolt.Tx) error {
		if first, _ := tx.Cursor().First(); first == nil {
			fresh = true
			return nil
		}
		f, err = readFormat(tx)
		return err
	})
	if err != nil {
		return k, err
	}
	master, err := loadMaster(cfg, fresh)
	if err != nil {
		return k, err
	}
	db.NoFreelistSync = false
	if fresh {
		return create(db, master)
	}
	k = newKeys(master, f.Salt)
	if !bytes.Equal(k.check(), f.Check) {
		return k, fmt.Errorf("%w: it was sealed with another one", ErrWrongKey)
	}
	return k, db.View(func(tx *bolt.Tx) error {
		meta := table{keys: k, bucket: tx.Bucket(bucketMeta), name: bucketMeta}
		mark, err := meta.get(keySealed)
		if err == nil && !bytes.Equal(mark, meta.bucket.Get(keyFormat)) {
			err = fmt.Errorf("%w: its marker was altered", ErrDamaged)
		}
		return err
	})
}

func readFormat(tx *bolt.Tx) (f format, err error) {
	b := tx.Bucket(bucketMeta)
	if b == nil || b.Get(keyFormat) == nil {
		return f, fmt.Errorf("%w: it is another application's database", ErrForeign)
	}
	if err := json.Unmarshal(b.Get(keyFormat), &f); err != nil || f.Format != formatName {
		return f, fmt.Errorf("%w: it is another application's database", ErrForeign)
	}
	if f.Version != formatVersion {
		return f, fmt.Errorf("%w of this program: its format is %d, known here is %d",
			ErrForeign, f.Version, formatVersion)
	}
	if tx.Bucket(bucketSecrets) == nil || tx.Bucket(bucketDeleted) == nil || tx.Bucket(bucketVersions) == nil {
		return f, fmt.Errorf("%w: a bucket is missing", ErrDamaged)
	}
	return f, nil
}

func create(db *bolt.DB, master []byte) (keys, error) {
	salt := make([]byte, 32)
	rand.Read(salt)
	k := newKeys(master, salt)
	mark, err := json.Marshal(format{Format: formatName, Version: formatVersion, Salt: salt, Check: k.check()})
	if err != nil {
		return k, fmt.Errorf("creating the vault: %w", err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketMeta, bucketSecrets, bucketDeleted, bucketVersions} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta := table{keys: k, bucket: tx.Bucket(bucketMeta), name: bucketMeta}
		return errors.Join(meta.bucket.Put(keyFormat, mark), meta.put(keySealed, mark))
	})
	if err != nil {
		return k, fmt.Errorf("creating the vault: %w", err)
	}
	return k, nil
}

// syncDir makes new names in a folder durable. Windows knows no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) {
		err = nil // some network file systems
	}
	return errors.Join(err, d.Close())
}
