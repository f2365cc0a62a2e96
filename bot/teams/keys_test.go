package teams_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
)

// status is what an activity of no consequence is answered with.
func (w *world) status() int {
	w.t.Helper()
	return w.send(w.signer.Event("typing", w.person)).Status
}

// want fails unless the status, and how often keys were fetched by now, are these.
func (w *world) want(status, fetches int) {
	w.t.Helper()
	if got := w.status(); got != status || w.signer.Fetches() != fetches {
		w.t.Fatalf("%d after %d fetches, want %d after %d; log: %s", got, w.signer.Fetches(), status, fetches,
			w.log)
	}
}

// beside is want while keys are fetched beside the work, and then waits for them.
func (w *world) beside(status int) {
	w.t.Helper()
	if got := w.status(); got != status {
		w.t.Fatal(got)
	}
	synctest.Wait()
}

func TestKeysOverHTTP(t *testing.T) {
	w := newWorld(t, echo)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if w.status() != http.StatusOK {
				t.Error("a good activity was refused")
			}
		})
	}
	all.Wait()
	w.want(200, 1)
	for i := range 50 {
		odd := w.signer.SignAs(map[string]any{"alg": "RS256", "kid": fmt.Sprint("odd-", i)}, w.signer.Claims())
		all.Go(func() { w.refuses("Bearer "+odd, w.signer.Message(w.person, "help")) })
	}
	all.Wait()
	w.want(200, 1)
}

func TestKeyRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.want(200, 1)
		w.signer.Rotate("msteams")
		w.want(401, 1) // at most hourly
		time.Sleep(61 * time.Minute)
		w.want(200, 2)
		w.signer.Rotate("msteams")
		w.signer.Retire()
		time.Sleep(61 * time.Minute)
		w.want(200, 3)
	})
}

func TestEndorsements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		for _, tt := range []struct {
			channels []string
			want     int
		}{
			{nil, 401}, {[]string{}, 401}, {[]string{"webchat"}, 401}, {[]string{"MSTeams", "msteams2"}, 401},
			{[]string{"webchat", "msteams"}, 200},
		} {
			w.signer.Rotate(tt.channels...)
			time.Sleep(61 * time.Minute)
			if got := w.status(); got != tt.want {
				t.Errorf("endorsed for %q: %d", tt.channels, got)
			}
		}
	})
}

func TestKeyServerDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		down := func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) }
		w.signer.Answer(down)
		w.want(401, 1)
		w.want(401, 1) // no storm
		w.signer.Answer(nil)
		time.Sleep(11 * time.Second)
		w.want(200, 2)
		w.signer.Answer(down) // the keys live for a day without it
		time.Sleep(11 * time.Hour)
		w.want(200, 2)
		time.Sleep(2 * time.Hour) // past half of their life they are fetched beside the work
		w.beside(200)
		time.Sleep(9 * time.Hour)
		w.beside(200)
		time.Sleep(3 * time.Hour)
		w.want(401, 5)
		w.signer.Answer(nil)
		time.Sleep(11 * time.Second)
		w.want(200, 6)
	})
}

func TestKeysAreRenewedBeforeTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.want(200, 1)
		time.Sleep(13 * time.Hour)
		w.beside(200)
		for range 3 {
			w.want(200, 2)
		}
		time.Sleep(23 * time.Hour)
		w.signer.Answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		if got := w.status(); got != 200 {
			t.Error("renewed keys did not live on:", got)
		}
	})
}

func TestKeyServerSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.signer.Answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		began := time.Now()
		w.want(401, 1)
		if took := time.Since(began); took > 5*time.Second {
			t.Error("waited for", took)
		}
		w.signer.Answer(nil)
		time.Sleep(11 * time.Second)
		w.want(200, 2)
	})
}

func TestKeyServerTalksNonsense(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"no keys": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"jwks_uri":"http://127.0.0.1:1/k","keys":[]}`)
		},
		"no address": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) },
		"endless":    func(w http.ResponseWriter, _ *http.Request) { endless(w) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r,
				"https://evil.example/", http.StatusFound)
		},
		"symmetric": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w,
				`{"jwks_uri":"http://127.0.0.1:1/k","keys":[{"kty":"oct","kid":"x","k":"c2VjcmV0"}]}`)
		},
		"short keys": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w,
				`{"jwks_uri":"http://127.0.0.1:1/k","keys":[{"kty":"RSA","kid":"x","n":"AQAB","e":"AQAB"}]}`)
		},
		"broken keys": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"jwks_uri":"http://127.0.0.1:1/k","keys":[1,null,"x",{}]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := timeless(t, echo)
				w.signer.Answer(answer)
				w.want(401, 1)
				w.signer.Answer(nil)
				time.Sleep(11 * time.Second)
				w.want(200, 2)
				w.signer.Answer(answer) // what is known outlives it
				odd := w.signer.SignAs(map[string]any{"alg": "RS256", "kid": "odd"}, w.signer.Claims())
				time.Sleep(2 * time.Hour)
				if ans := w.sendAs("Bearer "+odd, bottest.Activity{}); ans.Status != 401 {
					t.Error(ans.Status)
				}
				w.want(200, 3)
			})
		})
	}
}

func endless(w io.Writer) {
	for range 3 << 10 {
		if _, err := w.Write(make([]byte, 1<<10)); err != nil {
			return
		}
	}
}
