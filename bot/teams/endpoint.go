package teams

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"keydesk/bot/desk"
)

// Handler answers turns; desk.Desk is one.
type Handler interface {
	Handle(ctx context.Context, t desk.Turn) desk.Reply
}

// Config is what an Endpoint needs; all fields but Refused and Observe must be set.
type Config struct {
	Desk      Handler
	Inbound   Inbound
	Connector *Connector
	AppID     string
	Logger    *slog.Logger
	// Refused hears why an activity was refused that Microsoft's service did send, as one of another tenant or
	// of a bot. Nil: nobody does.
	Refused func(ctx context.Context, why string)
	// Observe counts what came in: kind of activity, HTTP status, time to the answer. Nil: nobody counts.
	Observe func(kind string, status int, took time.Duration)
}

// Endpoint is POST /api/messages.
type Endpoint struct {
	Config
	seen    seen
	welcome greeted
	zones   zones
	turns   turns
}

// New builds an Endpoint. Shutdown ends it.
func New(cfg Config) *Endpoint {
	if cfg.Observe == nil {
		cfg.Observe = func(string, int, time.Duration) {}
	}
	return &Endpoint{Config: cfg, turns: newTurns()}
}

const (
	maxBody     = 256 << 10
	bodyTime    = 10 * time.Second        // within which a body must have come
	turnTime    = 2 * time.Minute         // after which a turn is given up
	messageTime = 9 * time.Second         // Teams gives up on a message after 10 to 15 s
	invokeTime  = 4500 * time.Millisecond // and on an invoke after 5 s
	typingAfter = time.Second
)

// Shutdown takes no more activities and waits for the turns under way. When ctx ends before them, their
// contexts end too and the error says so.
func (e *Endpoint) Shutdown(ctx context.Context) error { return e.turns.shutdown(ctx) }

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

// admit reads the body once and lets in what proves itself. Who has no good token costs us no body.
func (e *Endpoint) admit(w http.ResponseWriter, r *http.Request) (*activity, int) {
	// Where w knows no deadlines there is no connection to hold open either.
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTime))
	authorization := r.Header.Get("Authorization")
	if err := e.Inbound.admit(r.Context(), authorization); err != nil {
		return nil, e.refuse(r.Context(), err)
	}
	body, err := readBody(w, r)
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, http.StatusRequestEntityTooLarge
		}
		return nil, http.StatusBadRequest
	}
	_ = deadline.SetReadDeadline(time.Time{})
	a, err := e.Inbound.read(r.Context(), authorization, body)
	switch {
	case errors.Is(err, errNotAnActivity):
		return nil, http.StatusBadRequest
	case err != nil:
		return nil, e.refuse(r.Context(), err)
	}
	return a, http.StatusOK
}

func (e *Endpoint) refuse(ctx context.Context, why error) int {
	e.Logger.LogAttrs(ctx, slog.LevelWarn, "an activity was refused", slog.String("error", why.Error()))
	if r, ok := errors.AsType[*refusal](why); ok && r.sent && e.Refused != nil {
		e.Refused(ctx, r.why)
	}
	return http.StatusUnauthorized
}

// readBody reads up to maxBody bytes, in one piece where the length is known.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, maxBody)
	n := r.ContentLength
	if n < 0 || n > maxBody {
		return io.ReadAll(limited)
	}
	body := make([]byte, n)
	_, err := io.ReadFull(limited, body)
	return body, err
}

// kindOf is the metric label of an activity, from a fixed set.
func kindOf(a *activity) string {
	switch a.Type {
	case "message", "invoke", "conversationUpdate", "installationUpdate", "messageUpdate", "messageDelete",
		"messageReaction":
		return string(a.Type)
	}
	return "other"
}

// answer runs what the activity asks for, once, and waits for it as long as Teams waits.
func (e *Endpoint) answer(a *activity) answer {
	do, patience := e.message, messageTime
	switch a.Type {
	case "message":
	case "invoke":
		if a.Name != "adaptiveCard/action" {
			return answer{status: http.StatusNotImplemented}
		}
		do, patience = e.invoke, invokeTime
	case "conversationUpdate", "installationUpdate":
		do = e.greet
	case "messageUpdate":
		do = e.edited
	default: // new kinds of events may come at any time: all are answered
		return answer{status: http.StatusOK}
	}
	run, mine := e.seen.begin(runOf(a))
	if mine && !e.turns.start(func(ctx context.Context) { e.work(ctx, a, run, do) }) {
		run.finish(answer{status: http.StatusServiceUnavailable}) // stopping; Teams sends it again
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
