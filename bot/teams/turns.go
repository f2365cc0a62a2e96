package teams

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"

	"keydesk/bot/desk"
)

// turns are those under way. They run detached from their requests: Teams hangs up early, the effect must
// not.
type turns struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex // so that none starts once Shutdown waits
	closed  bool
	running *sync.WaitGroup
}

func newTurns() turns {
	ctx, cancel := context.WithCancel(context.Background())
	return turns{ctx: ctx, cancel: cancel, running: new(sync.WaitGroup)}
}

// start runs f, unless it is too late for that.
func (t *turns) start(f func(context.Context)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.running.Go(func() { f(t.ctx) })
	return true
}

func (t *turns) shutdown(ctx context.Context) error {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	done := make(chan struct{})
	go func() { t.running.Wait(); close(done) }()
	defer t.cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("some turns were still running")
	}
}

const wentWrong = "Something went wrong inside Keydesk. Try again."

// work does what one activity asks for and sets its answer.
func (e *Endpoint) work(ctx context.Context, a *activity, run *run,
	do func(context.Context, *activity) answer) {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	ans := answer{status: http.StatusOK, invoke: a.Type == "invoke", fault: wentWrong}
	if !e.safely(ctx, func() { ans = do(ctx, a).sealed() }) {
		ans = ans.sealed()
		if a.Type == "message" {
			e.safely(ctx, func() { _ = e.Connector.Say(ctx, a.conversation(), wentWrong) })
		}
	}
	left := run.finish(ans)
	e.seen.weigh(run, len(ans.body))
	if left && a.Type == "invoke" {
		e.safely(ctx, func() { e.follow(ctx, a, ans) })
	}
}

// safely runs f and says whether it came to its end. A panic is logged without its text, which could hold
// what a person sent; the stack shows no values.
func (e *Endpoint) safely(ctx context.Context, f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			e.Logger.LogAttrs(ctx, slog.LevelError, "a turn panicked", slog.String("panic", "of type "+typeName(p)),
				slog.String("stack", string(debug.Stack())))
		}
	}()
	f()
	return true
}

// beside runs f next to a turn that is under way; Shutdown waits for it too. The result waits for f.
func (e *Endpoint) beside(ctx context.Context, f func()) (wait func()) {
	done := make(chan struct{})
	e.turns.running.Go(func() {
		defer close(done)
		e.safely(ctx, f)
	})
	return func() { <-done }
}

// answer is what the HTTP request gets: for an invoke a card, a line or an error in Teams' envelope.
type answer struct {
	status int
	invoke bool
	reply  desk.Reply // Card, where the pressed card is to be replaced
	line   string
	fault  string
	body   []byte // the envelope, written once
}

func (a answer) sealed() answer {
	if a.invoke {
		a.body = a.envelope()
	}
	return a
}
