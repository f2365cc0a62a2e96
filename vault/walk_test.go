package vault_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

func names(keys []catalog.Key) (all []string) {
	for _, k := range keys {
		all = append(all, k.Name.String()+" "+k.Op)
	}
	return all
}

// fill puts n keys into the vault without a store.
func (b *bed) fill(t testing.TB, n int) {
	t.Helper()
	c := b.raw(t)
	for i := range n {
		p := keySecret(fmt.Sprintf("op-%d", i))
		if _, err := c.SetSecret(t.Context(), fmt.Sprintf("ninjaone--c%05d", i), p, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWalkTakesOnlyWhatIsOurs(t *testing.T) {
	b := newBed(t)
	b.fill(t, 60) // three pages
	b.set(t, "ninjaone", "x", keyType, map[string]string{"op": "op-x"})
	b.set(t, "somebody-elses", "x", "text/plain", map[string]string{"op": "op"})
	b.set(t, "auvik", "x", "", nil)
	b.set(t, "huntress", "x", "application/vnd.keydesk.keys", nil)
	b.set(t, "ninjaone--c00007", "x", "text/plain", nil) // overwritten by another application
	b.disable(t, "ninjaone--c00008")
	b.delete(t, "ninjaone--c00009")
	s, _ := b.open(t)
	keys := s.Keys()
	if len(keys) != 59 || keys[0].Name != ninja || keys[0].Op != "op-x" {
		t.Fatalf("%d keys: %v", len(keys), names(keys))
	}
	if !slices.IsSortedFunc(keys, func(a, b catalog.Key) int {
		return strings.Compare(a.Name.String(), b.Name.String())
	}) {
		t.Error("not sorted")
	}
	for _, k := range keys {
		if k.Enabled == (k.Name.Label == "c00008") || k.Created.IsZero() || k.Version != "" {
			t.Errorf("listed as %+v", k)
		}
	}
	if s.Refreshed().IsZero() || s.URL() != address || s.Name() != "contoso-keys" {
		t.Error(s.Refreshed(), s.URL(), s.Name())
	}
}

// TestWalkFollowsOthers: what other processes do shows after the next walk, and vanishes so.
func TestWalkFollowsOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		one, w := b.open(t)
		two, _ := b.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { one.Run(ctx) })
		defer run.Wait()
		defer cancel()
		mine, err := two.Create(ctx, newKey(ninja, "op-0"), good())
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := one.Key(ninja); ok {
			t.Error("known before a walk")
		}
		time.Sleep(5*time.Minute + time.Second)
		if k, ok := one.Key(ninja); !ok || k.Op != mine.Op || k.Preview != mine.Preview {
			t.Errorf("five minutes later: %+v", k)
		}
		b.delete(t, "ninjaone")
		w.breaks(func(int, *http.Request) trouble { return status(http.StatusForbidden, "ForbiddenByRbac") })
		time.Sleep(5 * time.Minute)
		if _, ok := one.Key(ninja); !ok {
			t.Error("a walk that failed has changed memory")
		}
		w.breaks(nil)
		time.Sleep(31 * time.Second)
		if _, ok := one.Key(ninja); ok || len(one.Keys()) > 0 {
			t.Error("a deleted key is still known after a walk")
		}
	})
}

// TestWalkAndWrites holds a walk between its pages and writes meanwhile: what is written stays as written.
func TestWalkAndWrites(t *testing.T) {
	for _, page := range []int{1, 2, 3} {
		for _, when := range []string{"before the page", "after the page"} {
			t.Run(fmt.Sprint(when, page), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { walkAndWrites(t, page, when == "before the page") })
			})
		}
	}
}

func walkAndWrites(t *testing.T, page int, before bool) {
	b := newBed(t)
	b.fill(t, 60)
	s, w := b.open(t)
	ctx := t.Context()
	at := func(i int) catalog.KeyName {
		return catalog.KeyName{Vendor: "ninjaone", Label: fmt.Sprintf("c%05d", i)}
	}
	old, _, err := s.MintLink(ctx, link(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	held, free := hold(w, page, before)
	walked := make(chan error)
	go func() { walked <- s.Refresh(ctx) }()
	<-held
	w.breaks(nil)
	for _, i := range []int{0, 24, 25, 30, 49, 50, 59} {
		if _, err := s.Rotate(ctx, at(i), change("new")); err != nil {
			t.Fatal(err)
		}
	}
	for _, label := range []string{"a-first", "c00030-middle", "z-last"} {
		name := catalog.KeyName{Vendor: "ninjaone", Label: label}
		if _, err := s.Create(ctx, newKey(name, "made"), good()); err != nil {
			t.Fatal(err)
		}
	}
	_, minted, err := s.MintLink(ctx, link(time.Hour))
	_, err2 := s.ClaimLink(ctx, old)
	err3 := s.SaveChat(ctx, vault.Chat{Person: tech.ID, Conversation: "a:1"})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	want := names(s.Keys())
	free()
	if err := <-walked; err != nil {
		t.Fatal(err)
	}
	if got := names(s.Keys()); !slices.Equal(got, want) || len(got) != 63 {
		t.Errorf("the walk changed what was written after it began:\n%v\n%v", got, want)
	}
	if l := s.Links(); len(l) != 1 || l[0] != minted {
		t.Errorf("open links: %+v", l)
	}
	if _, ok := s.Chat(tech.ID); !ok {
		t.Error("the chat is forgotten")
	}
	if err := s.Refresh(ctx); err != nil || !slices.Equal(names(s.Keys()), want) || len(s.Links()) != 1 {
		t.Error("the next walk sees something else", err)
	}
}

// hold stops the n-th list request before it reaches the vault or before its answer leaves.
func hold(w *wire, page int, before bool) (held chan struct{}, free func()) {
	held, gate := make(chan struct{}), make(chan struct{})
	w.breaks(func(n int, _ *http.Request) trouble {
		if n != page {
			return nil
		}
		return func(w *wire, r *http.Request) (*http.Response, error) {
			if before {
				close(held)
				<-gate
				return w.vault.Do(r)
			}
			resp, err := w.vault.Do(r)
			close(held)
			<-gate
			return resp, err
		}
	})
	return held, func() { close(gate) }
}

// TestReadAndWrites: a read that is slow does not put back what a rotation has changed meanwhile.
func TestReadAndWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newStage(t)
		held, free := hold(g.w, 1, false)
		done := make(chan error)
		go func() {
			k, _, err := g.s.ReadKey(t.Context(), ninja)
			if k.Op != "op-0" {
				err = errors.Join(err, errors.New("read something else"))
			}
			done <- err
		}()
		<-held
		g.w.breaks(nil)
		if _, err := g.s.Rotate(t.Context(), ninja, change("new")); err != nil {
			t.Fatal(err)
		}
		free()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if k, _ := g.s.Key(ninja); k.Op != "new" {
			t.Errorf("memory has %q", k.Op)
		}
	})
}

// TestReadsTeachMemory: a read shows what another process did, before any walk.
func TestReadsTeachMemory(t *testing.T) {
	b := newBed(t)
	one, _ := b.open(t)
	two, _ := b.open(t)
	if _, err := two.Create(t.Context(), newKey(ninja, "op-0"), good()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := one.ReadKey(t.Context(), ninja); err != nil || len(one.Keys()) != 1 {
		t.Error("a key that was read is not listed", err)
	}
	b.delete(t, "ninjaone")
	if _, _, err := one.ReadKey(t.Context(), ninja); !errors.Is(err, vault.ErrNotFound) || len(one.Keys()) != 0 {
		t.Error("a key that has gone is listed", err)
	}
}

// TestKeysIsACopyOnWrite: who has the list keeps it as it was.
func TestKeysIsACopyOnWrite(t *testing.T) {
	b := newBed(t)
	b.fill(t, 3)
	s, _ := b.open(t)
	had := s.Keys()
	before := names(had)
	if _, err := s.Create(t.Context(), newKey(ninja, "op"), good()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotate(t.Context(), had[1].Name, change("new")); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names(had), before) {
		t.Error("a list that was given out has changed")
	}
	now := s.Keys()
	if len(now) != 4 || now[2].Op != "new" || &now[0] != &s.Keys()[0] {
		t.Errorf("now %v", names(now))
	}
}

// TestFiveThousand: walks, lists and finds them all.
func TestFiveThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("sets 5,000 secrets")
	}
	b := newBed(t)
	b.fill(t, 5000)
	s, w := b.open(t)
	keys := s.Keys()
	if len(keys) != 5000 || keys[0].Name.Label != "c00000" || keys[4999].Name.Label != "c04999" {
		t.Fatalf("%d keys", len(keys))
	}
	if err := s.Refresh(t.Context()); err != nil || len(w.requests()) < 200 {
		t.Errorf("%d pages, %v", len(w.requests()), err)
	}
	if _, err := s.Rotate(t.Context(), keys[2500].Name, change("new")); err != nil {
		t.Fatal(err)
	}
	if got := s.Keys()[2500]; got.Op != "new" || len(s.Keys()) != 5000 {
		t.Errorf("after a rotation: %+v", got)
	}
}
