package vault

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/catalog"
)

// tokenBytes are 256 bits.
const tokenBytes = 32

// Link is a short-lived, single-use right to see a value, or to enter some. The vault holds only a
// hash of its token, so whoever reads the vault's names or logs cannot open it.
type Link struct {
	ID      string          // hex SHA-256 of the token; of "intake:" and the token where Intake is set
	Intake  string          // what may be entered: add, rotate or import; "" shows the value of Key
	Key     catalog.KeyName // none for an import
	Opened  string          // the op a rotation was opened on
	Version string          // the key's version when it was minted; "" when not known
	Holder  catalog.Person
	Op      string
	Card    string // activity id of the card that follows its fate
	Pass    string // id of the pass by which the holder sees the value; "" by their roles
	Once    bool   // that pass is for one look
	Until   time.Time
}

// MintLink makes the token and stores the link: one call. Until is cut to milliseconds. After an
// error there may be a link in the vault, but nobody has its token.
// ErrBadValue, ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) MintLink(ctx context.Context, l Link) (token string, minted Link, err error) {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	l.ID, l.Until = tokenID(l.Intake != "", token), millis(l.Until)
	t := linkTags(l)
	if err := t.check(); err != nil {
		return "", Link{}, fmt.Errorf("minting the link: %w", err)
	}
	name, _ := linkName(l.ID)
	_, err = s.client.set(ctx, again, name, azsecrets.SetSecretParameters{
		Value: to.Ptr(empty), ContentType: to.Ptr(contentLink), Tags: t.wire(),
	})
	if err != nil {
		return "", Link{}, fmt.Errorf("minting the link: %w", err)
	}
	s.links.write(l.ID, l)
	return token, l, nil
}

// FindLink looks at a link and consumes nothing. ErrGone when there is none to open; then
// ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) FindLink(ctx context.Context, token string) (Link, error) {
	return s.findLink(ctx, false, token)
}

// FindIntake is FindLink for links that take something in. A link of one make is never found, nor
// used up, as one of the other.
func (s *Store) FindIntake(ctx context.Context, token string) (Link, error) {
	return s.findLink(ctx, true, token)
}

func (s *Store) findLink(ctx context.Context, intake bool, token string) (Link, error) {
	id, ok := parseToken(intake, token)
	if !ok || s.burnt.has(id) {
		return Link{}, fmt.Errorf("finding the link: %w", ErrGone)
	}
	name, _ := linkName(id)
	begun := s.clock.Add(1)
	sec, err := s.client.get(ctx, name, "")
	if errors.Is(err, ErrNotFound) {
		s.links.missed(id, begun)
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDisabled) {
		err = ErrGone
	}
	if err != nil {
		return Link{}, fmt.Errorf("finding the link: %w", err)
	}
	l, ok := linkFrom(name, sec.Tags)
	if !ok || deref(sec.ContentType) != contentLink || !time.Now().Before(l.Until) {
		return Link{}, fmt.Errorf("finding the link: %w", ErrGone)
	}
	return l, nil
}

// ClaimLink consumes a link by deleting it, in one request that is never repeated. Of any number of
// claimers, here and in other processes, at most one gets nil. ErrGone: there was none, somebody
// else has it, or its time is over (then the Link says which it was). ErrUnclear: anything
// else; the link is burnt, and gone for this process from then on. Of one that memory does not know, only the
// ID comes with that.
func (s *Store) ClaimLink(ctx context.Context, token string) (Link, error) {
	return s.claimLink(ctx, false, token)
}

// ClaimIntake is ClaimLink for links that take something in.
func (s *Store) ClaimIntake(ctx context.Context, token string) (Link, error) {
	return s.claimLink(ctx, true, token)
}

func (s *Store) claimLink(ctx context.Context, intake bool, token string) (Link, error) {
	id, ok := parseToken(intake, token)
	if !ok {
		return Link{}, fmt.Errorf("claiming the link: %w", ErrGone)
	}
	burnt := s.burnt.has(id)
	l, err := s.takeLink(ctx, id)
	switch {
	case burnt: // it was only to be taken back
		l, err = Link{}, ErrGone
	case err == nil && !time.Now().Before(l.Until):
		err = ErrGone
	}
	if err != nil {
		return l, fmt.Errorf("claiming the link: %w", err)
	}
	return l, nil
}

// WithdrawLink takes a link back by its id, also one past its end: whoever gets it may tell that it is over.
// ErrGone: somebody else took it. ErrUnclear: anything else; for this process it is gone from then on.
func (s *Store) WithdrawLink(ctx context.Context, id string) (Link, error) {
	if !linkIDRE.MatchString(id) {
		return Link{}, fmt.Errorf("withdrawing the link: %w", ErrGone)
	}
	l, err := s.takeLink(ctx, id)
	if err != nil {
		return l, fmt.Errorf("withdrawing the link: %w", err)
	}
	return l, nil
}

func (s *Store) takeLink(ctx context.Context, id string) (Link, error) {
	name, _ := linkName(id)
	was, err := s.claim(ctx, name, contentLink)
	// Only what is known here, or was there, is noted as gone: strangers may try any number of tokens.
	mine, known := s.links.get(id)
	if known || err == nil {
		s.links.remove(id)
	}
	if errors.Is(err, ErrUnclear) {
		s.burnt.add(id) // it may still be there
		mine.ID = id    // also where another process made it: it is to be taken back
		return mine, err
	}
	if err != nil {
		return Link{}, err
	}
	l, ok := linkFrom(name, was.Tags)
	if !ok {
		return Link{}, ErrGone
	}
	return l, nil
}

// claim deletes a secret of the given kind: nil is mine, ErrGone somebody else's, ErrUnclear unknown.
func (s *Store) claim(ctx context.Context, name, content string) (azsecrets.DeletedSecret, error) {
	was, err := s.client.delete(ctx, name)
	if err != nil {
		e := fault(err)
		if e.Status == http.StatusNotFound || e.Status == http.StatusConflict {
			return was, &Error{Kind: ErrGone, Status: e.Status, Code: e.Code}
		}
		return was, e.unclear()
	}
	if deref(was.ContentType) != content {
		return was, ErrGone
	}
	return was, nil
}

// Links are the open links that memory knows: minted here, or seen by the last walk. The next to
// end comes first.
func (s *Store) Links() []Link {
	now := time.Now()
	var open []Link
	for _, l := range s.links.all() {
		if now.Before(l.Until) {
			open = append(open, l)
		}
	}
	return sortedLinks(open)
}

func linkTags(l Link) tags {
	t := tags{}
	if l.Key != (catalog.KeyName{}) {
		t.set(tagKey, l.Key.String())
	}
	t.set(tagVersion, l.Version)
	t.set(tagHolder, encodePerson(l.Holder))
	t.set(tagOp, l.Op)
	t.set(tagCard, l.Card)
	t.set(tagIntake, l.Intake)
	t.set(tagOpened, l.Opened)
	t.set(tagPass, l.Pass)
	t.setFlag(tagOnce, l.Once)
	t.setTime(tagUntil, l.Until)
	return t
}

// linkFrom reads a link. One whose end, key or pass cannot be read is none.
func linkFrom(name string, wire map[string]*string) (Link, bool) {
	id, ok := strings.CutPrefix(name, linkPrefix)
	if !ok || !linkIDRE.MatchString(id) {
		return Link{}, false
	}
	t := fromWire(wire)
	key, err := catalog.ParseKeyName(t[tagKey])
	l := Link{
		ID: id, Intake: t[tagIntake], Key: key, Opened: t[tagOpened], Version: t[tagVersion],
		Holder: parsePerson(t[tagHolder]), Op: t[tagOp], Card: t[tagCard], Until: t.time(tagUntil),
		Pass: t[tagPass], Once: t[tagOnce] == flagged,
	}
	if l.Pass != "" && !requestIDRE.MatchString(l.Pass) {
		return Link{}, false
	}
	needsKey := l.Intake != "import"
	return l, (err == nil || !needsKey) && !l.Until.IsZero()
}

// tokenID is where a token's link lies. The makes of links lie apart, so that a token is good for one.
func tokenID(intake bool, token string) string {
	if intake {
		token = "intake:" + token
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// parseToken gives a well-formed token's id. It refuses every other spelling of the same bytes
// (padding, line breaks, stray last bits), so that one link has one address.
func parseToken(intake bool, token string) (id string, ok bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) || strings.ContainsAny(token, "\r\n") {
		return "", false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return "", false
	}
	return tokenID(intake, token), true
}
