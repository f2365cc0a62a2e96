package vault_test

import (
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

const passType = "application/vnd.keydesk.pass"

// passID is an id by a letter.
func passID(letter string) string { return strings.Repeat(letter, 26) }

func aPass(letter string, ttl time.Duration) vault.Pass {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return vault.Pass{
		ID: passID(letter), Key: catalog.KeyName{Vendor: "fortigate", Label: "acme-hq"}, Holder: tech, By: admin,
		From: now, Until: now.Add(ttl), Op: strings.ToUpper(passID(letter)),
	}
}

func (b *bed) passes(t testing.TB, s *vault.Store, all ...vault.Pass) {
	t.Helper()
	for _, p := range all {
		if err := s.SavePass(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPassLife(t *testing.T) {
	b := newBed(t)
	one, w := b.open(t)
	two, _ := b.open(t)
	ctx := t.Context()
	timed, once := aPass("a", 2*time.Hour), aPass("b", time.Hour)
	once.Once = true
	b.passes(t, one, timed, once, timed)
	if n := len(w.requests()); n != 3 {
		t.Errorf("saved with %v", w.requests())
	}
	sec := b.get(t, "keydesk-pass-"+once.ID)
	want := map[string]string{"key": "fortigate/acme-hq", "holder": tech.Encode(), "by": admin.Encode(),
		"from":  once.From.Format("2006-01-02T15:04:05.999Z07:00"),
		"until": once.Until.Format("2006-01-02T15:04:05.999Z07:00"), "once": "true", "op": once.Op}
	if got := tagsOf(sec); *sec.Value != "-" || *sec.ContentType != passType || !maps.Equal(got, want) {
		t.Errorf("stored as %q with %q", *sec.ContentType, got)
	}
	if err := two.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*vault.Store{one, two} {
		if all := s.Passes(); !slices.Equal(all, []vault.Pass{once, timed}) {
			t.Errorf("memory has %+v", all)
		}
	}
	w.breaks(nil)
	p, err := one.ReadPass(ctx, timed.ID)
	if n := len(w.requests()); err != nil || p != timed || n != 1 {
		t.Errorf("read %+v, %v, %v", p, err, w.requests())
	}
	if p, err := two.UsePass(ctx, once.ID); err != nil || p != once {
		t.Errorf("used %+v, %v", p, err)
	}
	_, err = one.ReadPass(ctx, once.ID)
	_, err2 := one.UsePass(ctx, once.ID)
	errs := []error{err, err2, one.EndPass(ctx, once.ID), one.SavePass(ctx, once)}
	if err := one.EndPass(ctx, timed.ID); err != nil {
		t.Error(err)
	}
	_, err = two.ReadPass(ctx, timed.ID)
	for i, err := range append(errs, err, two.EndPass(ctx, timed.ID)) {
		if !errors.Is(err, vault.ErrGone) {
			t.Errorf("after its end, %d: %v", i, err)
		}
	}
	if len(one.Passes())+len(two.Passes()) > 0 {
		t.Error("still known")
	}
	if err := one.Refresh(ctx); err != nil || len(one.Passes()) > 0 {
		t.Error("a walk brings them back", err)
	}
}

func TestPassEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, _ := b.open(t)
		timed, once := aPass("a", time.Minute), aPass("b", time.Minute)
		once.Once = true
		b.passes(t, s, timed, once)
		time.Sleep(time.Minute - time.Millisecond)
		if _, err := s.ReadPass(t.Context(), timed.ID); err != nil || len(s.Passes()) != 2 {
			t.Error("a millisecond before its end:", err)
		}
		time.Sleep(time.Millisecond)
		p, err := s.ReadPass(t.Context(), timed.ID)
		if !errors.Is(err, vault.ErrGone) || p != timed || len(s.Passes()) > 0 || len(s.EndedPasses()) != 2 {
			t.Errorf("at its end: %+v, %v", p, err)
		}
		if p, err := s.UsePass(t.Context(), once.ID); !errors.Is(err, vault.ErrGone) || p != once {
			t.Errorf("used at its end: %+v, %v", p, err)
		}
		if err := s.SavePass(t.Context(), timed); !errors.Is(err, vault.ErrGone) {
			t.Error("saved at its end:", err)
		}
	})
}

// TestPassForged: a pass whose tags can't be read gives nothing; nor does any other secret of its name.
func TestPassForged(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	soon := time.Now().Add(time.Hour).Format(time.RFC3339)
	fine := map[string]string{"key": "ninjaone", "holder": tech.Encode(), "by": admin.Encode(), "until": soon}
	for name, c := range map[string]struct{ tag, value, content string }{
		"no key": {tag: "key"}, "a reserved key": {tag: "key", value: "keydesk-settings"}, "no holder": {tag: "holder"},
		"no end": {tag: "until"}, "broken end": {tag: "until", value: "never"}, "once?": {tag: "once", value: "maybe"},
		"no pass": {content: "text/plain"}, "a link": {content: linkType},
	} {
		tags := maps.Clone(fine)
		if tags[c.tag] = c.value; c.value == "" {
			delete(tags, c.tag)
		}
		if c.content == "" {
			c.content = passType
		}
		id := passID("a")
		b.set(t, "keydesk-pass-"+id, "-", c.content, tags)
		if err := s.Refresh(t.Context()); err != nil || len(s.Passes()) > 0 {
			t.Errorf("%s: listed, %v", name, err)
		}
		if _, err := s.ReadPass(t.Context(), id); !errors.Is(err, vault.ErrGone) || len(s.Passes()) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.set(t, "keydesk-pass-"+passID("a"), "-", passType, fine)
	if _, err := s.ReadPass(t.Context(), passID("a")); err != nil {
		t.Error("the pass itself:", err)
	}
	b.disable(t, "keydesk-pass-"+passID("a"))
	if _, err := s.ReadPass(t.Context(), passID("a")); !errors.Is(err, vault.ErrGone) {
		t.Error("switched off:", err)
	}
	w.breaks(nil)
	for _, id := range []string{"", "a", strings.Repeat("A", 26), "../ninjaone", passID("1"), passID("a") + "-1"} {
		p := aPass("c", time.Hour)
		p.ID = id
		_, err := s.ReadPass(t.Context(), id)
		_, err2 := s.UsePass(t.Context(), id)
		if !errors.Is(err, vault.ErrGone) || !errors.Is(err2, vault.ErrGone) ||
			!errors.Is(s.EndPass(t.Context(), id), vault.ErrGone) ||
			!errors.Is(s.SavePass(t.Context(), p), vault.ErrBadValue) {
			t.Errorf("id %q: %v, %v", id, err, err2)
		}
	}
	for _, spoil := range []func(*vault.Pass){
		func(p *vault.Pass) { p.Key = catalog.KeyName{} }, func(p *vault.Pass) { p.Holder.ID = "" },
		func(p *vault.Pass) { p.Until = time.Time{} }, func(p *vault.Pass) { p.Op = strings.Repeat("x", 257) },
	} {
		p := aPass("c", time.Hour)
		spoil(&p)
		if err := s.SavePass(t.Context(), p); !errors.Is(err, vault.ErrBadValue) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if n := len(w.requests()); n > 0 {
		t.Error("asked the vault:", w.requests())
	}
}

// TestUsePassRace: of claims in two processes one gets the pass.
func TestUsePassRace(t *testing.T) {
	b := newBed(t)
	one, _ := b.open(t)
	two, _ := b.open(t)
	for _, letter := range []string{"a", "b", "c", "d", "e"} {
		once := aPass(letter, time.Hour)
		once.Once = true
		b.passes(t, one, once)
		var won, gone atomic.Int32
		var g sync.WaitGroup
		for i := range 20 {
			s := []*vault.Store{one, two}[i%2]
			g.Go(func() {
				switch _, err := s.UsePass(t.Context(), once.ID); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, vault.ErrGone):
					gone.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		g.Wait()
		if won.Load() != 1 || gone.Load() != 19 {
			t.Errorf("%d won, %d lost", won.Load(), gone.Load())
		}
	}
}

// TestUsePassUnclear: sent once; a pass that may still be there stays known.
func TestUsePassUnclear(t *testing.T) {
	for _, name := range []string{"401", "403", "429", "500", "503", "504", "cut before", "time-out"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t)
			s, w := b.open(t)
			once := aPass("a", time.Hour)
			once.Once = true
			b.passes(t, s, once)
			w.breaks(func(int, *http.Request) trouble { return faults[name] })
			_, err := s.UsePass(t.Context(), once.ID)
			if !errors.Is(err, vault.ErrUnclear) || w.count(http.MethodDelete) != 1 || len(s.Passes()) != 1 {
				t.Errorf("%s: %v, %v", name, err, w.requests())
			}
			w.breaks(nil)
			if p, err := s.UsePass(t.Context(), once.ID); err != nil || p != once {
				t.Errorf("%s, then: %v", name, err)
			}
		})
	}
}

// TestLinkOfAPass carries the pass to the claim, in any process.
func TestLinkOfAPass(t *testing.T) {
	b := newBed(t)
	one, _ := b.open(t)
	two, _ := b.open(t)
	in := link(time.Minute)
	in.Pass, in.Once = passID("a"), true
	token, minted, err := one.MintLink(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := two.ClaimLink(t.Context(), token); err != nil || l != minted || l.Pass != in.Pass || !l.Once {
		t.Errorf("%+v, %v", l, err)
	}
	token = strings.Repeat("A", 43)
	b.set(t, "keydesk-link-"+hash(token), "-", linkType, map[string]string{
		"key": "ninjaone", "until": time.Now().Add(time.Hour).Format(time.RFC3339), "pass": "../ninjaone"})
	if _, err := two.FindLink(t.Context(), token); !errors.Is(err, vault.ErrGone) {
		t.Error("a link with a broken pass:", err)
	}
}
