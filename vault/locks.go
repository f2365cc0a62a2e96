package vault

import (
	"context"
	"sync"
)

// locks is one lock per secret name, made when needed and forgotten when nobody holds it.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

type lock struct {
	turn  chan struct{}
	users int
}

// hold waits for name until ctx ends.
func (l *locks) hold(ctx context.Context, name string) (release func(), err error) {
	k := l.join(name)
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn; l.leave(name, k) }, nil
	case <-ctx.Done():
		l.leave(name, k)
		e := fault(ctx.Err())
		e.settled = true
		return nil, e
	}
}

// holdBoth waits for two names, always in the same order, so that two callers never wait for each other.
func (l *locks) holdBoth(ctx context.Context, a, b string) (release func(), err error) {
	first, err := l.hold(ctx, min(a, b))
	if err != nil {
		return nil, err
	}
	second, err := l.hold(ctx, max(a, b))
	if err != nil {
		first()
		return nil, err
	}
	return func() { second(); first() }, nil
}

func (l *locks) join(name string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[string]*lock{}
	}
	k := l.held[name]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		l.held[name] = k
	}
	k.users++
	return k
}

func (l *locks) leave(name string, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.held, name)
	}
}
