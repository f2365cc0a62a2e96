package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/catalog"
	"keydesk/vault"
)

var meraki = catalog.KeyName{Vendor: "meraki"}

// aPass is a pass of the NOC analyst, who has no access to Meraki keys, named by a letter.
func aPass(letter string, ttl time.Duration) vault.Pass {
	return vault.Pass{ID: strings.Repeat(letter, 26), Key: meraki, Op: strings.Repeat(strings.ToUpper(letter), 26),
		Holder: catalog.Person{ID: noc, Name: names[noc]}, By: catalog.Person{ID: admin, Name: names[admin]},
		From: time.Now(), Until: time.Now().Add(ttl)}
}

// approved stores a pass, as an approval does.
func (s *stage) approved(p vault.Pass) vault.Pass {
	s.t.Helper()
	if err := s.a.Vault.SavePass(s.t.Context(), p); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// once makes it a pass for one look.
func once(p vault.Pass) vault.Pass { p.Once = true; return p }

// withPass stores a key and a pass for it; then the NOC analyst acts.
func (s *stage) withPass(p vault.Pass) {
	s.t.Helper()
	s.have()
	s.approved(p)
	s.who = noc
}

// fixed answers for some people itself.
type fixed struct {
	desk.Directory
	mu    sync.Mutex
	roles map[string]catalog.Roles
}

func (f *fixed) set(person string, roles catalog.Roles) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.roles[person] = roles
}

func (f *fixed) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := f.roles[id]; ok {
		return r, nil
	}
	return f.Directory.Roles(ctx, id)
}

func (f *fixed) FreshRoles(ctx context.Context, id string) (catalog.Roles, error) {
	return f.Roles(ctx, id)
}

// groups lets a test move people between groups.
func (s *stage) groups() *fixed {
	f := &fixed{Directory: s.roles.Directory, roles: map[string]catalog.Roles{}}
	s.roles.Directory = f
	return f
}

// onStage plays a story.
func onStage(t *testing.T, play func(*testing.T, *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		play(t, s)
		s.quiet()
	})
}

func (s *stage) hears(what, got string, all ...string) {
	s.t.Helper()
	for _, want := range all {
		if !strings.Contains(got, want) {
			s.t.Errorf("%s misses %q: %s", what, want, brief(got))
		}
	}
}

// notes are what the log says of an action that ended so.
func (s *stage) notes(action string, o audit.Outcome) (all []string) {
	for _, e := range s.a.Log.Recent(1000, nil) {
		if e.Action == action && e.Outcome == o {
			all = append(all, e.Note)
		}
	}
	return all
}

// reveals gets the key and opens its link.
func (s *stage) reveals() string {
	s.t.Helper()
	s.say("get meraki")
	s.link("Reveal")
	return openLink(s)
}

// isThere says whether a pass still lies in the vault.
func (s *stage) isThere(p vault.Pass) bool {
	s.t.Helper()
	_, err := s.a.Vault.ReadPass(s.t.Context(), p.ID)
	if err != nil && !errors.Is(err, vault.ErrGone) {
		s.t.Fatal(err)
	}
	return err == nil
}

// TestPass: a technician without access reveals a key for as long as the pass lasts.
func TestPass(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.have()
		s.who = noc
		s.hears("without a pass", s.ask("get meraki"), "Ask for meraki")
		s.approved(aPass("a", 8*time.Hour))
		s.say("get meraki ticket 4711")
		s.hears("the offer", said(s.card), "Pass from", "Pass until", "Approved by", "Admin", "ticket 4711")
		s.link("Reveal")
		if got := openLink(s); got != "the value" {
			t.Fatal(got)
		}
		if got := s.notes("retrieve", audit.OK); !slices.Equal(got, []string{"by a pass, approved by Admin"}) {
			t.Errorf("the log says %q", got)
		}
		s.later(7 * time.Hour)
		if got := s.reveals(); got != "the value" {
			t.Error("hours later:", got)
		}
		s.hears("whoami", s.ask("whoami"), "meraki until")
		// A pass opens the value only.
		s.hears("another key command", s.ask("key meraki"), "You don't have access")
		// Pressed before its end, opened after it.
		s.later(55 * time.Minute)
		s.say("get meraki")
		s.link("Reveal")
		s.later(6 * time.Minute)
		s.hears("the claim", openLink(s), "Your pass for meraki ended 20", "nothing was shown", "Ask for the key again")
		s.hears("get after the end", s.ask("get meraki"), "Ask for meraki", "Your pass for it ended 20")
		if s.given != 2 || len(s.notes("retrieve", audit.Denied)) != 1 {
			t.Errorf("given %d times, %q", s.given, s.notes("retrieve", audit.Denied))
		}
	})
}

// TestPassIsNotNeeded: who has access by a role uses no pass.
func TestPassIsNotNeeded(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		groups := s.groups()
		s.withPass(once(aPass("a", time.Hour)))
		p := aPass("a", 0)
		s.say("get meraki")
		s.link("Reveal")
		groups.set(noc, catalog.RolesOf(catalog.L2)) // between the press and the claim
		if got := openLink(s); got != "the value" || !s.isThere(p) {
			t.Error(got, "or the pass was used")
		}
		if strings.Contains(s.ask("get meraki"), "Pass until") {
			t.Error("a pass is offered to somebody with access")
		}
		if got := s.notes("retrieve", audit.OK); !slices.Equal(got, []string{""}) {
			t.Errorf("the log says %q", got)
		}
		groups.set(noc, catalog.RolesOf(catalog.NOC))
		if got := s.reveals(); got != "the value" || s.isThere(p) {
			t.Error("later by the pass:", got)
		}
	})
}

// TestOncePass: used up by the claim, not by the press; two links of it give the value once.
func TestOncePass(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.withPass(once(aPass("a", 24*time.Hour)))
		s.say("get meraki")
		s.hears("the offer", said(s.card), "for one look")
		s.link("Reveal")
		s.say("get meraki") // another card, another operation: both links are open
		s.link("Reveal")
		if !s.isThere(aPass("a", 0)) {
			t.Error("used up at the press")
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		var got []string
		for _, token := range s.tokens {
			all.Go(func() {
				_, err := s.a.Desk.Claim(t.Context(), token, nil)
				text := "the value"
				if err != nil {
					text = desk.Sentence(err)
				}
				mu.Lock()
				defer mu.Unlock()
				got = append(got, text)
			})
		}
		all.Wait()
		slices.Sort(got)
		if len(got) != 2 || got[1] != "the value" ||
			!strings.Contains(got[0], "was for one look and is used up, so nothing was shown") {
			t.Errorf("two claims say %q", got)
		}
		s.hears("get after that", s.ask("get meraki"), "Ask for meraki")
		if len(s.notes("retrieve", audit.OK)) != 1 || len(s.notes("retrieve", audit.Denied)) != 1 {
			t.Error("the log has", s.a.Log.Recent(10, nil))
		}
	})
}

// TestPassOfNobody: who has lost every role gets nothing, and the pass ends with it.
func TestPassOfNobody(t *testing.T) {
	for _, p := range []func(vault.Pass) vault.Pass{once, func(p vault.Pass) vault.Pass { return p }} {
		onStage(t, func(t *testing.T, s *stage) {
			groups := s.groups()
			pass := p(aPass("a", time.Hour))
			s.withPass(pass)
			s.say("get meraki")
			s.link("Reveal")
			groups.set(noc, 0)
			s.hears("the claim", openLink(s), "You have no access")
			s.later(time.Second)
			notes := s.notes("end", audit.OK)
			if s.isThere(pass) || !slices.Equal(notes, []string{"the holder has no role in Keydesk any more"}) {
				t.Errorf("the pass is there: %v, %q", s.isThere(pass), notes)
			}
			s.hears("the holder", strings.Join(s.posts(), ""), "Your pass for meraki has ended")
			s.hears("get", s.ask("get meraki"), "You have no role")
		})
	}
}

// TestPassesAreTended: a pass of somebody without a role ends by itself; no answer ends nothing.
func TestPassesAreTended(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		groups := s.groups()
		pass := aPass("a", time.Hour)
		s.withPass(pass)
		s.roles.set(1, 1e6, harm{hangs: true})
		s.tended()
		s.roles.set(1, 1e6, harm{status: 503})
		s.tended()
		s.roles.set(0, 0, harm{})
		s.tended()
		if !s.isThere(pass) {
			t.Fatal("ended without an answer that there is no role")
		}
		groups.set(noc, 0)
		s.tended()
		s.tended()
		s.hears("the holder", strings.Join(s.posts(), ""), "Your pass for meraki has ended", "You have no role")
		if s.isThere(pass) || len(s.notes("end", audit.OK)) != 1 || len(s.notes("end", audit.Intent)) != 1 {
			t.Error("the log has", s.a.Log.Recent(10, nil))
		}
	})
}

// TestPassesOfManyAreTended: a directory that hangs holds a round up once, not once a holder.
func TestPassesOfManyAreTended(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.have()
		for _, letter := range []string{"a", "b", "c", "d", "e", "f"} {
			pass := aPass(letter, time.Hour)
			pass.Holder.ID = strings.Replace(noc, "0", letter, 1)
			s.approved(pass)
		}
		s.roles.set(1, 1e6, harm{hangs: true})
		began := time.Now()
		s.a.Desk.Tend(t.Context(), began)
		s.roles.set(0, 0, harm{})
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("a round took %s", took)
		}
	})
}

// TestPassWithoutAKey: a pass for a key that was deleted gives nothing, and is not used up.
func TestPassWithoutAKey(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		pass := once(aPass("a", time.Hour))
		s.withPass(pass)
		s.say("get meraki")
		s.link("Reveal")
		token := s.token()
		if _, err := s.client.DeleteSecret(t.Context(), "meraki", nil); err != nil { // by another process
			t.Fatal(err)
		}
		s.hears("the claim", openLink(s), "not in the vault any more", "nothing was shown")
		if err := s.a.Vault.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.hears("get", s.ask("get meraki"), "No key of Cisco Meraki Dashboard is stored")
		if _, err := s.a.Desk.Claim(t.Context(), token, nil); err == nil || !s.isThere(pass) {
			t.Error("the pass was used up in vain", err)
		}
		s.who = admin
		s.hears("the list", s.ask("passes"), "meraki", "NOC analyst", "for one look")
	})
}

// TestForgedPass: a link that names another person's pass, or one for another key, gives nothing and uses
// nothing up.
func TestForgedPass(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.have()
		others := map[string]vault.Pass{}
		for letter, spoil := range map[string]func(*vault.Pass){
			"a": func(p *vault.Pass) { p.Holder.ID = l1 },
			"b": func(p *vault.Pass) { p.Key.Label = "other" },
			"c": func(p *vault.Pass) { p.Holder.ID, p.Once = l1, true },
			"d": func(p *vault.Pass) { p.Key.Label, p.Once = "other", true },
		} {
			p := aPass(letter, time.Hour)
			spoil(&p)
			others[letter] = s.approved(p)
		}
		others["z"] = aPass("z", time.Hour) // is not there
		for letter, p := range others {
			for _, asOnce := range []bool{true, false} {
				token, _, err := s.a.Vault.MintLink(t.Context(), vault.Link{Key: meraki, Op: "op", Pass: p.ID,
					Holder: catalog.Person{ID: noc}, Once: asOnce, Until: time.Now().Add(time.Minute)})
				if err != nil {
					t.Fatal(err)
				}
				r, err := s.a.Desk.Claim(t.Context(), token, nil)
				if !errors.Is(err, desk.ErrDenied) || r.Parts != nil {
					t.Errorf("%s, once %v: %v", letter, asOnce, err)
				}
				if letter != "z" && !s.isThere(p) {
					t.Errorf("%s, once %v: the pass is gone", letter, asOnce)
				}
			}
		}
	})
}

// TestPassInTrouble: whatever is wrong where a claim looks at the pass or at the roles, nothing is shown and
// the reason is told; a pass that was not used is good for another try.
func TestPassInTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		once  bool
		kind  string // of the call that comes to harm; "" is the directory
		how   harm
		says  string
		stays bool
	}{
		"read 403":     {kind: "GET pass", how: harm{status: 403}, says: "could not read your pass", stays: true},
		"read 429":     {kind: "GET pass", how: harm{status: 429}, says: "could not read your pass", stays: true},
		"read cut":     {kind: "GET pass", how: harm{}, says: "could not read your pass", stays: true},
		"read 404":     {kind: "GET pass", how: harm{status: 404}, says: "has ended", stays: true},
		"use 403":      {once: true, kind: "DELETE pass", how: harm{status: 403}, says: "may be used up", stays: true},
		"use 429":      {once: true, kind: "DELETE pass", how: harm{status: 429}, says: "may be used up", stays: true},
		"use cut":      {once: true, kind: "DELETE pass", how: harm{}, says: "no clear answer", stays: true},
		"use, cut":     {once: true, kind: "DELETE pass", how: harm{effect: true}, says: "no clear answer"},
		"use 409":      {once: true, kind: "DELETE pass", how: harm{status: 409}, says: "is used up", stays: true},
		"log 403":      {once: true, kind: "PUT audit", how: harm{status: 403}, says: "The log can't be written"},
		"key 403":      {once: true, kind: "GET key", how: harm{status: 403}, says: "not read the key", stays: true},
		"no directory": {once: true, how: harm{status: 503}, says: "Your roles can't be read", stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				pass := aPass("a", time.Hour)
				pass.Once = c.once
				s.withPass(pass)
				s.say("get meraki")
				s.link("Reveal")
				if c.kind == "" {
					s.roles.set(1, 1e6, c.how)
				} else {
					s.vault.server = onlyAt(c.kind, c.how, s.vault.server)
				}
				got := openLink(s)
				s.roles.set(0, 0, harm{})
				s.vault.server = s.file.Do
				s.hears("the claim", got, c.says)
				if s.given > 0 || s.isThere(pass) != c.stays {
					t.Errorf("given %d times, the pass is there: %v (%s)", s.given, s.isThere(pass), got)
				}
				if err := s.a.Vault.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
				if s.say("get meraki"); c.stays != strings.Contains(said(s.card), "Reveal") {
					t.Errorf("afterwards: %s", brief(said(s.card)))
				}
			})
		})
	}
}

// TestEndOfPasses: an admin sees all passes and ends one; its links die with it, and its holder is told.
func TestEndOfPasses(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.withPass(aPass("a", time.Hour))
		other := aPass("b", 2*time.Hour)
		other.Holder = catalog.Person{ID: l1, Name: names[l1]}
		s.approved(other)
		s.say("passes")
		mine := said(s.card)
		s.hears("one's own", mine, "Your passes", "1 pass", "meraki", "approved by Admin", "Get")
		if strings.Contains(mine, "L1") || strings.Contains(mine, `"End"`) {
			t.Error("a technician sees", brief(mine))
		}
		s.hears("End without being an admin", said(s.turn(desk.Turn{Verb: "end",
			Data: map[string]string{"pass": other.ID}, Card: "2"})), "is for Admin")
		s.card = s.press("Get")
		s.link("Reveal")
		s.who = admin
		s.say("passes")
		s.hears("all", said(s.card), "2 passes", "NOC analyst", "L1 technician", "End")
		s.hears("the answer", said(s.turn(desk.Turn{Verb: "end",
			Data: map[string]string{"pass": aPass("a", 0).ID}, Card: "2"})), "✓ Ended", "NOC analyst")
		s.later(time.Second)
		s.hears("its holder", strings.Join(s.posts(), ""), "Your pass for meraki has ended", "Admin ended it",
			"Link withdrawn")
		s.hears("its link", openLink(s), "This link was used, was withdrawn")
		s.hears("a second End", said(s.turn(desk.Turn{Verb: "end",
			Data: map[string]string{"pass": aPass("a", 0).ID}, Card: "2"})), "Ended already")
		for _, id := range []string{"", "x", "../meraki", strings.Repeat("A", 26)} {
			s.hears("End of "+id, said(s.turn(desk.Turn{Verb: "end", Data: map[string]string{"pass": id}, Card: "2"})),
				"Ended already")
		}
		if got := s.notes("end", audit.OK); !slices.Equal(got, []string{"the pass of NOC analyst"}) {
			t.Errorf("the log says %q", got)
		}
		s.hears("the rest", s.ask("passes"), "1 pass", "L1 technician")
		s.who = noc
		s.hears("those of the other", s.ask("passes"), "Your passes", "none", "An admin approves it")
	})
}

// TestPassOfAnotherProcess: what one process ends does not work at another that has not heard of it.
func TestPassOfAnotherProcess(t *testing.T) {
	p := newPair(t)
	add(t, p.on[0], good)
	pass := aPass("a", time.Hour)
	pass.Key, pass.Holder = catalog.KeyName{Vendor: "itglue"}, catalog.Person{ID: noc, Name: names[noc]}
	c0, c1 := p.on[0], p.on[1]
	form := c0.say(admin, "add itglue")
	saved, fault := c0.press(admin, form, "Save to Vault", map[string]string{"part.api_key": firstKey,
		"interval": "90"})
	wants(t, "the key "+fault, saved, "Stored")
	if err := p.apps[0].Vault.SavePass(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	p.later(t)
	link, fault := c1.press(noc, c1.say(noc, "get itglue"), "Reveal", nil)
	if link.urls["Open"] == "" {
		t.Fatal("no link:", fault, link.json)
	}
	if err := p.apps[0].Vault.EndPass(t.Context(), pass.ID); err != nil {
		t.Fatal(err)
	}
	got := claim(t, link.urls["Open"], 403)
	if !strings.Contains(got, "Your pass for itglue has ended") {
		t.Error(got)
	}
	wants(t, "get", c1.say(noc, "get itglue"), "Ask for itglue")
}
