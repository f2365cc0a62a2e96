package vault_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

const linkType = "application/vnd.keydesk.link"

func link(ttl time.Duration) vault.Link {
	return vault.Link{
		Key: catalog.KeyName{Vendor: "fortigate", Label: "acme-hq"}, Version: strings.Repeat("a", 32),
		Holder: tech, Op: "op-1", Card: "1700000000000", Until: time.Now().Add(ttl),
	}
}

func TestLinkLife(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	in := link(5 * time.Minute)
	token, minted, err := s.MintLink(t.Context(), in)
	if err != nil || len(w.requests()) != 1 {
		t.Fatal(err, w.requests())
	}
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 {
		t.Errorf("the token is not 256 bits in base64url: %d bytes, %v", len(raw), err)
	}
	sec := b.get(t, "keydesk-link-"+hash(token))
	want := map[string]string{
		"key": "fortigate/acme-hq", "version": in.Version, "holder": tech.Encode(), "op": "op-1",
		"card": "1700000000000", "until": minted.Until.Format("2006-01-02T15:04:05.999Z07:00"),
	}
	if got := tagsOf(sec); *sec.Value != "-" || *sec.ContentType != linkType || !maps.Equal(got, want) {
		t.Errorf("stored as %q with %q", *sec.ContentType, got)
	}
	for range 3 {
		if l, err := s.FindLink(t.Context(), token); err != nil || l != minted {
			t.Errorf("found %+v, %v, minted %+v", l, err, minted)
		}
	}
	if open := s.Links(); len(open) != 1 || open[0] != minted {
		t.Errorf("open links are %+v", open)
	}
	if l, err := s.ClaimLink(t.Context(), token); err != nil || l != minted {
		t.Errorf("claimed %+v, %v", l, err)
	}
	_, err = s.ClaimLink(t.Context(), token)
	_, err2 := s.FindLink(t.Context(), token)
	_, err3 := s.WithdrawLink(t.Context(), minted.ID)
	if !errors.Is(err, vault.ErrGone) || !errors.Is(err2, vault.ErrGone) || !errors.Is(err3, vault.ErrGone) {
		t.Error("after the claim:", err, err2, err3)
	}
	if len(s.Links()) > 0 {
		t.Error("a claimed link is still open")
	}
	if err := s.Refresh(t.Context()); err != nil || len(s.Links()) > 0 {
		t.Error("a walk brings a claimed link back", err)
	}
}

func TestWithdraw(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	token, minted, err := s.MintLink(t.Context(), link(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if l, err := s.WithdrawLink(t.Context(), minted.ID); err != nil || l != minted {
		t.Errorf("withdrew %+v, %v", l, err)
	}
	if _, err := s.ClaimLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
		t.Error("claimed after it was withdrawn:", err)
	}
	w.breaks(nil)
	for _, id := range []string{
		"", "x", strings.Repeat("A", 64), strings.Repeat("a", 63), "../ninjaone", minted.ID + "/x",
	} {
		if _, err := s.WithdrawLink(t.Context(), id); !errors.Is(err, vault.ErrGone) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if len(w.requests()) > 0 {
		t.Error("asked the vault about ids that are none")
	}
}

// TestTokenSpelling: one link has one address.
func TestTokenSpelling(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	token, _, err := s.MintLink(t.Context(), link(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[42])
	w.breaks(nil)
	for _, bad := range []string{
		"", "x", token[:42], token + "A", token + "=", token + "\n", "\n" + token[1:], " " + token,
		token[:20] + "\r" + token[21:], base64.URLEncoding.EncodeToString(raw),
		token[:42] + string(alphabet[last^1]), token[:42] + string(alphabet[last^2]),
		strings.Repeat("+", 43), strings.Repeat("/", 43), strings.Repeat("é", 43), strings.Repeat("A", 1<<20),
		"../" + token[3:], token + "/versions",
	} {
		_, err := s.FindLink(t.Context(), bad)
		_, err2 := s.ClaimLink(t.Context(), bad)
		if !errors.Is(err, vault.ErrGone) || !errors.Is(err2, vault.ErrGone) {
			t.Errorf("%.50q: %v, %v", bad, err, err2)
		}
	}
	if n := len(w.requests()); n > 0 {
		t.Errorf("%d calls for tokens that are none", n)
	}
	if _, err := s.ClaimLink(t.Context(), token); err != nil {
		t.Error("the token itself:", err)
	}
}

func TestLinkEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		token, minted, err := s.MintLink(t.Context(), link(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		other, _, err := s.MintLink(t.Context(), link(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Millisecond)
		if _, err := s.FindLink(t.Context(), token); err != nil || len(s.Links()) != 2 {
			t.Error("a millisecond before its end:", err)
		}
		if _, err := s.ClaimLink(t.Context(), other); err != nil {
			t.Error("a millisecond before its end:", err)
		}
		time.Sleep(time.Millisecond)
		if _, err := s.FindLink(t.Context(), token); !errors.Is(err, vault.ErrGone) || len(s.Links()) != 0 {
			t.Error("at its end:", err)
		}
		l, err := s.ClaimLink(t.Context(), token)
		if !errors.Is(err, vault.ErrGone) || l != minted {
			t.Errorf("at its end it is claimed as %+v, %v", l, err)
		}
		_, late, err := s.MintLink(t.Context(), link(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if l, err := s.WithdrawLink(t.Context(), late.ID); err != nil || l != late {
			t.Errorf("past its end it is withdrawn as %+v, %v", l, err)
		}
	})
}

// TestLinkForged: a link whose tags were changed by hand is none.
func TestLinkForged(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	token := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	soon := time.Now().Add(time.Hour).Format(time.RFC3339)
	for name, c := range map[string]struct {
		content string
		tags    map[string]string
	}{
		"no end":      {linkType, map[string]string{"key": "ninjaone"}},
		"broken end":  {linkType, map[string]string{"key": "ninjaone", "until": "never"}},
		"no key":      {linkType, map[string]string{"until": soon}},
		"broken key":  {linkType, map[string]string{"until": soon, "key": "keydesk-settings"}},
		"not a link":  {"text/plain", map[string]string{"until": soon, "key": "ninjaone"}},
		"not even so": {"", map[string]string{"until": soon, "key": "ninjaone"}},
	} {
		b.set(t, "keydesk-link-"+hash(token), "-", c.content, c.tags)
		if _, err := s.FindLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
			t.Errorf("%s: found, %v", name, err)
		}
		if err := s.Refresh(t.Context()); err != nil || len(s.Links()) > 0 {
			t.Errorf("%s: listed, %v", name, err)
		}
	}
	b.disable(t, "keydesk-link-"+hash(token))
	if _, err := s.FindLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
		t.Error("switched off: found,", err)
	}
	if _, err := s.ClaimLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
		t.Error("claimed:", err)
	}
}

// TestClaimRace: 50 claimers in two processes, one wins; the others know that they lost.
func TestClaimRace(t *testing.T) {
	b := newBed(t)
	one, w := b.open(t)
	two, _ := b.open(t)
	for range 20 {
		token, minted, err := one.MintLink(t.Context(), link(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		w.breaks(nil)
		var won, gone atomic.Int32
		var g sync.WaitGroup
		start := make(chan struct{})
		for i := range 50 {
			s := []*vault.Store{one, two}[i%2]
			g.Go(func() {
				<-start
				l, err := vault.Link{}, error(nil)
				if i%5 == 0 {
					l, err = s.WithdrawLink(t.Context(), minted.ID)
				} else {
					l, err = s.ClaimLink(t.Context(), token)
				}
				switch {
				case err == nil && l == minted:
					won.Add(1)
				case errors.Is(err, vault.ErrGone):
					gone.Add(1)
				default:
					t.Errorf("%+v, %v", l, err)
				}
			})
		}
		close(start)
		g.Wait()
		if won.Load() != 1 || gone.Load() != 49 || w.count(http.MethodDelete) != 25 {
			t.Errorf("%d won, %d lost", won.Load(), gone.Load())
		}
	}
}

func TestLinksAcrossProcesses(t *testing.T) {
	b := newBed(t)
	one, _ := b.open(t)
	two, _ := b.open(t)
	var tokens []string
	for i := range 30 {
		token, _, err := one.MintLink(t.Context(), link(time.Duration(60-i)*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	if err := two.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	theirs := two.Links()
	if !slices.Equal(theirs, one.Links()) || len(theirs) != 30 ||
		!slices.IsSortedFunc(theirs, func(a, b vault.Link) int { return a.Until.Compare(b.Until) }) {
		t.Errorf("the other process knows %d links", len(theirs))
	}
	if _, err := two.ClaimLink(t.Context(), tokens[7]); err != nil {
		t.Fatal(err)
	}
	if err := one.Refresh(t.Context()); err != nil || len(one.Links()) != 29 || len(two.Links()) != 29 {
		t.Errorf("%d and %d are open, %v", len(one.Links()), len(two.Links()), err)
	}
}

func TestTokensDiffer(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	seen := map[string]bool{}
	for range 100 {
		token, _, err := s.MintLink(t.Context(), link(time.Minute))
		if err != nil || seen[token] {
			t.Fatal("twice the same token", err)
		}
		seen[token] = true
	}
}

// TestUnclearWithdrawal: a link that was taken back, with no clear answer, opens no more.
func TestUnclearWithdrawal(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	token, minted, err := s.MintLink(t.Context(), link(5*time.Minute))
	must(t, err)
	w.breaks(func(int, *http.Request) trouble { return faults["503"] })
	if _, err := s.WithdrawLink(t.Context(), minted.ID); !errors.Is(err, vault.ErrUnclear) {
		t.Fatal(err)
	}
	w.breaks(nil)
	if _, err := s.FindLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
		t.Errorf("it is found: %v", err)
	}
	if _, err := s.ClaimLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
		t.Errorf("it is claimed: %v", err)
	}
}
