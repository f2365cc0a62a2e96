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

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// bbolt maps the file into memory and trusts it: a page number past the end ends the process, one that
// points in a circle takes all memory. So before bbolt may write, the file is read here with plain reads, and
// its pages are checked one by one (pages.go). Layout: bbolt v1.5, internal/common: a page header of 16
// bytes, then the meta of 64; integers in the machine's byte order.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	metaSize    = 64
)

// meta is where a bbolt file's newest state begins.
type meta struct {
	page           int64 // bytes of a page
	root, freelist uint64
	high           uint64 // pages in use
	txid           uint64
}

// preflight refuses a file that is not a whole bbolt file, without changing it. A missing file is fine.
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
	case info.Size() == 0 && !known:
		return nil // the very first start was cut short: nothing was stored yet
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty; put a backup back, or remove it to start anew", ErrDamaged)
	}
	f, err := os.Open(cfg.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := readMeta(f); err != nil {
		return err
	}
	return survey(cfg, f)
}

// survey checks the pages under bbolt's lock for readers, which no writer shares. Opened this way, bbolt
// looks at nothing but the meta pages.
func survey(cfg Config, f *os.File) (err error) {
	defer caught(&err)()
	db, err := bolt.Open(cfg.Path, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockPatience})
	if err != nil {
		return refusal(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	m, err := readMeta(f)
	if err != nil {
		return err
	}
	return checkPages(f, m)
}

// refusal turns what bbolt says about a file into what we say.
func refusal(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// readMeta finds the newest valid meta page and makes sure that the file is as long as it says.
func readMeta(f *os.File) (newest meta, err error) {
	marked := false
	for _, at := range metaPlaces() {
		var b [pageHeader + metaSize]byte
		n, err := f.ReadAt(b[:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return newest, fmt.Errorf("reading its head: %w", err)
		}
		m, ours, valid := decodeMeta(b[pageHeader:max(n, pageHeader)])
		marked = marked || ours
		if valid && (at == 0 || at == m.page) && (newest.page == 0 || m.txid > newest.txid) {
			newest = m
		}
	}
	info, err := f.Stat() // after the reads: a writer meanwhile only lets the file grow
	switch {
	case err != nil:
		return newest, err
	case newest.page == 0 && marked:
		return newest, fmt.Errorf("%w: neither of its head pages is whole", ErrDamaged)
	case newest.page == 0:
		return newest, ErrForeign
	case uint64(info.Size()/newest.page) < newest.high:
		return newest, fmt.Errorf("%w: %d of %d pages are left", ErrDamaged, info.Size()/newest.page, newest.high)
	}
	return newest, nil
}

func decodeMeta(b []byte) (m meta, ours, valid bool) {
	order := binary.NativeEndian
	if len(b) < 4 || order.Uint32(b) != boltMagic {
		return m, false, false
	}
	if len(b) < metaSize {
		return m, true, false
	}
	sum := fnv.New64a()
	sum.Write(b[:56])
	m = meta{page: int64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		high: order.Uint64(b[40:]), txid: order.Uint64(b[48:])}
	return m, true, order.Uint32(b[4:]) == boltVersion && order.Uint64(b[56:]) == sum.Sum64() &&
		m.page >= 1<<10 && m.page <= 1<<24
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
