package audit

import (
	"context"
	"errors"
	"time"
)

// Errors that a Store wraps.
var (
	// ErrNotFound: there is no such segment, or no such version of it.
	ErrNotFound = errors.New("audit: no such segment")
	// ErrUnreadable: the store has the version but refuses to hand it out (in Key Vault: it was disabled).
	// Verify reports it as a fault; any other error of a read means that Verify could not run.
	ErrUnreadable = errors.New("audit: version not readable")
)

// Store keeps segments. One call is one call upstream: nothing is retried, since a write that is repeated
// behind the log's back could undo a newer one.
type Store interface {
	// Put makes a new current version of a segment. Any error counts as unclear.
	Put(ctx context.Context, segment string, body string, tags map[string]string) error
	// Get returns one version of a segment, or the current one if version is "".
	Get(ctx context.Context, segment, version string) (body string, err error)
	// List names all segments, with the tags of their current versions, in any order.
	List(ctx context.Context) ([]SegmentInfo, error)
	// Versions names all versions of a segment, oldest first. Key Vault knows their times to the second
	// only; nothing here depends on the order within one.
	Versions(ctx context.Context, segment string) ([]string, error)
}

// SegmentInfo is what a list tells of a segment.
type SegmentInfo struct {
	Name string // "keydesk-audit-{number}-{writer}"
	Tags map[string]string
}

const (
	readTries = 4
	readPause = 500 * time.Millisecond // doubled after each try
)

// again reads from the store, and again when that fails: a read changes nothing.
func again[T any](ctx context.Context, read func() (T, error)) (T, error) {
	pause := readPause
	for try := 1; ; try++ {
		v, err := read()
		if err == nil || try == readTries || ctx.Err() != nil ||
			errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnreadable) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, err
		case <-time.After(pause):
		}
		pause *= 2
	}
}
