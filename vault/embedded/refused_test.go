package embedded_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"keydesk/vault/embedded"
)

// harm is what happens to a vault and how opening it is refused then.
type harm struct {
	name string
	do   func(*embedded.Config)
}

func harms() map[error][]harm {
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	return map[error][]harm{
		embedded.ErrNoKey: {{"key file gone", func(c *embedded.Config) { os.Remove(c.Path + ".key") }}},
		embedded.ErrWrongKey: {
			{"another key given", func(c *embedded.Config) { c.MasterKey = other }},
			{"another key file", write(".key", other+"\n")},
			{"key file cut", write(".key", other[:20])},
			{"key file empty", write(".key", "")},
		},
		embedded.ErrForeign: {
			{"text", write("", "hello")},
			{"long text", write("", strings.Repeat("hello ", 1e5))},
			{"zeros", write("", strings.Repeat("\x00", 1<<16))},
			{"SQLite", write("", "SQLite format 3\x00"+strings.Repeat("\x00", 1<<13))},
			{"newer format", in(editFormat("version", 2))},
			{"other format", in(editFormat("format", "something"))},
			{"other bbolt", foreignBolt},
			{"no marker", in(dropMarker)},
		},
		embedded.ErrDamaged: append(brokenPages(), []harm{
			{"empty", cut(0)},
			{"cut in first page", cut(60)},
			{"cut in second page", cut(5000)},
			{"cut after the heads", cut(8192)},
			{"last pages missing", halve},
			{"both heads altered", heads},
			{"marker altered", in(editFormat("note", "x"))},
			{"bucket missing", in(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("versions")) })},
			{"head swapped", in(swapHeads)},
			{"head moved back", in(undelete)},
			{"version missing", in(dropVersions)},
			{"stray version", in(strayVersion)},
		}...),
	}
}

// brokenPages are what bbolt itself would follow without end, past the file's end, or into other data.
func brokenPages() []harm {
	const branch, leaf, free = 1, 2, 16
	return []harm{
		{"branch in a circle", pages(branch, func(p []byte, id uint64) { put64(p[24:], id) })},
		{"branch out of file", pages(branch, func(p []byte, _ uint64) { put64(p[24:], 1<<40) })},
		{"two branches to one page", pages(branch, func(p []byte, _ uint64) { copy(p[40:48], p[24:]) })},
		{"leaf out of bounds", pages(leaf, func(p []byte, _ uint64) { p[22] ^= 0x40 })},
		{"leaf longer than it is", pages(leaf, func(p []byte, _ uint64) { p[11] = 0xff })},
		{"page of another kind", pages(leaf, func(p []byte, _ uint64) { p[8] = free })},
		{"overflow out of file", pages(leaf, func(p []byte, _ uint64) { p[14] = 0xff })},
		{"used page listed as free", pages(free, func(p []byte, id uint64) { put64(p[16:], id) })},
		{"endless list of free pages", pages(free, func(p []byte, _ uint64) {
			p[10], p[11] = 0xff, 0xff
			put64(p[16:], 1<<60)
		})},
	}
}

// TestRefused: a file that cannot be opened as it is stays byte for byte as it is.
func TestRefused(t *testing.T) {
	for want, rows := range harms() {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { refused(t, row, want) })
		}
	}
}

func refused(t *testing.T, row harm, want error) {
	cfg := filled(t)
	row.do(&cfg)
	before, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	keyBefore, _ := os.ReadFile(cfg.Path + ".key") // gone in one of the rows
	v, err := embedded.Open(cfg)
	if v != nil || !errors.Is(err, want) {
		t.Fatalf("opened with %v, want %v", err, want)
	}
	if !strings.Contains(err.Error(), cfg.Path) {
		t.Errorf("%q does not say which file", err)
	}
	after, err := os.ReadFile(cfg.Path)
	keyAfter, _ := os.ReadFile(cfg.Path + ".key")
	if err != nil || !bytes.Equal(before, after) || !bytes.Equal(keyBefore, keyAfter) {
		t.Error("the refused files were written to")
	}
	if _, err := embedded.Open(cfg); !errors.Is(err, want) {
		t.Errorf("the second try says %v: a lock was left", err)
	}
}
