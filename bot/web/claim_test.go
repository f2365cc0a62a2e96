package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/desk"
	"keydesk/bot/web"
	"keydesk/catalog"
	"keydesk/vault"
)

func TestClaimAnswers(t *testing.T) {
	w := start(t, &links{}, nil, nil)
	res, body := w.ask("POST", "/r/"+token, jsonType)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	var got struct {
		Key   string
		Parts []struct {
			Name, Value string
			Secret      bool
		}
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := "{ninjaone [{client_id obviously-fake-client-id false} {client_secret " + secret + " true}]}"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if w.desk.claims[0] != token || w.desk.who[0] != nil {
		t.Errorf("the desk was asked for %q by %v", w.desk.claims[0], w.desk.who[0])
	}
}

// TestErrorsBecomeSentences: each error has its status, and its cause stays inside.
func TestErrorsBecomeSentences(t *testing.T) {
	raw := errors.New("GET https://contoso.vault.azure.net/secrets/x: Caller: appid=1234")
	for _, tt := range []struct {
		err       error
		get, post int
		say       string
	}{
		{desk.ErrGone, 410, 410, "was used, was withdrawn or has expired"},
		{fmt.Errorf("%w: %w", desk.ErrGone, raw), 410, 410, "has expired"},
		{desk.ErrNotYours, 503, 403, "somebody else"},
		{fmt.Errorf("%w: %w", desk.ErrDenied, raw), 503, 403, "no access"},
		{fmt.Errorf("%w: %w: %w", desk.ErrUnavailable, vault.ErrThrottled, raw), 503, 503, "too much to do"},
		{fmt.Errorf("%w: %w", desk.ErrUnavailable, raw), 503, 503, "Keydesk can't do this right now"},
		{raw, 503, 503, "Something went wrong"},
		{context.DeadlineExceeded, 503, 503, "took too long"},
	} {
		w := start(t, &links{lookErr: tt.err, claimErr: tt.err}, nil, nil)
		get, page := w.ask("GET", "/r/"+token)
		post, body := w.ask("POST", "/r/"+token, jsonType)
		if get.StatusCode != tt.get || post.StatusCode != tt.post || !strings.Contains(body, tt.say) {
			t.Errorf("%v: GET %d, POST %d %s; want %d, %d with %q", tt.err, get.StatusCode, post.StatusCode, body,
				tt.get, tt.post, tt.say)
		}
		for _, s := range []string{page, body, w.logs.String()} {
			if strings.Contains(s, "azure.net") || strings.Contains(s, "appid") || strings.Contains(s, token) {
				t.Errorf("%v: told too much:\n%s", tt.err, s)
			}
		}
		hasHeaders(t, tt.err.Error(), post)
	}
}

// TestOnceForFifty: fifty browsers press at the same time; one has the value, the others are told that it is
// gone.
func TestOnceForFifty(t *testing.T) {
	w := start(t, &links{once: true}, nil, nil)
	var mu sync.Mutex
	statuses, values := map[int]int{}, 0
	var g sync.WaitGroup
	for range 50 {
		g.Go(func() {
			res, body := w.ask("POST", "/r/"+token, jsonType)
			mu.Lock()
			defer mu.Unlock()
			statuses[res.StatusCode]++
			if strings.Contains(body, "obviously-fake-secret") {
				values++
			}
		})
	}
	g.Wait()
	if statuses[200] != 1 || statuses[410] != 49 || values != 1 {
		t.Errorf("statuses %v, %d with the value", statuses, values)
	}
}

// TestClaimOutlivesTheBrowser: a claim that began ends with a decision, also when the browser goes away in
// the middle.
func TestClaimOutlivesTheBrowser(t *testing.T) {
	browser := watch{make(chan context.Context, 1)}
	began, ended := make(chan struct{}), make(chan error, 1)
	w := start(t, &links{claiming: func(ctx context.Context) {
		close(began)
		<-(<-browser.seen).Done()
		ended <- ctx.Err()
	}}, browser, nil)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/r/"+token, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	go func() {
		<-began
		leave()
	}()
	if _, err := client.Do(req); !errors.Is(err, context.Canceled) {
		t.Fatalf("the browser did not leave: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the claim was broken off: %v", err)
	}
}

// watch signs the holder in and shows when the browser has gone.
type watch struct{ seen chan context.Context }

func (s watch) Person(r *http.Request) (*catalog.Actor, bool) {
	s.seen <- r.Context()
	return &catalog.Actor{Person: holder}, true
}

func (s watch) Begin(http.ResponseWriter, *http.Request, bool) error { return nil }

func (s watch) Finish(http.ResponseWriter, *http.Request) (string, error) { return "", nil }

// TestClaimHasAnEnd: a desk that does not answer is given up.
func TestClaimHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := &links{claimErr: context.DeadlineExceeded, claiming: func(ctx context.Context) { <-ctx.Done() }}
		h := web.New(web.Config{Desk: stuck, Ready: func(context.Context) error { return nil }})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/r/"+token, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		began, w := time.Now(), newRecorder()
		h.ServeHTTP(w, r)
		if w.status != http.StatusServiceUnavailable || time.Since(began) > time.Minute {
			t.Errorf("%d after %s", w.status, time.Since(began))
		}
	})
}

type recorder struct {
	header http.Header
	status int
}

func newRecorder() *recorder {
	return &recorder{header: http.Header{}, status: http.StatusOK}
}
func (r *recorder) Header() http.Header             { return r.header }
func (r *recorder) WriteHeader(status int)          { r.status = status }
func (r *recorder) Write(b []byte) (n int, _ error) { return len(b), nil }

// signIn says that one person sits there, or nobody.
type signIn struct{ who *catalog.Actor }

func (s signIn) Person(*http.Request) (*catalog.Actor, bool) { return s.who, s.who != nil }

func (s signIn) Begin(w http.ResponseWriter, r *http.Request, _ bool) error {
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

func (s signIn) Finish(http.ResponseWriter, *http.Request) (string, error) { return "", nil }

// TestSignIn: with sign-in on a link opens for its holder; others see neither value nor key, and use nothing
// up.
func TestSignIn(t *testing.T) {
	stranger := catalog.Person{ID: "00000000-0000-4000-8000-00000000f000", Name: "A newcomer"}
	for _, tt := range []struct {
		name         string
		who          *catalog.Actor
		get, post    int
		looks, claim int
	}{
		{"nobody", nil, 303, 401, 0, 0},
		{"a stranger", &catalog.Actor{Person: stranger}, 403, 403, 1, 1},
		{"the holder", &catalog.Actor{Person: holder}, 200, 200, 1, 1},
	} {
		w := start(t, &links{}, signIn{tt.who}, nil)
		get, page := w.ask("GET", "/r/"+token)
		post, body := w.ask("POST", "/r/"+token, jsonType)
		if get.StatusCode != tt.get || post.StatusCode != tt.post {
			t.Errorf("%s: GET %d, POST %d; want %d, %d", tt.name, get.StatusCode, post.StatusCode, tt.get, tt.post)
		}
		if len(w.desk.looks) != tt.looks || len(w.desk.claims) != tt.claim {
			t.Errorf("%s: %d looks, %d claims", tt.name, len(w.desk.looks), len(w.desk.claims))
		}
		if tt.claim == 1 && w.desk.who[0] != tt.who {
			t.Errorf("%s: the desk was told of %v", tt.name, w.desk.who[0])
		}
		if has := strings.Contains(body, "obviously-fake"); has != (tt.post == 200) {
			t.Errorf("%s: value in the answer: %v", tt.name, has)
		}
		if has := strings.Contains(page, "ninjaone"); has != (tt.get == 200) {
			t.Errorf("%s: the key's name on the page: %v", tt.name, has)
		}
		if n := len(w.desk.tries()); (n == 1) != (tt.get == 403) {
			t.Errorf("%s: %d attempts written down", tt.name, n)
		}
		if strings.Contains(get.Header.Get("Location"), token) {
			t.Errorf("%s: the link travels in the redirect", tt.name)
		}
		hasHeaders(t, tt.name, post)
	}
}
