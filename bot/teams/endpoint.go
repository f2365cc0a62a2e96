package teams

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"keydesk/bot/desk"
)

// Handler answers turns; desk.Desk is one.
type Handler interface {
	Handle(ctx context.Context, t desk.Turn) desk.Reply
}

// Config is what an Endpoint needs; all fields but Observe must be set.
type Config struct {
	Desk      Handler
	Inbound   Inbound
	Connector *Connector
	AppID     string
	Logger    *slog.Logger
	// Observe counts what came in: kind of activity, HTTP status, time to the answer. Nil: nobody counts.
	Observe func(kind string, status int, took time.Duration)
}

// Endpoint is POST /api/messages.
type Endpoint struct {
	Config
	seen    seen
	welcome greeted
	zones   zones
	running sync.WaitGroup
}

// New builds an Endpoint.
func New(cfg Config) *Endpoint {
	if cfg.Observe == nil {
		cfg.Observe = func(string, int, time.Duration) {}
	}
	return &Endpoint{Config: cfg}
}

const (
	maxBody     = 256 << 10
	turnTime    = 2 * time.Minute         // after which a turn is given up
	messageTime = 9 * time.Second         // Teams gives up on a message after 10 to 15 s
	invokeTime  = 4500 * time.Millisecond // and on an invoke after 5 s
	typingAfter = time.Second
)

// Shutdown waits until ctx ends for turns that are under way.
func (e *Endpoint) Shutdown(ctx context.Context) error {
	done := make(chan struct{})
	go func() { e.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("some turns were still running")
	}
}

// ServeHTTP answers one activity.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	kind, status := "probe", http.StatusOK
	defer func() { e.Observe(kind, status, time.Since(began)) }()
	switch r.Method {
	case http.MethodPost:
	case http.MethodHead:
		w.WriteHeader(status)
		return
	default:
		status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", "POST, HEAD")
		w.WriteHeader(status)
		return
	}
	a, code := e.admit(w, r)
	if code != http.StatusOK {
		kind, status = "refused", code
		http.Error(w, refusals[code], code)
		return
	}
	kind = kindOf(a)
	ans := e.answer(a)
	status = ans.status
	ans.write(w)
}

// refusals are the only bodies that somebody who has not proved themselves gets to see.
var refusals = map[int]string{
	http.StatusUnauthorized:          "unauthorized",
	http.StatusBadRequest:            "bad request",
	http.StatusRequestEntityTooLarge: "too large",
}

// admit reads the body once and lets in what proves itself.
func (e *Endpoint) admit(w http.ResponseWriter, r *http.Request) (*activity, int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, http.StatusRequestEntityTooLarge
		}
		return nil, http.StatusBadRequest
	}
	a, err := decode(body)
	if err != nil {
		return nil, http.StatusBadRequest
	}
	if err := e.Inbound.check(r.Context(), r.Header.Get("Authorization"), a); err != nil {
		e.Logger.LogAttrs(r.Context(), slog.LevelWarn, "an activity was refused", slog.Any("error", err))
		return nil, http.StatusUnauthorized
	}
	return a, http.StatusOK
}

// kindOf is the metric label of an activity, from a fixed set.
func kindOf(a *activity) string {
	switch a.Type {
	case "message", "invoke", "conversationUpdate", "installationUpdate", "messageUpdate", "messageDelete", "messageReaction":
		return a.Type
	}
	return "other"
}

// answer runs what the activity asks for, once, and waits for it as long as Teams waits.
func (e *Endpoint) answer(a *activity) answer {
	var work func(context.Context) answer
	patience := messageTime
	switch a.Type {
	case "message":
		work = func(ctx context.Context) answer { return e.message(ctx, a) }
	case "invoke":
		if a.Name != "adaptiveCard/action" {
			return answer{status: http.StatusNotImplemented}
		}
		patience = invokeTime
		work = func(ctx context.Context) answer { return e.invoke(ctx, a) }
	case "conversationUpdate", "installationUpdate":
		work = func(ctx context.Context) answer { return e.greet(ctx, a) }
	default: // new kinds of events may come at any time: all are answered
		return answer{status: http.StatusOK}
	}
	run, mine := e.seen.begin(a.Conversation.ID+"\x00"+a.Type+"\x00"+a.ID, a.ID != "")
	if mine {
		e.running.Go(func() { e.work(a, run, work) })
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-run.done:
	case <-timer.C:
		if run.leave() {
			return late(a)
		}
	}
	return run.answer
}

// work runs detached from the request: Teams hangs up early, the effect must not.
func (e *Endpoint) work(a *activity, run *run, do func(context.Context) answer) {
	ctx, cancel := context.WithTimeout(context.Background(), turnTime)
	defer cancel()
	ans := answer{status: http.StatusOK, invoke: a.Type == "invoke", line: "Something went wrong inside Keydesk. Try again."}
	defer func() {
		if p := recover(); p != nil {
			e.Logger.LogAttrs(ctx, slog.LevelError, "a turn panicked", slog.Any("panic", panicKind(p)))
			if a.Type == "message" {
				_ = e.Connector.Say(ctx, a.conversation(), ans.line)
			}
		}
		if run.finish(ans) && a.Type == "invoke" {
			e.follow(ctx, a, ans)
		}
	}()
	ans = do(ctx)
}

// panicKind is a panic without its text, which could hold what a person sent.
func panicKind(p any) string {
	if err, ok := p.(error); ok {
		return "error of type " + typeName(err)
	}
	return "of type " + typeName(p)
}

// answer is what the HTTP request gets: for an invoke a card, a line or an error in Teams' envelope.
type answer struct {
	status int
	invoke bool
	reply  desk.Reply // Card, where the pressed card is to be replaced
	line   string
	fault  string
}

func (a answer) write(w http.ResponseWriter) {
	if !a.invoke {
		w.WriteHeader(a.status)
		return
	}
	body := a.envelope()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}
