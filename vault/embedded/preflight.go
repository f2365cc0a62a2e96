package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
)

// bbolt maps the file into memory and trusts it: a page past the file's end would end the process. So the
// two meta pages are read here first, with plain reads. Layout: bbolt v1.5 internal/common, page header of
// 16 bytes, then the meta of 64; integers in the machine's byte order.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	metaSize    = 64
)

// preflight refuses a file that is not a whole bbolt file. A missing file is fine. The meta pages are read
// before the size: another process that writes meanwhile only lets the file grow.
func preflight(cfg Config) error {
	known, err := hasMaster(cfg)
	if err != nil {
		return fmt.Errorf("looking for its key file: %w", err)
	}
	info, err := os.Stat(cfg.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is not a regular file", ErrForeign)
	}
	f, err := os.Open(cfg.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	need, seen, err := highWater(f)
	if err != nil {
		return err
	}
	info, err = f.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() == 0 && !known:
		return nil // the very first start was cut short: nothing was stored yet
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty; put a backup back, or remove it to start anew", ErrDamaged)
	case need > 0 && info.Size() < need:
		return fmt.Errorf("%w: %d of %d bytes are left", ErrDamaged, info.Size(), need)
	case need == 0 && seen:
		return fmt.Errorf("%w: neither of its head pages is whole", ErrDamaged)
	case need == 0:
		return ErrForeign
	}
	return nil
}

// highWater gives the size in bytes that the newest valid meta page needs, 0 when there is none; seen says
// that at least one page bears bbolt's mark.
func highWater(f io.ReaderAt) (need int64, seen bool, err error) {
	var newest uint64
	for _, at := range metaPlaces() {
		var b [pageHeader + metaSize]byte
		n, err := f.ReadAt(b[:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, false, fmt.Errorf("reading its head: %w", err)
		}
		m := b[pageHeader:]
		order := binary.NativeEndian
		if n < pageHeader+8 || order.Uint32(m) != boltMagic {
			continue
		}
		seen = true
		sum := fnv.New64a()
		sum.Write(m[:56])
		page, txid := int64(order.Uint32(m[8:])), order.Uint64(m[48:])
		whole := n == len(b) && order.Uint32(m[4:]) == boltVersion && order.Uint64(m[56:]) == sum.Sum64()
		if !whole || (at != 0 && at != page) || (need > 0 && txid < newest) {
			continue
		}
		newest, need = txid, int64(order.Uint64(m[40:]))*page
	}
	return need, seen, nil
}

// metaPlaces: the first page, and the second for each page size that bbolt knows.
func metaPlaces() []int64 {
	at := []int64{0}
	for size := int64(1 << 10); size <= 1<<24; size <<= 1 {
		at = append(at, size)
	}
	return at
}

// caught turns a panic over a damaged page, also one over a memory fault in the mapped file, into
// ErrDamaged. Use: defer caught(&err)().
func caught(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			*err = errors.Join(*err, fmt.Errorf("%w: %v", ErrDamaged, p))
		}
	}
}
