package embedded

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"

	bolt "go.etcd.io/bbolt"
)

// table is one bucket whose records are sealed, within one transaction.
type table struct {
	keys   keys
	bucket *bolt.Bucket
	name   []byte
	wrote  *bool // set by every change; nil where nobody asks
}

// bound is the associated data that ties a record to its place.
func (t table) bound(key []byte) []byte {
	return bytes.Join([][]byte{t.name, key}, []byte{0})
}

func (t table) open(key, sealed []byte) ([]byte, error) {
	plain, err := t.keys.records.Open(nil, nil, sealed, t.bound(key))
	if err != nil {
		return nil, fmt.Errorf("%w: a record in %q does not open", ErrDamaged, t.name)
	}
	return plain, nil
}

// get returns nil for a record that does not exist.
func (t table) get(key []byte) ([]byte, error) {
	sealed := t.bucket.Get(key)
	if sealed == nil {
		return nil, nil
	}
	return t.open(key, sealed)
}

func (t table) put(key, plain []byte) error {
	t.touch()
	return t.bucket.Put(key, t.keys.records.Seal(nil, nil, plain, t.bound(key)))
}

func (t table) remove(key []byte) error {
	t.touch()
	return t.bucket.Delete(key)
}

func (t table) touch() {
	if t.wrote != nil {
		*t.wrote = true
	}
}

// after walks the records whose keys have the prefix and lie behind last (nil: from the first).
func (t table) after(prefix, last []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, sealed []byte) bool) {
		c := t.bucket.Cursor()
		from := prefix
		if last != nil {
			from = last
		}
		k, v := c.Seek(from)
		if last != nil && bytes.Equal(k, last) {
			k, v = c.Next()
		}
		for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// head is what is known of a name: in "secrets" while it lives, in "deleted" until it is purged.
type head struct {
	Name    string `json:"name"`              // as it was first written
	Current string `json:"current"`           // newest version, 32 hex digits
	Deleted int64  `json:"deleted,omitempty"` // Unix seconds
	Purge   int64  `json:"purge,omitempty"`   // Unix seconds; from then on it is as good as gone
}

// props are a version's metadata.
type props struct {
	ContentType string            `json:"type,omitempty"`
	Enabled     bool              `json:"enabled"`
	Expires     *int64            `json:"exp,omitempty"` // Unix seconds, like the rest
	NotBefore   *int64            `json:"nbf,omitempty"`
	Created     int64             `json:"created"`
	Updated     int64             `json:"updated"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// version is a record of "versions": the length of the properties' JSON (4 bytes, big endian), the JSON,
// the value as it came. Lists read the front only.
type version struct {
	id string
	props
	value []byte
}

func (r version) encode() ([]byte, error) {
	meta, err := json.Marshal(r.props)
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(meta)+len(r.value)), uint32(len(meta)))
	return append(append(b, meta...), r.value...), nil
}

func decodeVersion(id string, plain []byte) (r version, err error) {
	bad := fmt.Errorf("%w: a version cannot be read", ErrDamaged)
	if len(plain) < 4 {
		return r, bad
	}
	n := uint64(binary.BigEndian.Uint32(plain))
	if n > uint64(len(plain)-4) {
		return r, bad
	}
	if err := json.Unmarshal(plain[4:4+n], &r.props); err != nil {
		return r, bad
	}
	r.id, r.value = id, plain[4+n:]
	return r, nil
}

// state is the whole vault within one transaction.
type state struct {
	keys                    keys
	secrets, gone, versions table
	wrote                   bool
}

func newState(k keys, tx *bolt.Tx) *state {
	s := &state{keys: k}
	of := func(name []byte) table {
		return table{keys: k, bucket: tx.Bucket(name), name: name, wrote: &s.wrote}
	}
	s.secrets, s.gone, s.versions = of(bucketSecrets), of(bucketDeleted), of(bucketVersions)
	return s
}

func (t table) head(key []byte) (*head, error) {
	plain, err := t.get(key)
	if plain == nil || err != nil {
		return nil, err
	}
	return decodeHead(plain)
}

func decodeHead(plain []byte) (*head, error) {
	h := new(head)
	if err := json.Unmarshal(plain, h); err != nil {
		return nil, fmt.Errorf("%w: a head cannot be read", ErrDamaged)
	}
	return h, nil
}

func (t table) putHead(key []byte, h *head) error {
	plain, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return t.put(key, plain)
}

// versionKey is nil when the id is no version id at all.
func versionKey(name []byte, id string) []byte {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 16 {
		return nil
	}
	return append(bytes.Clone(name), raw...)
}

// version returns nil when there is none.
func (s *state) version(name []byte, id string) (*version, error) {
	key := versionKey(name, id)
	if key == nil {
		return nil, nil
	}
	plain, err := s.versions.get(key)
	if plain == nil || err != nil {
		return nil, err
	}
	r, err := decodeVersion(hex.EncodeToString(key[len(name):]), plain)
	return &r, err
}

func (s *state) putVersion(name []byte, r version) error {
	plain, err := r.encode()
	if err != nil {
		return err
	}
	return s.versions.put(versionKey(name, r.id), plain)
}

// purge removes a deleted name with all its versions.
func (s *state) purge(name []byte) error {
	var keys [][]byte
	for k := range s.versions.after(name, nil) {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := s.versions.remove(k); err != nil {
			return err
		}
	}
	return s.gone.remove(name)
}
