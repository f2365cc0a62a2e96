package teams

import (
	"context"
	"slices"
	"sync"
	"time"
)

// windows are Teams' limits for one bot in one chat (learn.microsoft.com, rate limiting for bots).
var windows = [...]struct {
	calls int
	in    time.Duration
}{{7, time.Second}, {8, 2 * time.Second}, {60, 30 * time.Second}, {1800, time.Hour}}

// maxChats bounds how many chats are remembered; idle ones are dropped first.
const maxChats = 10_000

// limiter makes calls to a chat wait until Teams would take them.
type limiter struct {
	mu    sync.Mutex
	chats map[string]*chatCalls
	sweep int // how many chats there must be before idle ones are looked for again
}

// chatCalls is when the calls of the longest window were, or will be, oldest first.
type chatCalls struct{ at []time.Time }

// wait takes a place for one call to the chat and waits until it may be made. It never drops one; ctx ends
// the wait, at once where the place comes too late for its deadline. Who does not call leaves the place to
// others.
func (l *limiter) wait(ctx context.Context, chat string) error {
	at := l.take(chat, time.Now())
	delay := time.Until(at)
	if delay <= 0 {
		return nil
	}
	if end, ok := ctx.Deadline(); ok && !at.Before(end) {
		l.leave(chat, at)
		return context.DeadlineExceeded
	}
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		l.leave(chat, at)
		return context.Cause(ctx)
	}
}

// leave gives a place back, so that calls which were given up don't hold up others.
func (l *limiter) leave(chat string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.chats[chat]; c != nil {
		if i := slices.IndexFunc(c.at, at.Equal); i >= 0 {
			c.at = slices.Delete(c.at, i, i+1)
		}
	}
}

// take is the first moment at which one more call keeps every window.
func (l *limiter) take(chat string, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.of(chat, now)
	at := c.next(now)
	c.at = append(c.at, at)
	return at
}

// free takes a place only if a call may be made now.
func (l *limiter) free(chat string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.of(chat, now)
	if c.next(now).After(now) {
		return false
	}
	c.at = append(c.at, now)
	return true
}

// of is what is remembered of a chat. The caller holds the lock.
func (l *limiter) of(chat string, now time.Time) *chatCalls {
	if c := l.chats[chat]; c != nil {
		c.forget(now)
		return c
	}
	if l.chats == nil {
		l.chats, l.sweep = map[string]*chatCalls{}, maxChats
	}
	l.forgetIdle(now)
	c := &chatCalls{}
	l.chats[chat] = c
	return c
}

// next is when one more call may be made.
func (c *chatCalls) next(now time.Time) time.Time {
	at := now
	for _, w := range windows {
		if i := len(c.at) - w.calls; i >= 0 {
			if free := c.at[i].Add(w.in); free.After(at) {
				at = free
			}
		}
	}
	return at
}

// longest is the last of windows.
const longest = time.Hour

// forget drops calls that no window counts any more.
func (c *chatCalls) forget(now time.Time) {
	n := 0
	for n < len(c.at) && now.Sub(c.at[n]) >= longest {
		n++
	}
	if n > 0 {
		c.at = append(c.at[:0], c.at[n:]...)
	}
}

// forgetIdle drops chats without a call in the longest window, once there are many; when most are busy, not
// before there are twice as many.
func (l *limiter) forgetIdle(now time.Time) {
	if len(l.chats) < l.sweep {
		return
	}
	for id, c := range l.chats {
		if len(c.at) == 0 || now.Sub(c.at[len(c.at)-1]) >= longest {
			delete(l.chats, id)
		}
	}
	l.sweep = max(maxChats, 2*len(l.chats))
}
