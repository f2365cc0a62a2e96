package vault

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"keydesk/catalog"
)

// Key Vault deletes and recovers in its own time: a deleted secret does not show as one at once, nor does a
// recovered one as there, and meanwhile the vault refuses to change it (Azure/azure-sdk-for-net#31581).
const (
	beingDeleted   = "ObjectIsBeingDeleted"
	beingRecovered = "ObjectIsBeingRecovered"

	recoverTries = 8
	recoverPause = 100 * time.Millisecond // doubled after each try: 12.7 s in all
)

// awaitShown looks until something is there, so often. It ends with the last look's error.
func awaitShown(ctx context.Context, tries int, look func() error) error {
	for try := 1; ; try++ {
		err := look()
		if !errors.Is(err, ErrNotFound) || try == tries || !restFor(ctx, recoverPause<<(try-1)) {
			return err
		}
	}
}

// unlessBusy does something again while the vault refuses it with the given code; nothing was done then.
func unlessBusy(ctx context.Context, code string, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || !strings.HasSuffix(fault(err).Code, code) ||
			try == recoverTries || !restFor(ctx, recoverPause<<(try-1)) {
			return err
		}
	}
}

// leaving is which keys this process has just deleted, and not yet seen as deleted.
type leaving struct {
	mu sync.Mutex
	at map[catalog.KeyName]time.Time
}

// leavingFor is how long the vault may take to show it.
const leavingFor = time.Minute

func (l *leaving) add(name catalog.KeyName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[catalog.KeyName]time.Time{}
	}
	for n, at := range l.at {
		if time.Since(at) > leavingFor {
			delete(l.at, n)
		}
	}
	l.at[name] = time.Now()
}

func (l *leaving) has(name catalog.KeyName) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.at[name]
	return ok && time.Since(at) <= leavingFor
}

func (l *leaving) forget(name catalog.KeyName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.at, name)
}
