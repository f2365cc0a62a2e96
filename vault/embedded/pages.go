package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Flags of a bbolt page and of a leaf's element.
const (
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10
	isBucket     = 0x01
	noFreelist   = math.MaxUint64
)

// walk follows every page of a file once. A page that is reached twice, or is reached and free, lies out of
// bounds or has its keys in disorder is damage.
type walk struct {
	f    io.ReaderAt
	meta meta
	seen []bool
	last []byte // the key before, in the bucket that is walked
}

func damaged(id uint64, what string) error { return fmt.Errorf("%w: page %d %s", ErrDamaged, id, what) }

func checkPages(f io.ReaderAt, m meta) error {
	if m.high < 2 {
		return damaged(m.high, "cannot be the end")
	}
	w := &walk{f: f, meta: m, seen: make([]bool, m.high)}
	w.seen[0], w.seen[1] = true, true
	if m.freelist != noFreelist {
		if err := w.free(m.freelist); err != nil {
			return err
		}
	}
	return w.tree(m.root)
}

// block is a page with its overflow pages: the first page in memory, the rest read when asked for.
type block struct {
	id, size     uint64 // size in bytes
	flags, count uint16
	first        []byte
	f            io.ReaderAt
	at           int64
}

func (w *walk) load(id uint64) (*block, error) {
	if id >= w.meta.high {
		return nil, damaged(id, "is out of bounds")
	}
	b := &block{id: id, f: w.f, at: int64(id) * w.meta.page, first: make([]byte, w.meta.page)}
	if _, err := w.f.ReadAt(b.first, b.at); err != nil {
		return nil, fmt.Errorf("reading page %d: %w", id, err)
	}
	order := binary.NativeEndian
	b.flags, b.count = order.Uint16(b.first[8:]), order.Uint16(b.first[10:])
	more := uint64(order.Uint32(b.first[12:]))
	if order.Uint64(b.first) != id || id+more >= w.meta.high {
		return nil, damaged(id, "is not what it says")
	}
	b.size = (1 + more) * uint64(w.meta.page)
	for i := id; i <= id+more; i++ {
		if w.seen[i] {
			return nil, damaged(i, "is used twice")
		}
		w.seen[i] = true
	}
	return b, nil
}

// bytes gives n bytes at an offset, which must lie within the block.
func (b *block) bytes(off, n uint64) ([]byte, error) {
	if off > b.size || n > b.size-off {
		return nil, damaged(b.id, "has an element out of bounds")
	}
	if off+n <= uint64(len(b.first)) {
		return b.first[off : off+n], nil
	}
	out := make([]byte, n)
	if _, err := b.f.ReadAt(out, b.at+int64(off)); err != nil {
		return nil, fmt.Errorf("reading page %d: %w", b.id, err)
	}
	return out, nil
}

// free reads the list of free pages and marks them, so that the tree may not use one.
func (w *walk) free(id uint64) error {
	b, err := w.load(id)
	if err != nil {
		return err
	}
	if b.flags != pageFreelist {
		return damaged(id, "is not the list of free pages")
	}
	off, n := uint64(pageHeader), uint64(b.count)
	if b.count == math.MaxUint16 { // the count did not fit the header
		raw, err := b.bytes(off, 8)
		if err != nil {
			return err
		}
		off, n = off+8, binary.NativeEndian.Uint64(raw)
	}
	if n > w.meta.high {
		return damaged(id, "lists more pages than there are")
	}
	raw, err := b.bytes(off, n*8)
	if err != nil {
		return err
	}
	for ; len(raw) > 0; raw = raw[8:] {
		page := binary.NativeEndian.Uint64(raw)
		if page >= w.meta.high || w.seen[page] {
			return damaged(id, "lists a page that is in use")
		}
		w.seen[page] = true
	}
	return nil
}

// tree walks a bucket from its root. Every page is visited once at most, so it ends.
func (w *walk) tree(id uint64) error {
	b, err := w.load(id)
	if err != nil {
		return err
	}
	switch {
	case b.flags == pageLeaf:
		return w.leaf(b, true)
	case b.flags != pageBranch || b.count == 0:
		return damaged(id, "is neither branch nor leaf")
	}
	for i := range uint64(b.count) {
		at := pageHeader + i*16
		e, err := b.bytes(at, 16)
		if err != nil {
			return err
		}
		order := binary.NativeEndian
		child := order.Uint64(e[8:])
		if _, err := b.bytes(at+uint64(order.Uint32(e)), uint64(order.Uint32(e[4:]))); err != nil {
			return err
		}
		if err := w.tree(child); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks a leaf's elements, and walks the buckets among them.
func (w *walk) leaf(b *block, buckets bool) error {
	for i := range uint64(b.count) {
		at := pageHeader + i*16
		e, err := b.bytes(at, 16)
		if err != nil {
			return err
		}
		order := binary.NativeEndian
		flags, pos := order.Uint32(e), uint64(order.Uint32(e[4:]))
		klen, vlen := uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		key, err := b.bytes(at+pos, klen)
		if err != nil {
			return err
		}
		if w.last != nil && bytes.Compare(w.last, key) >= 0 {
			return damaged(b.id, "has its keys in disorder")
		}
		w.last = bytes.Clone(key)
		if end := at + pos + klen; end > b.size || vlen > b.size-end {
			return damaged(b.id, "has an element out of bounds")
		}
		if flags&isBucket == 0 {
			continue
		}
		value, err := b.bytes(at+pos+klen, vlen)
		if err != nil {
			return err
		}
		if err := w.bucket(b.id, value, buckets); err != nil {
			return err
		}
	}
	return nil
}

// bucket walks a bucket: its root page, or the page that lies inside the element itself.
func (w *walk) bucket(id uint64, value []byte, allowed bool) error {
	if !allowed || len(value) < 16 {
		return damaged(id, "has a bucket where none can be")
	}
	outer := w.last
	defer func() { w.last = outer }()
	w.last = nil
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.tree(root)
	}
	inner := value[16:]
	if len(inner) < pageHeader || binary.NativeEndian.Uint16(inner[8:]) != pageLeaf {
		return damaged(id, "has a broken bucket")
	}
	return w.leaf(&block{id: id, size: uint64(len(inner)), first: inner,
		count: binary.NativeEndian.Uint16(inner[10:])}, false)
}
