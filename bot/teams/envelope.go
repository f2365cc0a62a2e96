package teams

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// typing shows the typing indicator once a turn takes long, until it is stopped. After stop none is under
// way: one behind the answer may empty a form that the person has begun to fill in.
func (e *Endpoint) typing(ctx context.Context, in Conversation) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	e.turns.running.Add(1)
	t := time.AfterFunc(typingAfter, func() {
		defer e.turns.running.Done()
		defer close(done)
		e.safely(ctx, func() { _ = e.Connector.Typing(ctx, in) }) // for show only
	})
	return sync.OnceFunc(func() {
		cancel()
		if t.Stop() {
			e.turns.running.Done()
			return
		}
		<-done
	})
}

// late is the answer while a turn goes on.
func late(a *activity) answer {
	return answer{status: http.StatusOK, invoke: a.Type == "invoke", line: working}.sealed()
}

const drawnBadly = `{"statusCode":500,"type":"application/vnd.microsoft.error",` +
	`"value":{"code":"Internal","message":"The card could not be drawn."}}`

// envelope is the body of an invoke answer (learn.microsoft.com, Universal Actions: always HTTP 200).
func (a answer) envelope() []byte {
	type body struct {
		StatusCode int    `json:"statusCode"`
		Type       string `json:"type"`
		Value      any    `json:"value"`
	}
	b := body{http.StatusOK, "application/vnd.microsoft.activity.message", a.line}
	switch {
	case a.fault != "":
		b = body{http.StatusBadRequest, "application/vnd.microsoft.error",
			map[string]string{"code": "KeydeskRefused", "message": a.fault}}
	case !a.reply.Card.IsZero():
		b = body{http.StatusOK, "application/vnd.microsoft.card.adaptive", a.reply.Card}
	}
	out, err := json.Marshal(b)
	if err != nil {
		return []byte(drawnBadly)
	}
	return out
}

// write sends the answer. A 200 to a message has no body.
func (a answer) write(w http.ResponseWriter) {
	if a.body != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }
