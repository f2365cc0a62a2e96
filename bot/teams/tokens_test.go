package teams_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
	"keydesk/bot/teams"
)

// refuses fails unless an activity is refused with the one body, and nothing else happens.
func (w *world) refuses(authorization string, a bottest.Activity) {
	w.t.Helper()
	ans := w.sendAs(authorization, a)
	if ans.Status != http.StatusUnauthorized || string(ans.Body) != "unauthorized\n" {
		w.t.Errorf("answered %d %q, want the one refusal", ans.Status, ans.Body)
	}
	w.noMore(0)
}

func untouchable(t *testing.T) handler {
	return func(context.Context, desk.Turn) desk.Reply {
		t.Error("the desk was reached")
		return desk.Reply{}
	}
}

func TestEachWrongClaimIsRefused(t *testing.T) {
	w := newWorld(t, untouchable(t))
	s, good := w.signer, w.signer.Claims()
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	tests := map[string]string{
		"no issuer":         s.Sign(good.With("iss", nil)),
		"another issuer":    s.Sign(good.With("iss", "https://api.botframework.us")),
		"issuer with slash": s.Sign(good.With("iss", bottest.Issuer+"/")),
		"Entra's issuer":    s.Sign(good.With("iss", "https://sts.windows.net/"+tenant+"/")),
		"no audience":       s.Sign(good.With("aud", nil)),
		"another audience":  s.Sign(good.With("aud", "https://api.botframework.com")),
		"many audiences":    s.Sign(good.With("aud", []string{appID, "another"})),
		"expired":           s.Sign(good.With("exp", at(-6*time.Minute))),
		"never expires":     s.Sign(good.With("exp", nil)),
		"expiry is text":    s.Sign(good.With("exp", "tomorrow")),
		"not valid yet":     s.Sign(good.With("nbf", at(6*time.Minute))),
		"no serviceurl":     s.Sign(good.With("serviceurl", nil)),
		"empty serviceurl":  s.Sign(good.With("serviceurl", "")),
		"other serviceurl":  s.Sign(good.With("serviceurl", "https://smba.trafficmanager.net/emea/")),
		"serviceUrl in camel case": s.Sign(good.With("serviceurl", nil).
			With("serviceUrl", "https://smba.trafficmanager.net/emea/")),
		"alg none":           s.Unsigned(good),
		"HS256 with our key": s.Confused(good),
		"a stranger's key":   s.Forged(good),
		"no kid":             s.SignAs(map[string]any{"alg": "RS256"}, good),
		"unknown kid":        s.SignAs(map[string]any{"alg": "RS256", "kid": "made-up"}, good),
		"critical extension": s.SignAs(map[string]any{"alg": "RS256", "kid": s.Kid(), "crit": []string{"exp"},
			"exp": 1}, good),
		"says RS512": s.SignAs(map[string]any{"alg": "RS512", "kid": s.Kid()}, good),
		"own key brought": s.SignAs(map[string]any{"alg": "RS256", "jku": "https://example.com/keys",
			"kid": "x"}, good),
		"signature cut":       strings.TrimRight(s.Token(), "A")[:len(s.Token())-8],
		"no signature":        s.Token()[:strings.LastIndex(s.Token(), ".")+1],
		"a claim changed":     swapped(s.Token(), s.Sign(good.With("aud", "x"))),
		"no dots":             "token",
		"empty":               "",
		"too long":            s.Sign(good.With("pad", strings.Repeat("x", 20<<10))),
		"JSON serialization":  `{"payload":"e30","signatures":[]}`,
		"two tokens in a row": s.Token() + " " + s.Token(),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			w.on(t).refuses("Bearer "+raw, s.Message(w.person, "help"))
		})
	}
	for _, header := range []string{"", "Bearer", "Basic " + s.Token(), s.Token(), "Bearer" + s.Token()} {
		w.refuses(header, s.Message(w.person, "help"))
	}
}

// swapped is one token's text with another one's signature.
func swapped(one, other string) string {
	return one[:strings.LastIndex(one, ".")] + other[strings.LastIndex(other, "."):]
}

func TestGoodTokensAreTaken(t *testing.T) {
	w := newWorld(t, echo)
	s, good := w.signer, w.signer.Claims()
	for name, raw := range map[string]string{
		"as it is":          s.Token(),
		"just expired":      s.Sign(good.With("exp", time.Now().Add(-4*time.Minute).Unix())),
		"clocks are apart":  s.Sign(good.With("nbf", time.Now().Add(4*time.Minute).Unix())),
		"no nbf":            s.Sign(good.With("nbf", nil)),
		"audience in array": s.Sign(good.With("aud", []string{appID})),
	} {
		if ans := w.sendAs("bearer  "+raw, s.Message(w.person, "help")); ans.Status != http.StatusOK {
			t.Errorf("%s: %d %s", name, ans.Status, w.log)
		}
		w.shows(w.sent(), "POST", w.own(), "Heard help")
	}
}

func TestATokenEndsWhileItIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		token := "Bearer " + w.signer.Token() // good for an hour, and 5 minutes between clocks
		status := func() int { return w.sendAs(token, w.signer.Event("typing", w.person)).Status }
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 200}, {59 * time.Minute, 200}, {5 * time.Minute, 200}, {2 * time.Minute, 401}} {
			if time.Sleep(step.wait); status() != step.want {
				t.Fatalf("after another %v: not %d", step.wait, step.want)
			}
		}
	})
}

func TestEachWrongPlaceInTheActivityIsRefused(t *testing.T) {
	w := newWorld(t, untouchable(t))
	good := w.signer.Message(w.person, "help")
	other := "0c0c0c0c-1111-4222-8333-444444444444"
	for name, a := range map[string]bottest.Activity{
		"webchat":                      good.With("channelId", "webchat"),
		"no channel":                   good.With("channelId", nil),
		"MSTEAMS":                      good.With("channelId", "MSTEAMS"),
		"other tenant in conversation": good.In("conversation", "tenantId", other),
		"other tenant in channelData":  good.In("channelData", "tenant", map[string]any{"id": other}),
		"no tenant at all":             good.In("conversation", "tenantId", nil).With("channelData", nil),
		"a bot's id":                   good.In("from", "id", "28:"+other),
		"a bot's role":                 good.In("from", "role", "bot"),
		"a bot's role, shouted":        good.In("from", "role", "Bot"),
		"an id of no kind":             good.In("from", "id", "somebody"),
		"no aadObjectId":               good.In("from", "aadObjectId", nil),
		"aadObjectId with a space":     good.In("from", "aadObjectId", w.person.ID+" admin"),
		"aadObjectId with a line":      good.In("from", "aadObjectId", w.person.ID+"\nadmin"),
		"aadObjectId too long":         good.In("from", "aadObjectId", strings.Repeat("a", 65)),
		"nobody":                       good.With("from", nil),
		"other serviceUrl":             good.With("serviceUrl", "https://smba.trafficmanager.net/emea/"),
		"no serviceUrl":                good.With("serviceUrl", nil),
	} {
		t.Run(name, func(t *testing.T) { w.on(t).refuses("Bearer "+w.signer.Token(), a) })
	}
}

// TestEvilHosts has tokens for the very address, so that only the list of hosts is between us and it.
func TestEvilHosts(t *testing.T) {
	s := bottest.NewSigner(appID, tenant, "")
	defer s.Close()
	inbound := teams.RequireTokens(teams.TokenConfig{AppID: appID, Tenant: tenant, MetadataURL: s.MetadataURL(),
		Client: s.Client()})
	w := build(t, echo, s, bottest.ConnectorInProcess())
	e := teams.New(teams.Config{Desk: handler(echo), Inbound: inbound, Connector: w.post, AppID: appID,
		Logger: discard()})
	w.client = &bottest.Client{Signer: s, URL: "http://bot.test/",
		HTTP: &http.Client{Transport: bottest.Direct(e)}}
	status := func(url string) int {
		s.ServiceURL = url
		return w.send(s.Event("typing", w.person)).Status
	}
	for _, url := range []string{
		"https://smba.trafficmanager.net/emea/", "https://smba.trafficmanager.net/teams",
		"https://SMBA.trafficmanager.net/x/",
		"https://smba.trafficmanager.net:443/emea/", "https://smba.infra.gcc.teams.microsoft.com/teams",
		"https://directline.botframework.com/",
	} {
		if got := status(url); got != http.StatusOK {
			t.Errorf("%s: %d", url, got)
		}
	}
	for _, url := range []string{
		"http://smba.trafficmanager.net/emea/", "https://smba.trafficmanager.net.evil.com/",
		"https://evil.trafficmanager.net/emea/",
		"https://smba.trafficmanager.net@evil.com/", "https://a:b@smba.trafficmanager.net/",
		"https://evil.com/smba.trafficmanager.net/",
		"https://smba.trafficmanager.net:8443/", "https://evilbotframework.com/",
		"https://teams.microsoft.com.evil.com/",
		"https://smba.trafficmanager.net\\@evil.com/", "https://evil.com#smba.trafficmanager.net",
		"https://smba.trafficmanager.net/?x=",
		"https://smba.trafficmanager.net/#x", "https://smba.trafficmanager.net.",
		"//smba.trafficmanager.net/emea/", "smba.trafficmanager.net",
		"https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/",
		"ftp://smba.trafficmanager.net/",
		"https://smba.trafficmanager.net%2eevil.com/", "https://smba.trafficmanager.net\t/", "https:///emea/", "",
	} {
		if got := status(url); got != http.StatusUnauthorized {
			t.Errorf("%q: %d", url, got)
		}
	}
}
