package teams

import (
	"context"
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
}

// chatCalls is when the last calls to a chat were, or will be: a ring of as many as the longest window counts.
type chatCalls struct{ at []time.Time }

// wait takes a place for one call to the chat and waits until it may be made. It never drops one; ctx ends the wait.
func (l *limiter) wait(ctx context.Context, chat string) error {
	delay := time.Until(l.take(chat, time.Now()))
	if delay <= 0 {
		return nil
	}
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// take is the first moment at which one more call keeps every window.
func (l *limiter) take(chat string, now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chats == nil {
		l.chats = map[string]*chatCalls{}
	}
	c := l.chats[chat]
	if c == nil {
		l.forgetIdle(now)
		c = &chatCalls{}
		l.chats[chat] = c
	}
	return c.take(now)
}

func (c *chatCalls) take(now time.Time) time.Time {
	at := now
	for _, w := range windows {
		if i := len(c.at) - w.calls; i >= 0 {
			if free := c.at[i].Add(w.in); free.After(at) {
				at = free
			}
		}
	}
	if longest := windows[len(windows)-1].calls; len(c.at) >= longest {
		c.at = append(c.at[:0], c.at[len(c.at)-longest+1:]...)
	}
	c.at = append(c.at, at)
	return at
}

// forgetIdle drops chats without a call in the longest window, once there are many.
func (l *limiter) forgetIdle(now time.Time) {
	if len(l.chats) < maxChats {
		return
	}
	longest := windows[len(windows)-1].in
	for id, c := range l.chats {
		if now.Sub(c.at[len(c.at)-1]) > longest {
			delete(l.chats, id)
		}
	}
}
