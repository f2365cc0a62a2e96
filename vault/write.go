package vault

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// A set can end unclear: the answer was lost, or a gateway gave up on it. The SDK is therefore
// only allowed to repeat what the vault surely did not do (429). After anything else the secret
// is read back, and what stands there decides: our operation id means it happened; the state from
// before means that it may be tried again; anything else means that somebody came after us.
const (
	setTries  = 3
	readTries = 4
	pause     = 100 * time.Millisecond
)

// write is one new version of a key's secret.
type write struct {
	name      catalog.KeyName
	value     Secret
	tags      tags
	expires   *time.Time
	notBefore *time.Time
	op        string // the operation id in tags
	was       string // the version the write stands on; "" for a new name
}

func (w write) parameters() azsecrets.SetSecretParameters {
	return azsecrets.SetSecretParameters{
		Value:            to.Ptr(w.value.Expose()),
		ContentType:      to.Ptr(contentKey),
		Tags:             w.tags.wire(),
		SecretAttributes: &azsecrets.SecretAttributes{Expires: w.expires, NotBefore: w.notBefore},
	}
}

// store sets, reads back and compares. Callers hold the key's lock.
func (s *Store) store(ctx context.Context, w write) (catalog.Key, error) {
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return catalog.Key{}, &Error{Kind: ErrUnavailable, Code: "out-of-time", over: ctx.Err(), settled: true}
		}
		var sec azsecrets.Secret
		err := unlessBusy(ctx, beingRecovered, func() (err error) {
			sec, err = s.client.set(ctx, throttled, w.name.SecretName(), w.parameters())
			return err
		})
		if err == nil {
			return s.confirm(ctx, w, keyOf(w.name, sec))
		}
		e := fault(err)
		if e.settled {
			return catalog.Key{}, e
		}
		key, err := s.settle(ctx, w)
		if !errors.Is(err, errNotThere) {
			return key, err
		}
		if try == setTries || !rest(ctx, try) {
			return catalog.Key{}, e.final()
		}
	}
}

// errNotThere: the secret is as it was before the set.
var errNotThere = errors.New("not there")

// final is the last word on a set that does not show: an answer from the vault itself (500, 503)
// is a no; a gateway's answer, or none, may still be followed by the effect.
func (e *Error) final() error {
	if e.Status == http.StatusInternalServerError || e.Status == http.StatusServiceUnavailable {
		return e
	}
	return e.unclear()
}

func (e *Error) unclear() error {
	return &Error{Kind: ErrUnclear, Status: e.Status, Code: e.Code, over: e.over}
}

// grace is how long settling may take after the caller's own time is up: a truthful answer is
// worth more than a quick one.
const grace = 5 * time.Second

// settle finds out what an unclear set did.
func (s *Store) settle(ctx context.Context, w write) (catalog.Key, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	key, sec, err := s.readCurrent(ctx, w.name)
	switch {
	case errors.Is(err, ErrNotFound) && w.was == "":
		return catalog.Key{}, errNotThere
	case errors.Is(err, ErrForeign):
		return catalog.Key{}, ErrForeign
	case err != nil:
		return catalog.Key{}, fault(err).unclear()
	case w.mine(key):
		return key, w.same(sec)
	case key.Version == w.was:
		return key, errNotThere
	}
	return s.overtaken(ctx, w, key)
}

// mine says that a version is one that this write made.
func (w write) mine(k catalog.Key) bool { return k.Made == w.op && k.Version != w.was }

// same compares what stands in the vault with what was sent.
func (w write) same(sec azsecrets.Secret) error {
	if !w.value.Equal(NewSecret(deref(sec.Value))) {
		return &Error{Kind: ErrUnclear, Code: "read-back-differs"}
	}
	return nil
}

// overtaken: somebody else's version is current. Ours may be among the older ones.
func (s *Store) overtaken(ctx context.Context, w write, now catalog.Key) (catalog.Key, error) {
	_, did, err := s.didBefore(ctx, w.name, w.op)
	switch {
	case err != nil:
		return now, fault(err).unclear()
	case did:
		return now, ErrSuperseded
	}
	return now, ErrMoved
}

// didBefore looks for the version that an operation made.
func (s *Store) didBefore(ctx context.Context, name catalog.KeyName, op string) (catalog.Key, bool, error) {
	if op == "" {
		return catalog.Key{}, false, nil
	}
	all, err := s.client.versions(ctx, again, name.SecretName())
	if err != nil {
		return catalog.Key{}, false, err
	}
	for _, p := range all {
		if k := versionOf(name, p); k.Made == op && deref(p.ContentType) == contentKey {
			return k, true, nil
		}
	}
	return catalog.Key{}, false, nil
}

// confirm reads back what the vault said it has stored. The vault's word stands when it cannot be
// read: it has the value, and saying otherwise would make people enter it twice.
func (s *Store) confirm(ctx context.Context, w write, key catalog.Key) (catalog.Key, error) {
	s.keys.write(w.name, key)
	for try := 1; ; try++ {
		begun := s.clock.Add(1)
		sec, err := s.client.get(ctx, w.name.SecretName(), "")
		if err != nil {
			s.log.WarnContext(ctx, "a stored key could not be read back", Cause(err))
			return key, nil
		}
		now := keyOf(w.name, sec)
		if w.mine(now) {
			return now, w.same(sec)
		}
		// Key Vault promises nothing about reading one's own write: an answer from before it is
		// no sign of a second writer.
		if now.Version != w.was {
			s.keys.saw(w.name, now, begun)
			return now, ErrSuperseded
		}
		if try == readTries || !rest(ctx, try) {
			return key, nil
		}
	}
}

// rest waits a little longer after each try; false when ctx ends first.
func rest(ctx context.Context, try int) bool {
	return restFor(ctx, pause<<(try-1))
}

func restFor(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
