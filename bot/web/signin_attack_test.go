package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"keydesk/bot/bottest"
)

// nobody wants that a browser is still signed out, and that nothing was looked at or claimed.
func nobody(t *testing.T, what string, w *signWorld, s *surfer) {
	t.Helper()
	if res, _ := s.claim(token); res.StatusCode != http.StatusUnauthorized || w.desk.reached() > 0 {
		t.Errorf("%s: a claim gives %d, with %d calls of the desk", what, res.StatusCode, w.desk.reached())
	}
}

// refused visits a way back that must not work.
func refused(t *testing.T, what string, w *signWorld, s *surfer, at *url.URL, say, attempt string, known bool) {
	t.Helper()
	before := len(w.desk.tries())
	res, page := s.get(at.String())
	if res.StatusCode != http.StatusForbidden || !strings.Contains(page, say) {
		t.Errorf("%s: %d\n%s", what, res.StatusCode, page)
	}
	got := w.desk.tries()[before:]
	if len(got) != 1 || !strings.Contains(got[0].Why, attempt) || (got[0].Token != "") != known {
		t.Errorf("%s: attempts %+v", what, got)
	}
}

// with changes a parameter of an address.
func with(at *url.URL, name, value string) *url.URL {
	out := *at
	q := out.Query()
	q.Set(name, value)
	out.RawQuery = q.Encode()
	return &out
}

// TestStateOfAnotherBrowser: an address that one browser got signs nobody in elsewhere, and stays good there.
func TestStateOfAnotherBrowser(t *testing.T) {
	w := signing(t, true)
	mine, theirs := w.surfer(), w.surfer()
	back := mine.begun("/r/" + token)
	refused(t, "a browser that began none", w, theirs, back, "begun in another browser", "not begun", false)
	nobody(t, "a browser that began none", w, theirs)
	own := theirs.begun("/r/" + otherToken)
	refused(t, "a browser that began another", w, theirs, back, "begun in another browser", "not begun", false)
	refused(t, "no state", w, theirs, with(own, "state", ""), "begun in another browser", "not begun", false)
	nobody(t, "a browser that began another", w, theirs)
	refused(t, "its state with a code of mine", w, theirs, with(own, "code", back.Query().Get("code")),
		"did not take the answer", "code expired", true)
	nobody(t, "with a code of mine", w, theirs)
	// Entra burnt my code with that try.
	refused(t, "mine", w, mine, back, "did not take the answer", "code expired", true)
	if res, _ := mine.get("/r/" + token); res.StatusCode != http.StatusOK {
		t.Errorf("mine, again: %d", res.StatusCode)
	}
}

// TestReplay: a way back works once, with or without its cookie, also for two at the same time.
func TestReplay(t *testing.T) {
	w := signing(t, true)
	s := w.surfer()
	back := s.begun("/r/" + token)
	kept := s.jar()
	if res, _ := s.get(back.String()); res.StatusCode != http.StatusOK {
		t.Fatalf("the first time: %d", res.StatusCode)
	}
	codes := w.entra.Count(bottest.EntraCode)
	thief := w.surfer()
	looks := len(w.desk.looks)
	refused(t, "without the cookie", w, thief, back, "begun in another browser", "not begun", false)
	thief.put(kept...)
	refused(t, "with the cookie", w, thief, back, "used already", "replayed", true)
	thief.put(kept...)
	refused(t, "with another code", w, thief, with(back, "code", "1.guessed"), "used already", "replayed", true)
	if res, _ := thief.claim(token); res.StatusCode != http.StatusUnauthorized || len(w.desk.looks) != looks {
		t.Errorf("the thief has %d", res.StatusCode)
	}
	if n := w.entra.Count(bottest.EntraCode); n != codes {
		t.Errorf("Entra was asked %d times more", n-codes)
	}
	fresh := w.surfer()
	back = fresh.begun("/r/" + token)
	kept = fresh.jar()
	var g sync.WaitGroup
	for range 8 {
		twin := w.surfer()
		twin.put(kept...)
		g.Go(func() { _, _ = twin.get(back.String()) })
	}
	g.Wait()
	if n := w.entra.Count(bottest.EntraCode); n != codes+1 {
		t.Errorf("eight at once: %d codes were redeemed", n-codes)
	}
}

// TestForgedCookies: what this process did not seal for this very cookie is no cookie.
func TestForgedCookies(t *testing.T) {
	w := signing(t, true)
	s := w.surfer()
	s.begun("/r/" + token)
	pending := s.jar()[0]
	signedIn := w.surfer()
	signedIn.get("/r/" + token)
	session := signedIn.jar()[0]
	// Another process with the same settings, as after a restart.
	other := flowOf(t, w.entra, w.url)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/r/"+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(session)
	if _, ok := w.flow.Person(r); !ok {
		t.Error("the real one is not taken")
	}
	if who, ok := other.Person(r); ok {
		t.Errorf("another process takes it: %v", who)
	}
	for what, value := range map[string]string{"empty": "", "text": "admin", "of a sign-in": pending.Value,
		"cut": session.Value[:len(session.Value)-4], "longer": session.Value + "AAAA",
		"another bit": flip(session.Value), "plain": "eyJJRCI6IjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwIn0"} {
		r.Header.Set("Cookie", session.Name+"="+value)
		if who, ok := w.flow.Person(r); ok {
			t.Errorf("%s: %v", what, who)
		}
	}
	r.Header.Set("Cookie", strings.TrimPrefix(session.Name, "__Host-")+"="+session.Value)
	if _, ok := w.flow.Person(r); ok {
		t.Error("a cookie without the prefix, which a sibling host could set, is taken")
	}
	// The cookie of one sign-in under the name of another.
	liar := w.surfer()
	back := liar.begun("/r/" + token)
	liar.put(&http.Cookie{Name: liar.jar()[0].Name, Value: pending.Value, Secure: true})
	refused(t, "a cookie of another sign-in", w, liar, back, "begun in another browser", "not begun", false)
}

func flip(s string) string {
	b := []byte(s)
	b[len(b)/2] ^= 1
	return string(b)
}

// TestNoOpenRedirect: a sign-in leads to the page that was asked for, or to none.
func TestNoOpenRedirect(t *testing.T) {
	w := signing(t, true)
	s := w.surfer()
	back := s.begun("/r/" + token)
	for _, name := range []string{"redirect", "redirect_uri", "return", "Path", "iss"} {
		back = with(back, name, "https://fabrikam.example/")
	}
	if res, _ := s.get(back.String()); res.StatusCode != 200 || res.Request.URL.String() != w.url+"/r/"+token {
		t.Errorf("%d at %s", res.StatusCode, res.Request.URL)
	}
	fresh := w.surfer()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/r/"+token, nil)
	r.Host = "fabrikam.example"
	fresh.stopAt = w.entra.URL()
	res, err := fresh.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if at := res.Header.Get("Location"); strings.Contains(at, "fabrikam") {
		t.Errorf("another Host leads to %s", at)
	}
	for _, path := range []string{"//fabrikam.example/" + token, "/r//fabrikam.example", "/signin/callback", "/r/x",
		"/" + token, "https://fabrikam.example/r/" + token} {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Header: http.Header{}}
		if err := w.flow.Begin(newRecorder(), r, false); err == nil {
			t.Errorf("begins for %s", path)
		}
	}
	// What the address says of a last try is one of our own sentences, or nothing.
	for _, said := range []string{"<script>", "https://fabrikam.example", "xyz"} {
		if res, page := w.surfer().get("/r/" + token + "?signin=" + url.QueryEscape(said)); res.StatusCode != 200 ||
			strings.Contains(page, said) {
			t.Errorf("%s: %d", said, res.StatusCode)
		}
	}
}
