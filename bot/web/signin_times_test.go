package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/web"
)

// TestTwoLinksInTwoTabs: each sign-in comes back to its own page, in any order.
func TestTwoLinksInTwoTabs(t *testing.T) {
	w := signing(t, true)
	s := w.surfer()
	first, second := s.begun("/r/"+token), s.begun("/i/"+otherToken)
	for back, want := range map[*url.URL]string{second: "/i/" + otherToken, first: "/r/" + token} {
		if res, _ := s.get(back.String()); res.StatusCode != http.StatusOK || res.Request.URL.Path != want {
			t.Errorf("%d at %s, want %s", res.StatusCode, res.Request.URL.Path, want)
		}
	}
}

// TestManyTabs: a browser keeps a few begun sign-ins, the newest.
func TestManyTabs(t *testing.T) {
	w := signing(t, false)
	s := w.surfer()
	var backs []*url.URL
	for i := range 20 {
		backs = append(backs, s.begun("/r/"+token[:41]+strconv.Itoa(10+i)))
	}
	if n := len(s.jar()); n != 8 {
		t.Errorf("%d cookies", n)
	}
	for i, back := range backs {
		if res, _ := s.get(back.String()); (res.StatusCode == http.StatusOK) != (i >= 12) {
			t.Errorf("tab %d: %d", i, res.StatusCode)
		}
	}
}

// TestRobots: whoever fetches the address of a link is sent to sign in, and nothing else happens.
func TestRobots(t *testing.T) {
	w := signing(t, true)
	s := w.surfer()
	s.stopAt = w.entra.URL()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r, _ := http.NewRequestWithContext(t.Context(), method, w.url+"/r/"+token, nil)
		res, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusSeeOther || w.desk.reached() > 0 || len(w.desk.tries()) > 0 {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
		if res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", method, res.Header)
		}
	}
}

// TestTimesOfSignIn plays the ends of a sign-in with a clock of its own; Entra that hangs ends by itself.
func TestTimesOfSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bottest.EntraInProcess(ourTenant)
		enrol(e)
		w := &signWorld{t: t, entra: e, desk: &links{}, url: "https://keydesk.example"}
		register(e, w.url)
		w.flow = flowOf(t, e, w.url)
		pages := web.New(web.Config{Desk: w.desk, SignIn: w.flow,
			Ready: func(context.Context) error { return nil }})
		s := &surfer{t: t, url: w.url, next: hosts{e.URL(): bottest.Direct(e), w.url: bottest.Direct(pages)}}
		s.begin()
		back := s.begun("/r/" + token)
		kept := s.jar()
		time.Sleep(10*time.Minute + time.Second)
		s.put(kept...)
		refused(t, "after 10 minutes", w, s, back, "longer than 10 minutes", "too long ago", true)
		nobody(t, "after 10 minutes", w, s)
		s.get("/r/" + token)
		session := s.jar()
		time.Sleep(14 * time.Minute)
		if res, _ := s.claim(token); res.StatusCode != http.StatusOK {
			t.Errorf("after 14 minutes: %d", res.StatusCode)
		}
		time.Sleep(time.Minute)
		s.put(session...) // a browser that keeps what it should forget
		res, body := s.claim(token)
		if res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "has ended") {
			t.Errorf("after 15 minutes: %d %s", res.StatusCode, body)
		}
		e.Fail(bottest.EntraCode, bottest.Fault{Wait: make(chan struct{})})
		began := time.Now()
		if res, _ := s.get("/r/" + token); res.StatusCode != 503 || time.Since(began) != 10*time.Second {
			t.Errorf("hanging: %d after %s", res.StatusCode, time.Since(began))
		}
	})
}

// hosts carries requests by the origin of their address.
type hosts map[string]http.RoundTripper

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	return h[r.URL.Scheme+"://"+r.URL.Host].RoundTrip(r)
}

// TestManyAskAtOnce: while Entra does not answer, a hundred browsers cost it one call; when it does, none more.
func TestManyAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bottest.EntraInProcess(ourTenant)
		f := flowOf(t, e, "https://keydesk.example")
		e.Fail(bottest.EntraMetadata, bottest.Fault{Wait: make(chan struct{})})
		ask := func(want bool) {
			var g sync.WaitGroup
			for range 100 {
				g.Go(func() {
					r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/r/" + token}}
					if err := f.Begin(newRecorder(), r, false); (err == nil) != want {
						t.Error(err)
					}
				})
			}
			g.Wait()
		}
		began := time.Now()
		ask(false)
		if n := e.Count(bottest.EntraMetadata); n != 1 || time.Since(began) != 10*time.Second {
			t.Errorf("%d calls in %s", n, time.Since(began))
		}
		ask(true)
		ask(true)
		if n := e.Count(bottest.EntraMetadata); n != 2 {
			t.Errorf("%d calls", n)
		}
	})
}

// TestNewKeys: Entra's keys change while the bot runs.
func TestNewKeys(t *testing.T) {
	w := signing(t, true)
	for range 2 {
		if res, _ := w.surfer().get("/r/" + token); res.StatusCode != http.StatusOK {
			t.Errorf("%d", res.StatusCode)
		}
		w.entra.Signer.Rotate()
		w.entra.Signer.Retire()
	}
}

// TestSecretGoesNowhereElse: a redirect of the token endpoint is not followed, so that nobody else gets secret and
// code.
func TestSecretGoesNowhereElse(t *testing.T) {
	w := signing(t, true)
	var asked atomic.Int32
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(elsewhere.Close)
	w.entra.Fail(bottest.EntraCode, bottest.Fault{Status: http.StatusTemporaryRedirect, Location: elsewhere.URL})
	if res, _ := w.surfer().get("/r/" + token); res.StatusCode != 503 || asked.Load() > 0 {
		t.Errorf("%d, and elsewhere was asked %d times", res.StatusCode, asked.Load())
	}
}
