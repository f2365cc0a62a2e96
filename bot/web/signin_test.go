package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/web/signin"
)

// TestSignInThenReveal: the way to Entra and back to the same page, and then the value; with https and without.
func TestSignInThenReveal(t *testing.T) {
	for name, secure := range map[string]bool{"https": true, "http on this machine": false} {
		t.Run(name, func(t *testing.T) {
			w := signing(t, secure)
			s := w.surfer()
			res, page := s.get("/r/" + token)
			if res.StatusCode != http.StatusOK || res.Request.URL.String() != w.url+"/r/"+token ||
				!strings.Contains(page, `data-state="ready"`) {
				t.Fatalf("%d at %s\n%s", res.StatusCode, res.Request.URL, page)
			}
			checkAsked(t, w, s)
			checkCookies(t, s, secure)
			if res, body := s.claim(token); res.StatusCode != 200 || !strings.Contains(body, "obviously-fake") {
				t.Fatalf("the claim: %d %s", res.StatusCode, body)
			}
			who := w.desk.who[0]
			if who.Person != holder || who.Tenant != ourTenant || len(w.desk.tries()) > 0 {
				t.Errorf("%+v, attempts %+v", who, w.desk.tries())
			}
			res, _ = s.get("/i/" + otherToken)
			if n := w.entra.Count(bottest.EntraAuthorize); res.StatusCode != http.StatusOK || n != 1 {
				t.Errorf("the next page: %d, signed in %d times", res.StatusCode, n)
			}
			if n := w.entra.Count(bottest.EntraMetadata) + w.entra.Count(bottest.EntraKeys); n != 2 {
				t.Errorf("%d calls for metadata and keys", n)
			}
		})
	}
}

// checkAsked wants that what went to Entra says nothing of the link and asks for the flow of the design.
func checkAsked(t *testing.T, w *signWorld, s *surfer) {
	t.Helper()
	if len(s.asked) != 4 { // page, Entra, way back, page
		t.Fatalf("the way was %q", s.asked)
	}
	for _, at := range s.asked[1:3] {
		if strings.Contains(at, token) {
			t.Errorf("the link is in %s", at)
		}
	}
	asked, _ := url.Parse(s.asked[1])
	q := asked.Query()
	for name, want := range map[string]string{"client_id": signInApp, "response_type": "code",
		"scope": "openid profile", "redirect_uri": w.url + "/signin/callback", "prompt": "",
		"code_challenge_method": "S256"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 || len(q) != 8 {
		t.Errorf("asked for %v", q)
	}
}

// checkCookies wants short, sealed cookies that scripts and other sites do not get.
func checkCookies(t *testing.T, s *surfer, secure bool) {
	t.Helper()
	ages := []int{}
	for _, c := range s.cookies {
		ages = append(ages, c.MaxAge)
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
			c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("cookie %s", c)
		}
		for _, never := range []string{token, holder.ID, holder.Name, "ewogI"} {
			if strings.Contains(c.Value, never) {
				t.Errorf("cookie %s is not sealed", c.Name)
			}
		}
	}
	if !slices.Equal(ages, []int{600, -1, 900}) {
		t.Errorf("cookies live for %v", ages)
	}
	if left := s.jar(); len(left) != 1 || !strings.HasSuffix(left[0].Name, "keydesk-person") {
		t.Errorf("left in the browser: %v", left)
	}
}

// idToken has Entra give another ID token.
func idToken(with func(bottest.Claims) bottest.Claims) func(*bottest.Entra) {
	return func(e *bottest.Entra) {
		e.IDToken(func(c bottest.Claims) string { return e.Signer.Sign(with(c)) })
	}
}

func claim(name string, value any) func(*bottest.Entra) {
	return idToken(func(c bottest.Claims) bottest.Claims { return c.With(name, value) })
}

func fails(kind string, f bottest.Fault) func(*bottest.Entra) {
	return func(e *bottest.Entra) { e.Fail(kind, f) }
}

func again(e *bottest.Entra) {
	e.IDToken(nil)
	e.CodeLife(time.Minute)
	e.Recover()
	e.SignedIn(holder.ID)
}

// TestSignInThatComesToNothing: the page says why, nothing is used up, the attempt reaches the desk where it was
// one, the log has neither link nor code nor secret, and a second try works.
func TestSignInThatComesToNothing(t *testing.T) {
	const bad, no = http.StatusServiceUnavailable, http.StatusForbidden
	for name, tt := range map[string]struct {
		harm    func(*bottest.Entra)
		status  int
		say     string
		attempt string // "": it is none
	}{
		"cancelled": {func(e *bottest.Entra) { e.SignedIn(bottest.Cancel) }, no, "was cancelled", "cancelled"},
		"code too old": {func(e *bottest.Entra) { e.CodeLife(-time.Second) }, no, "too old",
			"code expired"},
		"tenant":    {claim("tid", otherTenant), no, "another organisation", "another tenant"},
		"no tenant": {claim("tid", nil), no, "another organisation", "another tenant"},
		"issuer": {func(e *bottest.Entra) { claim("iss", e.Issuer(otherTenant))(e) }, no, "does not hold",
			"not valid"},
		"audience":     {claim("aud", otherTenant), no, "does not hold", "not valid"},
		"expired":      {claim("exp", time.Now().Add(-time.Minute).Unix()), no, "does not hold", "not valid"},
		"later":        {claim("nbf", time.Now().Add(time.Hour).Unix()), no, "does not hold", "not valid"},
		"nonce":        {claim("nonce", "of-another-sign-in"), no, "does not hold", "not valid"},
		"no nonce":     {claim("nonce", nil), no, "does not hold", "not valid"},
		"no oid":       {claim("oid", nil), no, "does not hold", "not valid"},
		"oid is none":  {claim("oid", "admin"), no, "does not hold", "not valid"},
		"another key":  {func(e *bottest.Entra) { e.IDToken(e.Signer.Forged) }, no, "not hold", "not valid"},
		"none":         {func(e *bottest.Entra) { e.IDToken(e.Signer.Unsigned) }, no, "not hold", "not valid"},
		"HS256":        {func(e *bottest.Entra) { e.IDToken(e.Signer.Confused) }, no, "not hold", "not valid"},
		"no JWT":       {func(e *bottest.Entra) { e.IDToken(noJWT) }, no, "not hold", "not valid"},
		"no metadata":  {fails(bottest.EntraMetadata, bottest.Fault{Status: 503}), bad, "in a minute", ""},
		"metadata cut": {fails(bottest.EntraMetadata, bottest.Fault{Cut: true}), bad, "Try again in a minute", ""},
		"a portal": {fails(bottest.EntraMetadata, bottest.Fault{Status: 200, Body: "<html>"}), bad,
			"in a minute", ""},
		"no tokens": {fails(bottest.EntraCode, bottest.Fault{Status: 503}), bad, "in a minute", ""},
		"throttled": {fails(bottest.EntraCode, bottest.Fault{Status: 429, RetryAfter: "9"}), bad,
			"in a minute", ""},
		"sent on": {fails(bottest.EntraCode, bottest.Fault{Status: 307, Location: "https://127.0.0.1:1/"}), bad,
			"in a minute", ""},
		"tokens cut": {fails(bottest.EntraCode, bottest.Fault{Cut: true}), bad, "Try again in a minute", ""},
		"no keys":    {fails(bottest.EntraKeys, bottest.Fault{Status: 503}), bad, "in a minute", ""},
		"our secret": {fails(bottest.EntraCode, bottest.Fault{Status: 401,
			Body: `{"error":"invalid_client","error_description":"AADSTS7000222: expired for app Contoso"}`}), bad,
			"Tell a Keydesk admin", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := signing(t, true)
			s := w.surfer()
			tt.harm(w.entra)
			res, page := s.get("/r/" + token)
			if res.StatusCode != tt.status || !strings.Contains(page, tt.say) ||
				!strings.Contains(page, `href="?signin=again"`) || res.Request.URL.Path != "/r/"+token ||
				strings.Contains(res.Request.URL.RawQuery, "code") {
				t.Errorf("%d at %s\n%s", res.StatusCode, res.Request.URL, page)
			}
			if strings.Contains(page, token) || strings.Contains(page, "<script") || inline.MatchString(page) {
				t.Errorf("the page has more than it should:\n%s", page)
			}
			checkAttempt(t, w, tt.attempt)
			if res, _ := s.claim(token); res.StatusCode != http.StatusUnauthorized || w.desk.reached() > 0 {
				t.Errorf("a claim: %d, %d calls of the desk", res.StatusCode, w.desk.reached())
			}
			again(w.entra)
			picking(t, s, "/r/"+token)
			if res, _ := s.get("/r/" + token); res.StatusCode != http.StatusOK {
				t.Errorf("the second try: %d", res.StatusCode)
			}
		})
	}
}

func noJWT(bottest.Claims) string { return "x" }

// picking begins to sign in with another account, and gives the address where one picks it.
func picking(t *testing.T, s *surfer, path string) *url.URL {
	t.Helper()
	res, _ := s.get(path + "?signin=again")
	if res.Request.URL.Query().Get("prompt") != "select_account" {
		t.Fatalf("again led to %s", res.Request.URL)
	}
	return res.Request.URL
}

func checkAttempt(t *testing.T, w *signWorld, why string) {
	t.Helper()
	got := w.desk.tries()
	if why == "" {
		if len(got) > 0 {
			t.Errorf("attempts %+v", got)
		}
	} else if len(got) != 1 || got[0].Token != token || got[0].Intake || got[0].Who != nil ||
		!strings.Contains(got[0].Why, why) {
		t.Errorf("attempts %+v, want one of %q", got, why)
	}
	for _, never := range []string{token, "1.code-", signInSecret, "eyJ", "Contoso", holder.ID} {
		if strings.Contains(w.logs.String(), never) {
			t.Errorf("the log has %s:\n%s", never, w.logs.String())
		}
	}
	if !strings.Contains(w.logs.String(), "sign") {
		t.Error("the log says nothing")
	}
}

// TestSomebodyElseSignsIn: they see neither key nor value, the desk is told who it was, and the holder can go on
// in the same browser.
func TestSomebodyElseSignsIn(t *testing.T) {
	for _, kind := range []string{"/r/", "/i/"} {
		w := signing(t, true)
		w.entra.SignedIn(stranger)
		s := w.surfer()
		res, page := s.get(kind + token)
		if res.StatusCode != http.StatusForbidden || strings.Contains(page, "ninjaone") ||
			strings.Contains(page, "<newcomer>") || !strings.Contains(page, "A &lt;newcomer&gt;") ||
			!strings.Contains(page, "Use another account") {
			t.Errorf("%s: %d\n%s", kind, res.StatusCode, page)
		}
		got := w.desk.tries()
		if len(got) != 1 || got[0].Token != token || got[0].Intake != (kind == "/i/") || got[0].Who == nil ||
			got[0].Who.ID != stranger {
			t.Errorf("%s: attempts %+v", kind, got)
		}
		at := with(picking(t, s, kind+token), "person", holder.ID)
		if res, page := s.get(at.String()); res.StatusCode != 200 || !strings.Contains(page, "Ninja&#34;One") {
			t.Errorf("%s: as the holder: %d\n%s", kind, res.StatusCode, page)
		}
	}
}

// TestAttemptThatCannotBeWritten is no answer at all.
func TestAttemptThatCannotBeWritten(t *testing.T) {
	for who, say := range map[string]string{stranger: "in a minute", bottest.Cancel: "in a minute"} {
		w := signing(t, true)
		w.desk.attemptErr = http.ErrServerClosed
		w.entra.SignedIn(who)
		if res, page := w.surfer().get("/r/" + token); res.StatusCode != 503 || !strings.Contains(page, say) {
			t.Errorf("%s: %d\n%s", who, res.StatusCode, page)
		}
	}
}

func TestSettingsOfSignIn(t *testing.T) {
	good := signin.Config{Authority: "https://login.microsoftonline.com/", Tenant: strings.ToUpper(ourTenant),
		ClientID: signInApp, ClientSecret: "x", PublicURL: "https://keydesk.contoso.com/"}
	for name, change := range map[string]func(*signin.Config){
		"": func(*signin.Config) {}, "no secret": func(c *signin.Config) { c.ClientSecret = "" },
		"tenant by name": func(c *signin.Config) { c.Tenant = "contoso.onmicrosoft.com" },
		"common":         func(c *signin.Config) { c.Tenant = "common" },
		"no id":          func(c *signin.Config) { c.ClientID = "" },
		"no authority":   func(c *signin.Config) { c.Authority = "" },
		"http":           func(c *signin.Config) { c.PublicURL = "http://keydesk.contoso.com" },
		"no address":     func(c *signin.Config) { c.PublicURL = "keydesk" },
	} {
		c := good
		change(&c)
		if _, err := signin.New(c); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, public := range []string{"http://localhost:3978", "http://[::1]:3978", "http://127.0.0.1:3978"} {
		c := good
		c.PublicURL = public
		if _, err := signin.New(c); err != nil {
			t.Error(err)
		}
	}
}
