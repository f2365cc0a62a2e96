package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
)

// session turns the token of the printed address into a cookie. The cookie is made from the token,
// so it holds over a restart with the same token and cannot be turned back into it.
type session struct {
	token [sha256.Size]byte
	name  string
	value string
}

// newSession names the cookie after the port: cookies do not know ports, and two sandboxes on one
// machine must not take each other's.
func newSession(token, baseURL string) session {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("keydesk sandbox page"))
	name := "keydesk_sandbox"
	if u, err := url.Parse(baseURL); err == nil {
		name += "_" + portOf(u)
	}
	return session{
		token: sha256.Sum256([]byte(token)), name: name, value: hex.EncodeToString(mac.Sum(nil)),
	}
}

func (s session) knows(token string) bool {
	got := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(got[:], s.token[:]) == 1
}

func (s session) in(r *http.Request) bool {
	for _, c := range r.CookiesNamed(s.name) {
		if subtle.ConstantTimeCompare([]byte(c.Value), []byte(s.value)) == 1 {
			return true
		}
	}
	return false
}

func (s session) give(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: s.name, Value: s.value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}
