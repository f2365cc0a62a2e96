package vault

import (
	"context"
	"sync"
)

// flights runs one job at a time for many callers. Whoever asks while it runs waits for the next
// run, since the running one may already have passed what they want it to see. A run is cancelled
// when nobody waits for it any more.
type flights struct {
	run func(context.Context) error

	mu   sync.Mutex
	now  *flight
	next *flight
}

type flight struct {
	done    chan struct{}
	err     error
	waiters int
	cancel  context.CancelFunc // nil until it runs
}

// join waits for a run that begins after the call, until ctx ends.
func (f *flights) join(ctx context.Context) error {
	mine := f.board(ctx)
	select {
	case <-mine.done:
		return mine.err
	case <-ctx.Done():
		f.leave(mine)
		return ctx.Err()
	}
}

func (f *flights) board(ctx context.Context) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		f.now = &flight{done: make(chan struct{})}
		f.start(ctx, f.now)
		f.now.waiters++
		return f.now
	}
	if f.next == nil {
		f.next = &flight{done: make(chan struct{})}
	}
	f.next.waiters++
	return f.next
}

// start runs a flight beside its callers; the caller holds the lock.
func (f *flights) start(ctx context.Context, fl *flight) {
	ctx, fl.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer fl.cancel()
		fl.err = f.run(ctx)
		f.land(ctx, fl)
	}()
}

func (f *flights) land(ctx context.Context, fl *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(fl.done)
	f.now, f.next = f.next, nil
	if f.now != nil {
		f.start(ctx, f.now)
	}
}

func (f *flights) leave(fl *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl.waiters--; fl.waiters > 0 {
		return
	}
	if fl.cancel != nil {
		fl.cancel()
	}
	if f.next == fl {
		f.next = nil
	}
}
