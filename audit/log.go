package audit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Errors of a log.
var (
	// ErrUnwritten: the store did not take the events, or did not say so. They may yet appear in the log.
	ErrUnwritten = errors.New("audit: events not written")
	// ErrClosed: the log was closed; nothing was written.
	ErrClosed = errors.New("audit: log closed")
	// ErrBusy: more events wait than the log takes; nothing was written.
	ErrBusy = errors.New("audit: too many events waiting")
	// ErrConfig: the log cannot be opened with this Config.
	ErrConfig = errors.New("audit: bad configuration")
)

const (
	maxQueue   = 20_000      // events waiting for a flush
	failedFor  = time.Minute // how long a failed flush makes the log unhealthy
	originWord = "keydesk/"  // a checkpoint's origin is this and the vault's name
)

// Config of a Log.
type Config struct {
	Store  Store        // required
	Vault  string       // name of the vault, without spaces or plus signs; part of a checkpoint's origin
	Signer note.Signer  // signs checkpoints; its name is "keydesk/" and Vault. nil: checkpoints are unsigned
	Stdout io.Writer    // nil: nowhere. Gets each durable event's line; when it is slow, lines are left out
	Logger *slog.Logger // nil: silent
}

// Log is the writing end of the log. It is safe for use by many goroutines.
type Log struct {
	store  Store
	origin string
	signer note.Signer
	logger *slog.Logger
	stream *stream
	writer string

	tail *building // the segment being written; used by the flushing goroutine alone; nil: begin the next

	mu       sync.Mutex
	queue    []entry
	idle     chan struct{} // not nil while a goroutine flushes; closed when it ends
	closed   bool
	failed   error // of the last flush
	failedAt time.Time
	number   int    // the greatest number seen or used
	begun    int    // the number of the segment begun last
	own      Head   // the last durable line of this process; zero before the first
	others   []Head // ends of other segments that no header of ours names yet
	graph    graph  // the log's shape, as far as this process knows
	looks    looks  // segments whose content is not what the list promises
	recent   recent
}

// entry is an event that waits, and who waits for it.
type entry struct {
	Event
	of *call
}

// call is one Append.
type call struct {
	left int // events not durable yet
	done chan error
}

// Open reads the newest segments and the log's heads, and returns a log ready to be written. It writes
// nothing: the log's first segment begins with the first event. Segments that cannot be understood are
// logged and left to Verify; a store that does not answer is an error.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	l := &Log{
		store: cfg.Store, origin: originWord + cfg.Vault, signer: cfg.Signer, logger: cfg.Logger,
		graph: graph{}, looks: looks{},
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case l.store == nil:
		return nil, fmt.Errorf("%w: no store", ErrConfig)
	case !validOrigin(l.origin):
		return nil, fmt.Errorf("%w: vault name %q", ErrConfig, cfg.Vault)
	case l.signer != nil && l.signer.Name() != l.origin:
		return nil, fmt.Errorf("%w: the signer is named %q, not %q", ErrConfig, l.signer.Name(), l.origin)
	}
	if err := l.start(ctx); err != nil {
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	if cfg.Stdout != nil {
		l.stream = newStream(cfg.Stdout, l.logger)
	}
	return l, nil
}

func newWriter() string {
	var b [writerDigits / 2]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Append writes events, in their order, and returns when they are durable. It fills in Time, if zero, and
// Prev. On ErrBadEvent, ErrNoteTooLong, ErrClosed or ErrBusy nothing was written. On ErrUnwritten, or when
// ctx ends while Append waits, the events (or the first of them) may be in the log or appear there later;
// the write itself does not end with ctx. Within 10 seconds of its turn a write has succeeded or failed.
func (l *Log) Append(ctx context.Context, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("waiting for the audit log: %w", err)
	}
	c := &call{left: len(events), done: make(chan error, 1)}
	entries := make([]entry, len(events))
	now := time.Now()
	for i, e := range events {
		e, err := e.ready(now)
		if err != nil {
			return err
		}
		entries[i] = entry{e, c}
	}
	if err := l.enqueue(entries); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-c.done: // both were ready
		return err
	default:
		return fmt.Errorf("waiting for the audit log: %w", ctx.Err())
	}
}

// Healthy returns nil when the log can be written, as far as is known: the cause when the last flush failed
// within the last minute. After a minute it is nil again, so that whoever keeps work away from an unhealthy
// process lets some through to try anew.
func (l *Log) Healthy() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if l.failed != nil && time.Since(l.failedAt) < failedFor {
		return l.failed
	}
	return nil
}

// Close refuses further events and waits until those that wait are written or ctx ends. The log stays
// readable. A second Close does the same.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	idle := l.idle
	l.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("closing the audit log: %w", ctx.Err())
		}
	}
	if err := l.stream.close(ctx); err != nil {
		return fmt.Errorf("closing the audit log's stream: %w", err)
	}
	return nil
}
