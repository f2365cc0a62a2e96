package embedded_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"

	"keydesk/vault/embedded"
)

// write puts a text in place of the vault file, or of another beside it.
func write(suffix, text string) func(*embedded.Config) {
	return func(c *embedded.Config) {
		if err := os.WriteFile(c.Path+suffix, []byte(text), 0o600); err != nil {
			panic(err)
		}
	}
}

func cut(n int64) func(*embedded.Config) {
	return func(c *embedded.Config) {
		if err := os.Truncate(c.Path, n); err != nil {
			panic(err)
		}
	}
}

// in changes a vault file through bbolt.
func in(f func(*bolt.Tx) error) func(*embedded.Config) {
	return func(c *embedded.Config) {
		db, err := bolt.Open(c.Path, 0o600, nil)
		if err == nil {
			err = errors.Join(db.Update(f), db.Close())
		}
		if err != nil {
			panic(err)
		}
	}
}

func dropMarker(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("format")) }

func strayVersion(tx *bolt.Tx) error { return tx.Bucket([]byte("versions")).Put([]byte("stray"), nil) }

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
