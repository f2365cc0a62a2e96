package web_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/web"
)

// held is a connection whose other side sends headers, and then nothing more.
type held struct {
	*recorder
	deadline chan time.Time
}

func (h held) SetReadDeadline(at time.Time) error { h.deadline <- at; return nil }

func (h held) Read([]byte) (int, error) {
	time.Sleep(time.Until(<-h.deadline))
	return 0, os.ErrDeadlineExceeded
}

func (held) Close() error { return nil }

// TestBodyThatNeverComes: whoever has no link, or one, can't hold a request open for ever.
func TestBodyThatNeverComes(t *testing.T) {
	for path, kind := range map[string]string{"/r/" + token: "application/json", "/i/" + token: "application/json",
		"/i/" + token + "/check": "text/csv"} {
		synctest.Test(t, func(t *testing.T) {
			l := &links{}
			h := web.New(web.Config{Desk: l, SignIn: signIn{}, Ready: func(context.Context) error { return nil }})
			w := held{newRecorder(), make(chan time.Time, 1)}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, w)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", kind)
			began := time.Now()
			h.ServeHTTP(w, r)
			if took := time.Since(began); took > time.Minute || w.status < 400 || l.reached() > 0 {
				t.Errorf("%s: %d after %s", path, w.status, took)
			}
		})
	}
}
