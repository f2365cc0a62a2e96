package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The names of the cookies, after the prefix.
const (
	sessionCookie = "keydesk-person"
	pendingCookie = "keydesk-signin-" // and the beginning of the state's hash
)

// maxPending is how many sign-ins a browser may have begun and not ended.
const maxPending = 8

// session is who signed in.
type session struct {
	ID, Name string
	Until    time.Time
}

// pending is a sign-in that was begun.
type pending struct {
	State, Nonce, Verifier string
	Path                   string // of the page that was asked for
	Until                  time.Time
}

// cookieName has the prefix that keeps other hosts of the domain from setting the cookie; browsers take it
// over https only.
func (f *Flow) cookieName(name string) string {
	if f.secure {
		return "__Host-" + name
	}
	return name
}

func (f *Flow) pendingName(state string) string {
	sum := sha256.Sum256([]byte(state))
	return f.cookieName(pendingCookie) + hex.EncodeToString(sum[:8])
}

// setCookie keeps v, sealed, in the browser. Lax: both the way back from Entra and the link in a chat come from
// another site.
func (f *Flow) setCookie(w http.ResponseWriter, name string, v any, life time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: f.seal(name, v), Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: f.secure, SameSite: http.SameSiteLaxMode})
}

func (f *Flow) dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: f.secure,
		SameSite: http.SameSiteLaxMode})
}

// dropOld makes room for one more sign-in: a browser's cookies must not grow over what a server takes.
func (f *Flow) dropOld(w http.ResponseWriter, r *http.Request) {
	type begun struct {
		name  string
		until time.Time
	}
	var all []begun
	for _, c := range r.Cookies() {
		if !strings.HasPrefix(c.Name, f.cookieName(pendingCookie)) {
			continue
		}
		var p pending
		if f.open(c.Name, c.Value, &p) && time.Now().Before(p.Until) {
			all = append(all, begun{c.Name, p.Until})
			continue
		}
		f.dropCookie(w, c.Name)
	}
	slices.SortFunc(all, func(a, b begun) int { return a.until.Compare(b.until) })
	for i := 0; i <= len(all)-maxPending; i++ {
		f.dropCookie(w, all[i].name)
	}
}

func newBox() cipher.AEAD {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has the right length
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return box
}

// seal is what v becomes in the cookie of that name, and in no other.
func (f *Flow) seal(name string, v any) string {
	plain, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and times
	}
	return base64.RawURLEncoding.EncodeToString(f.box.Seal(nil, nil, plain, []byte(name)))
}

func (f *Flow) open(name, value string, v any) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return false
	}
	plain, err := f.box.Open(nil, nil, sealed, []byte(name))
	return err == nil && json.Unmarshal(plain, v) == nil
}

// maxUsed is how many sign-ins may end within 10 minutes; further ones are refused.
const maxUsed = 100_000

// used remembers the states that came back, as long as their cookies would be good.
type used struct {
	mu    sync.Mutex
	until map[string]time.Time
	swept time.Time
}

// first says whether a state comes back for the first time.
func (u *used) first(state string, until time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	if now.Sub(u.swept) > time.Minute {
		u.swept = now
		for s, t := range u.until {
			if now.After(t) {
				delete(u.until, s)
			}
		}
	}
	if _, again := u.until[state]; again || len(u.until) >= maxUsed {
		return false
	}
	if u.until == nil {
		u.until = map[string]time.Time{}
	}
	u.until[state] = until
	return true
}
