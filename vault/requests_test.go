package vault_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/catalog/request"
	"keydesk/vault"
)

const (
	requestType = "application/vnd.keydesk.request"
	stagedType  = "application/vnd.keydesk.staged"
)

// aRequest is a rotation that waits, with a staged value.
func aRequest(t testing.TB) vault.Request {
	t.Helper()
	r, err := request.New(request.Request{
		Op: rand.Text(), Kind: request.Rotate, Verb: "rotate", Key: "ninjaone", By: tech,
		Reason: "the vendor asked for it", Preview: "ninja_" + bullets + "new1",
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return vault.Request{Request: r, Parts: good()}
}

// aFile is a CSV that does not get smaller by much.
func aFile(size int) vault.File {
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, "ninjaone,c%d,%s\n", b.Len(), rand.Text())
	}
	return b.Bytes()[:size]
}

// same compares requests with what is staged.
func same(a, b vault.Request) bool {
	if !bytes.Equal(a.File, b.File) || len(a.Parts) != len(b.Parts) || !reflect.DeepEqual(a.Request, b.Request) {
		return false
	}
	for name, s := range a.Parts {
		if !s.Equal(b.Parts[name]) {
			return false
		}
	}
	return true
}

func mustSave(t testing.TB, s *vault.Store, r vault.Request) {
	t.Helper()
	if err := s.SaveRequest(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func TestRequestLife(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	r := aRequest(t)
	mustSave(t, s, r)
	if n := len(w.requests()); n != 2 {
		t.Errorf("saved with %v", w.requests())
	}
	sec := b.get(t, "keydesk-request-"+r.ID)
	got := tagsOf(sec)
	delete(got, "edited")
	want := map[string]string{"kind": "rotate", "key": "ninjaone", "by": tech.Encode(), "state": "waiting",
		"until": r.Until.Format("2006-01-02T15:04:05.999Z07:00"), "op": r.Op}
	if *sec.ContentType != requestType || !reflect.DeepEqual(got, want) {
		t.Errorf("stored as %q with %q", *sec.ContentType, got)
	}
	if back, err := s.ReadRequest(t.Context(), r.ID); err != nil || !same(back, r) {
		t.Errorf("read %+v, %v", back, err)
	}
	// Again, from what memory has: the staged value stays.
	r.Round, r.Posts = 1, []request.Post{{Person: admin.ID, ID: "1700000000000"}}
	mustSave(t, s, vault.Request{Request: r.Request})
	if back, err := s.ReadRequest(t.Context(), r.ID); err != nil || !same(back, r) {
		t.Errorf("saved again it is %+v, %v", back, err)
	}
	if all := s.Requests(); len(all) != 1 || !reflect.DeepEqual(all[0], r.Request) {
		t.Errorf("memory has %+v", all)
	}
	w.breaks(nil)
	err := s.DeleteRequest(t.Context(), r.ID)
	if n := len(w.requests()); err != nil || n != 1 || len(s.Requests()) > 0 {
		t.Errorf("deleted with %v, %v", w.requests(), err)
	}
	_, err = s.ReadRequest(t.Context(), r.ID)
	err2 := s.SaveRequest(t.Context(), r)
	err3 := s.DeleteRequest(t.Context(), r.ID)
	if !errors.Is(err, vault.ErrGone) || !errors.Is(err2, vault.ErrGone) || err3 != nil {
		t.Error("after its end:", err, err2, err3)
	}
	if err := s.Refresh(t.Context()); err != nil || len(s.Requests()) > 0 {
		t.Error("a walk brings it back", err)
	}
}

// TestDecisionStays: a decision that is kept with a request stays, also where an older copy is saved, and another
// process learns of it.
func TestDecisionStays(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	r := aRequest(t)
	mustSave(t, s, r)
	if _, ok := s.Decided(r.ID); ok {
		t.Error("decided before anybody has")
	}
	dec := request.Decision{End: request.Approved, By: admin, At: time.Now().UTC().Truncate(time.Millisecond)}
	decided := r
	decided.Decided = &dec
	mustSave(t, s, decided)
	mustSave(t, s, r)
	other, _ := b.open(t)
	for name, one := range map[string]*vault.Store{"the writer": s, "another process": other} {
		if got, ok := one.Decided(r.ID); !ok || !reflect.DeepEqual(got, dec) {
			t.Errorf("%s knows %+v", name, got)
		}
		back, err := one.ReadRequest(t.Context(), r.ID)
		if err != nil || back.Decided == nil || !reflect.DeepEqual(*back.Decided, dec) || !same(back, r) {
			t.Errorf("%s reads %+v, %v", name, back.Decided, err)
		}
	}
}

// TestRequestSizes: what is staged comes back the same, wherever it lies.
func TestRequestSizes(t *testing.T) {
	for _, c := range []struct{ size, pieces int }{
		{1, 0}, {10 << 10, 0}, {40 << 10, 2}, {1 << 20, 33}, {vault.MaxFile, 0},
	} {
		b := newBed(t)
		s, _ := b.open(t)
		r := aRequest(t)
		if r.Parts, r.File = nil, aFile(c.size); c.size == vault.MaxFile {
			r.File = make([]byte, c.size) // compresses to nothing
		}
		mustSave(t, s, r)
		all := b.all(t)
		if back, err := s.ReadRequest(t.Context(), r.ID); err != nil || !same(back, r) {
			t.Errorf("%d bytes: %v", c.size, err)
		}
		if n := len(all) - 1; n < c.pieces || n > 2*c.pieces {
			t.Errorf("%d bytes in %d pieces", c.size, n)
		}
		if err := s.DeleteRequest(t.Context(), r.ID); err != nil || len(b.all(t)) > 0 {
			t.Errorf("%d bytes: left %v, %v", c.size, b.all(t), err)
		}
	}
}

// TestRequestGrows: a value that no longer fits beside its request moves into pieces.
func TestRequestGrows(t *testing.T) {
	b := newBed(t)
	s, _ := b.open(t)
	r := aRequest(t)
	r.Parts = parts("client_id", idValue, "client_secret", string(aFile(14<<10)))
	mustSave(t, s, r)
	if n := len(b.all(t)); n != 1 {
		t.Fatalf("%d secrets", n)
	}
	for i := range 80 {
		r.Posts = append(r.Posts, request.Post{Person: admin.ID, ID: fmt.Sprint(i),
			Conversation: strings.Repeat("a", 100)})
	}
	mustSave(t, s, vault.Request{Request: r.Request})
	back, err := s.ReadRequest(t.Context(), r.ID)
	if n := len(b.all(t)); err != nil || !same(back, r) || n != 2 {
		t.Errorf("%d secrets, %v", n, err)
	}
	r.Line = strings.Repeat("x", 20<<10)
	if err := s.SaveRequest(t.Context(), r); !errors.Is(err, vault.ErrTooBig) {
		t.Error("a request of 20 KB:", err)
	}
}

func TestRequestRefused(t *testing.T) {
	b := newBed(t)
	s, w := b.open(t)
	ctx := t.Context()
	for _, id := range []string{"", "x", strings.Repeat("A", 26), strings.Repeat("a", 25), strings.Repeat("1", 26),
		strings.Repeat("a", 26) + "-1", "../ninjaone", strings.Repeat("a", 26) + "\n"} {
		r := aRequest(t)
		r.ID = id
		_, err := s.ReadRequest(ctx, id)
		if !errors.Is(err, vault.ErrBadValue) || !errors.Is(s.SaveRequest(ctx, r), vault.ErrBadValue) ||
			!errors.Is(s.DeleteRequest(ctx, id), vault.ErrBadValue) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if n := len(w.requests()); n > 0 {
		t.Error("asked the vault about ids that are none:", w.requests())
	}
	both, big, text := aRequest(t), aRequest(t), aRequest(t)
	both.File = vault.File("x")
	big.Parts, big.File = nil, make([]byte, vault.MaxFile+1)
	text.Parts = parts("client_secret", "\xff")
	for name, c := range map[string]struct {
		r    vault.Request
		want error
	}{"parts and a file": {both, vault.ErrBadValue}, "too big": {big, vault.ErrTooBig},
		"no text": {text, vault.ErrBadValue}} {
		if err := s.SaveRequest(ctx, c.r); !errors.Is(err, c.want) || len(b.all(t)) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := aRequest(t)
	b.set(t, "keydesk-request-"+r.ID, "somebody else's", "text/plain", nil)
	_, err := s.ReadRequest(ctx, r.ID)
	if !errors.Is(err, vault.ErrForeign) || !errors.Is(s.SaveRequest(ctx, r), vault.ErrForeign) {
		t.Error("another application's:", err)
	}
	for name, value := range map[string]string{"no JSON": newSec, "empty": "{}",
		"another's": `{"request":{"id":"` + strings.Repeat("b", 26) + `","until":"2030-01-01T00:00:00Z"}}`} {
		b.set(t, "keydesk-request-"+r.ID, value, requestType, nil)
		if _, err := s.ReadRequest(ctx, r.ID); !errors.Is(err, vault.ErrBadValue) ||
			strings.Contains(err.Error(), newSec) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRequestInPieces: a value of which a piece is missing or another's is not given out.
func TestRequestInPieces(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(b *bed, id string)
		want error
	}{
		"deleted":  {func(b *bed, id string) { b.delete(t, "keydesk-request-"+id+"-2") }, vault.ErrBadValue},
		"switched": {func(b *bed, id string) { b.disable(t, "keydesk-request-"+id+"-1") }, vault.ErrDisabled},
		"changed": {func(b *bed, id string) {
			b.set(t, "keydesk-request-"+id+"-1", "x", stagedType, nil)
		}, vault.ErrBadValue},
		"foreign": {func(b *bed, id string) {
			b.set(t, "keydesk-request-"+id+"-1", "x", "", nil)
		}, vault.ErrForeign},
		"exchanged": {exchange(t), vault.ErrBadValue},
		"another's": {another(t), vault.ErrBadValue},
	} {
		b := newBed(t)
		s, _ := b.open(t)
		r := aRequest(t)
		r.Parts, r.File = nil, aFile(40<<10)
		mustSave(t, s, r)
		c.harm(b, r.ID)
		if back, err := s.ReadRequest(t.Context(), r.ID); !errors.Is(err, c.want) || back.File != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// another puts another request's pieces in the place of these: whole, but not what was staged.
func another(t *testing.T) func(*bed, string) {
	return func(b *bed, id string) {
		s, _ := b.open(t)
		r := aRequest(t)
		r.Parts, r.File = nil, aFile(40<<10)
		mustSave(t, s, r)
		for _, n := range []string{"-1", "-2"} {
			b.set(t, "keydesk-request-"+id+n, *b.get(t, "keydesk-request-"+r.ID+n).Value, stagedType, nil)
		}
	}
}

func exchange(t *testing.T) func(*bed, string) {
	return func(b *bed, id string) {
		one, two := b.get(t, "keydesk-request-"+id+"-1"), b.get(t, "keydesk-request-"+id+"-2")
		b.set(t, "keydesk-request-"+id+"-1", *two.Value, stagedType, nil)
		b.set(t, "keydesk-request-"+id+"-2", *one.Value, stagedType, nil)
	}
}

// TestPiecesComeFirst: whatever goes wrong while a big request is written, it is there whole or not at all,
// and the next try completes it.
func TestPiecesComeFirst(t *testing.T) {
	for at := 2; at <= 4; at++ { // 1 get, then the pieces, then the request
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t)
			s, w := b.open(t)
			r := aRequest(t)
			r.Parts, r.File = nil, aFile(40<<10)
			w.breaks(func(n int, _ *http.Request) trouble {
				if n == at {
					return status(http.StatusForbidden, "ForbiddenByRbac")
				}
				return nil
			})
			err := s.SaveRequest(t.Context(), r)
			w.breaks(nil)
			if _, read := s.ReadRequest(t.Context(), r.ID); !errors.Is(err, vault.ErrForbidden) ||
				!errors.Is(read, vault.ErrGone) || len(s.Requests()) > 0 {
				t.Errorf("call %d: %v, %v", at, err, read)
			}
			mustSave(t, s, r)
			if back, err := s.ReadRequest(t.Context(), r.ID); err != nil || !same(back, r) {
				t.Error(at, err)
			}
		})
	}
}

// TestRequestLags: a vault that does not show our own write yet must not cost the staged value.
func TestRequestLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		s, w := b.open(t)
		r := aRequest(t)
		mustSave(t, s, r)
		w.breaks(func(n int, _ *http.Request) trouble {
			if n <= 2 {
				return status(http.StatusNotFound, "")
			}
			return nil
		})
		r.Round = 1
		mustSave(t, s, vault.Request{Request: r.Request})
		if back, err := s.ReadRequest(t.Context(), r.ID); err != nil || !same(back, r) {
			t.Errorf("%v, %d parts", err, len(back.Parts))
		}
	})
}

// TestRequestsOfOthers: a walk learns what another process does, and reads only what is new.
func TestRequestsOfOthers(t *testing.T) {
	b := newBed(t)
	one, _ := b.open(t)
	two, w := b.open(t)
	ctx := t.Context()
	a, c := aRequest(t), aRequest(t)
	c.Made = a.Made.Add(time.Second)
	mustSave(t, one, a)
	mustSave(t, one, c)
	if err := two.Refresh(ctx); err != nil || len(two.Requests()) != 2 || two.Requests()[0].ID != a.ID {
		t.Fatal("not learnt:", err)
	}
	if w.count("GET") != 3 {
		t.Errorf("read with %v", w.requests())
	}
	w.breaks(nil)
	if err := two.Refresh(ctx); err != nil || len(w.requests()) != 1 {
		t.Errorf("read again: %v, %v", w.requests(), err)
	}
	a.Round = 1
	mustSave(t, one, vault.Request{Request: a.Request})
	err := errors.Join(one.DeleteRequest(ctx, c.ID), two.Refresh(ctx))
	if all := two.Requests(); err != nil || len(all) != 1 || all[0].Round != 1 {
		t.Errorf("after changes %+v, %v", all, err)
	}
	mustSave(t, two, a)
	if err := one.SaveRequest(ctx, c); !errors.Is(err, vault.ErrGone) {
		t.Error("saved after it was deleted:", err)
	}
	if err := two.SaveRequest(ctx, vault.Request{Request: c.Request}); !errors.Is(err, vault.ErrGone) {
		t.Error("saved after another process deleted it:", err)
	}
}

// TestUnreadableRequest is left out, and the log hears of it once.
func TestUnreadableRequest(t *testing.T) {
	b := newBed(t)
	cfg, _ := b.config()
	log, out := logs()
	cfg.Logger = log
	bad, fine := aRequest(t), aRequest(t)
	b.set(t, "keydesk-request-"+bad.ID, newSec, requestType, nil)
	s, err := vault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	mustSave(t, s, fine)
	for range 3 {
		if err := s.Refresh(t.Context()); err != nil || len(s.Requests()) != 1 {
			t.Error(len(s.Requests()), err)
		}
	}
	if n := strings.Count(out.String(), "a request can't be read"); n != 1 || strings.Contains(out.String(), newSec) {
		t.Errorf("logged %d times: %s", n, out)
	}
}

// TestRequestsAndAWalk: what is saved and deleted while a walk reads stays so.
func TestRequestsAndAWalk(t *testing.T) {
	for _, before := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t)
			s, w := b.open(t)
			a, c, d := aRequest(t), aRequest(t), aRequest(t)
			mustSave(t, s, a)
			mustSave(t, s, c)
			held, free := hold(w, 1, before)
			var g sync.WaitGroup
			g.Go(func() {
				if err := s.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			})
			<-held
			w.breaks(nil)
			a.Round = 3
			mustSave(t, s, a)
			mustSave(t, s, d)
			if err := s.DeleteRequest(t.Context(), c.ID); err != nil {
				t.Error(err)
			}
			free()
			g.Wait()
			all := map[string]int{}
			for _, r := range s.Requests() {
				all[r.ID] = r.Round
			}
			if want := map[string]int{a.ID: 3, d.ID: 0}; !reflect.DeepEqual(all, want) {
				t.Errorf("%v, want %v", all, want)
			}
		})
	}
}

// TestNothingStagedShows: neither the value nor its stored form stands anywhere but in the request's own
// value.
func TestNothingStagedShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		cfg, w := b.config()
		log, out := logs()
		cfg.Logger = log
		s, err := vault.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		r, file := aRequest(t), aRequest(t)
		file.Parts, file.File = nil, aFile(40<<10)
		mustSave(t, s, r)
		mustSave(t, s, file)
		var stored struct{ Staged struct{ Text string } }
		if err := json.Unmarshal([]byte(*b.get(t, "keydesk-request-"+r.ID).Value), &stored); err != nil {
			t.Fatal(err)
		}
		if len(stored.Staged.Text) < 40 {
			t.Fatal("nothing staged beside the request")
		}
		secrets := []string{newSec, idValue, stored.Staged.Text, string(file.File[:200]),
			fmt.Sprint([]byte(file.File[:9])), (*b.get(t, "keydesk-request-"+file.ID+"-1").Value)[:100]}
		var shown []string
		for _, v := range []any{r, &r, file, file.File, file.Parts} {
			j, _ := json.Marshal(v)
			slog.New(slog.NewJSONHandler(out, nil)).Info("x", "v", v)
			shown = append(shown, fmt.Sprintf("%v %+v %#v %s %x %d", v, v, v, v, v, v), string(j))
		}
		for name, f := range faults {
			w.breaks(func(int, *http.Request) trouble { return f })
			_, err := s.ReadRequest(t.Context(), r.ID)
			_, err2 := s.ReadRequest(t.Context(), file.ID)
			for _, err := range []error{err, err2, s.SaveRequest(t.Context(), r), s.SaveRequest(t.Context(), file)} {
				if name != "cut after the effect" && err == nil {
					t.Errorf("%s: no error", name)
				}
				shown = append(shown, fmt.Sprintf("%v %+v %#v", err, err, err))
			}
		}
		time.Sleep(time.Minute) // what is late arrives
		w.breaks(nil)
		for _, name := range b.all(t) {
			shown = append(shown, fmt.Sprint(tagsOf(b.get(t, name))))
		}
		for _, text := range append(shown, out.String()) {
			for i, no := range secrets {
				if strings.Contains(text, no) {
					t.Errorf("secret %d shows in %.300s", i, text)
				}
			}
		}
	})
}
