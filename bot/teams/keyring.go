package teams

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	keysLive   = 24 * time.Hour   // Microsoft: refresh at least daily
	keysAgain  = time.Hour        // for a kid that is not there, at most hourly
	keysRetry  = 10 * time.Second // after a fetch that failed while there are no keys
	keysFetch  = 5 * time.Second
	maxKeysDoc = 1 << 20
)

// signingKey is a key of the Bot Connector with the channels it may sign for.
type signingKey struct {
	jose.JSONWebKey
	Endorsements []string
}

// UnmarshalJSON reads the key and its endorsements, which JSONWebKey drops.
func (k *signingKey) UnmarshalJSON(b []byte) error {
	var more struct {
		Endorsements []string `json:"endorsements"`
	}
	if err := json.Unmarshal(b, &more); err != nil {
		return err
	}
	k.Endorsements = more.Endorsements
	return k.JSONWebKey.UnmarshalJSON(b)
}

// keyring holds the signing keys. They live for 24 hours, also through an outage of the key server. A kid that is not
// there fetches them again, at most hourly, so tokens with made-up kids cause no storm.
type keyring struct {
	url    string
	client *http.Client

	flight  singleflight.Group
	mu      sync.Mutex
	keys    map[string]signingKey
	fetched time.Time // when the keys came
	tried   time.Time // when they were last asked for
}

func (r *keyring) get(ctx context.Context, kid string) (signingKey, error) {
	key, ok, due := r.look(kid)
	if ok {
		return key, nil
	}
	if !due || kid == "" {
		return signingKey{}, refused("an unknown signing key")
	}
	result := r.flight.DoChan("keys", func() (any, error) { return nil, r.refresh() })
	select {
	case <-ctx.Done():
		return signingKey{}, fmt.Errorf("waiting for signing keys: %w", ctx.Err())
	case res := <-result:
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
	live := now.Sub(r.fetched) < keysLive
	if key, ok = r.keys[kid]; ok && live {
		return key, true, false
	}
	gap := keysAgain
	if !live {
		gap = keysRetry
	}
	return signingKey{}, false, now.Sub(r.tried) >= gap
}

func (r *keyring) refresh() error {
	r.mu.Lock()
	r.tried = time.Now()
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), keysFetch)
	defer cancel()
	var meta struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := r.fetch(ctx, r.url, &meta); err != nil {
		return err
	}
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := r.fetch(ctx, meta.JWKS, &doc); err != nil {
		return err
	}
	keys := map[string]signingKey{}
	for _, raw := range doc.Keys {
		var k signingKey // one of a kind we don't know is left out, the others count
		if json.Unmarshal(raw, &k) == nil && k.KeyID != "" && k.IsPublic() {
			keys[k.KeyID] = k
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.fetched = keys, time.Now()
	return nil
}

func (r *keyring) fetch(ctx context.Context, url string, into any) error {
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
