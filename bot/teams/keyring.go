package teams

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	keysLive   = 24 * time.Hour   // Microsoft: refresh at least daily
	keysRenew  = 12 * time.Hour   // when they are fetched anew, so that an outage of half a day harms nobody
	keysAgain  = time.Hour        // for a kid that is not there, at most hourly
	keysRetry  = 10 * time.Second // after a fetch that failed
	keysFetch  = 5 * time.Second
	maxKeysDoc = 1 << 20
	leastBits  = 2048
)

// signingKey is a key of the Bot Connector with the channels it may sign for.
type signingKey struct {
	public       *rsa.PublicKey
	endorsements []string
}

// keyring holds the signing keys. They live for 24 hours, also through an outage of the key server, and are
// renewed halfway. A kid that is not there fetches them again, at most hourly, so made-up kids cause no
// storm.
type keyring struct {
	url    string
	client *http.Client

	flight singleflight.Group
	mu     sync.Mutex
	keys   map[string]signingKey
	came   time.Time // when the keys were fetched
	next   time.Time // before this they are not fetched again
}

func (r *keyring) get(ctx context.Context, kid string) (signingKey, error) {
	key, ok, due := r.look(kid)
	switch {
	case ok:
		if due {
			r.start()
		}
		return key, nil
	case !due || kid == "":
		return signingKey{}, refused("an unknown signing key")
	}
	select {
	case <-ctx.Done():
		return signingKey{}, fmt.Errorf("waiting for signing keys: %w", ctx.Err())
	case res := <-r.start():
		if res.Err != nil {
			return signingKey{}, fmt.Errorf("fetching signing keys: %w", res.Err)
		}
	}
	if key, ok, _ = r.look(kid); ok {
		return key, nil
	}
	return signingKey{}, refused("an unknown signing key")
}

// look finds a key, and says whether it is time to fetch them.
func (r *keyring) look(kid string) (key signingKey, ok, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	age := now.Sub(r.came)
	key, ok = r.keys[kid]
	ok = ok && age < keysLive
	return key, ok, !now.Before(r.next) && (!ok || age >= keysRenew)
}

// start fetches the keys, once for all who ask at the same time.
func (r *keyring) start() <-chan singleflight.Result {
	return r.flight.DoChan("keys", func() (any, error) {
		r.mu.Lock()
		late := time.Now().Before(r.next) // another flight has just landed
		r.mu.Unlock()
		if late {
			return nil, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), keysFetch)
		defer cancel()
		keys, err := r.fetch(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.next = time.Now().Add(keysRetry)
			return nil, err
		}
		r.keys, r.came, r.next = keys, time.Now(), time.Now().Add(keysAgain)
		return nil, nil
	})
}

// fetch reads the metadata and the keys it points at.
func (r *keyring) fetch(ctx context.Context) (map[string]signingKey, error) {
	var meta struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := r.read(ctx, r.url, &meta); err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.url, "https:") && !strings.HasPrefix(meta.JWKS, "https:") {
		return nil, errors.New("the metadata points at keys without https")
	}
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := r.read(ctx, meta.JWKS, &doc); err != nil {
		return nil, err
	}
	keys := map[string]signingKey{}
	for _, raw := range doc.Keys { // one of a kind we don't know is left out, the others count
		if kid, key, ok := readKey(raw); ok {
			keys[kid] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key server has no keys")
	}
	return keys, nil
}

// readKey reads an RSA key for signatures, with its endorsements, which JSONWebKey drops.
func readKey(raw []byte) (kid string, key signingKey, ok bool) {
	var jwk jose.JSONWebKey
	var more struct {
		Endorsements []string `json:"endorsements"`
	}
	if jwk.UnmarshalJSON(raw) != nil || json.Unmarshal(raw, &more) != nil {
		return "", signingKey{}, false
	}
	public, ok := jwk.Key.(*rsa.PublicKey)
	if !ok || jwk.KeyID == "" || jwk.Use != "" && jwk.Use != "sig" || public.N.BitLen() < leastBits {
		return "", signingKey{}, false
	}
	return jwk.KeyID, signingKey{public, more.Endorsements}, true
}

func (r *keyring) read(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the key server answered %d", res.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(res.Body, maxKeysDoc)).Decode(into)
}
