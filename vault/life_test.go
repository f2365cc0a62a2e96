package vault_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"keydesk/vault"
)

// TestLinkMachine lives through links in two processes, with answers lost and time passing.
func TestLinkMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubble{t}, func(rt *rapid.T) {
			b := newBed(t)
			defer b.Close()
			m := &linkMachine{t: t, links: map[string]*linkModel{}}
			m.stores[0], m.wires[0] = b.open(t)
			m.stores[1], m.wires[1] = b.open(t)
			rt.Repeat(rapid.StateMachineActions(m))
		})
	})
}

// bubble is a test whose deadline, which is no time of the bubble's, nobody can ask for.
type bubble struct{ *testing.T }

type linkModel struct {
	vault.Link
	alive bool    // in the vault
	burnt [2]bool // for these stores, by an unclear claim
	wins  int
}

type linkMachine struct {
	t      *testing.T
	stores [2]*vault.Store
	wires  [2]*wire
	links  map[string]*linkModel
	order  []string
}

func (m *linkMachine) pick(rt *rapid.T) (int, string, *linkModel) {
	if len(m.order) == 0 {
		rt.Skip("no link yet")
	}
	token := rapid.SampledFrom(m.order).Draw(rt, "link")
	return rapid.IntRange(0, 1).Draw(rt, "store"), token, m.links[token]
}

func (m *linkMachine) Mint(rt *rapid.T) {
	s := rapid.IntRange(0, 1).Draw(rt, "store")
	l := link(time.Duration(rapid.IntRange(1, 15).Draw(rt, "minutes")) * time.Minute)
	token, l, err := m.stores[s].MintLink(m.t.Context(), l)
	if err != nil {
		rt.Fatal(err)
	}
	m.links[token] = &linkModel{Link: l, alive: true}
	m.order = append(m.order, token)
}

func (m *linkMachine) Find(rt *rapid.T) {
	s, token, l := m.pick(rt)
	found, err := m.stores[s].FindLink(m.t.Context(), token)
	if open := l.alive && !l.burnt[s] && time.Now().Before(l.Until); open != (err == nil) || open && found != l.Link ||
		!open && !errors.Is(err, vault.ErrGone) {
		rt.Fatalf("found %+v, %v; the model has %+v", found, err, l)
	}
}

func (m *linkMachine) Claim(rt *rapid.T) {
	s, token, l := m.pick(rt)
	how := rapid.SampledFrom([]string{
		"", "", "", "503", "cut before", "cut after the effect", "cut in the body",
	}).Draw(rt, "fault")
	m.wires[s].breaks(func(int, *http.Request) trouble { return faults[how] })
	got, err := m.stores[s].ClaimLink(m.t.Context(), token)
	m.wires[s].breaks(nil)
	was, burnt := l.alive, l.burnt[s]
	l.burnt[s] = burnt || errors.Is(err, vault.ErrUnclear)
	reached := how == "" || strings.Contains(how, "after") || strings.Contains(how, "body")
	l.alive = l.alive && !reached
	switch {
	case burnt:
		if !errors.Is(err, vault.ErrGone) {
			rt.Fatalf("a burnt link: %v", err)
		}
	case err == nil:
		l.wins++
		if how != "" || !was || !time.Now().Before(l.Until) || got != l.Link {
			rt.Fatalf("claimed %+v through %q; the model has %+v", got, how, l)
		}
	case how != "" && !errors.Is(err, vault.ErrUnclear) && was:
		rt.Fatalf("through %q: %v", how, err)
	case errors.Is(err, vault.ErrUnclear) && got.ID != l.ID:
		rt.Fatalf("through %q nobody can take the link back: %+v", how, got)
	case how == "" && (!errors.Is(err, vault.ErrGone) || was && time.Now().Before(l.Until)):
		rt.Fatalf("%v; the model has %+v", err, l)
	}
}

func (m *linkMachine) Withdraw(rt *rapid.T) {
	s, _, l := m.pick(rt)
	got, err := m.stores[s].WithdrawLink(m.t.Context(), l.ID)
	if l.alive != (err == nil) || l.alive && got != l.Link || !l.alive && !errors.Is(err, vault.ErrGone) {
		rt.Fatalf("withdrew %+v, %v; the model has %+v", got, err, l)
	}
	if l.alive {
		l.wins++
	}
	l.alive = false
}

func (m *linkMachine) Pass(rt *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 120).Draw(rt, "seconds")) * time.Second)
}

// Walk: after it, exactly what is open in the vault is listed, of this run's links.
func (m *linkMachine) Walk(rt *rapid.T) {
	s := m.stores[rapid.IntRange(0, 1).Draw(rt, "store")]
	if err := s.Refresh(m.t.Context()); err != nil {
		rt.Fatal(err)
	}
	listed := map[string]bool{}
	for _, l := range s.Links() {
		listed[l.ID] = true
	}
	for _, l := range m.links {
		if open := l.alive && time.Now().Before(l.Until); open != listed[l.ID] {
			rt.Fatalf("listed %v; the model has %+v", listed[l.ID], l)
		}
	}
}

// Check: nobody wins twice; no store lists what it has itself seen go.
func (m *linkMachine) Check(rt *rapid.T) {
	for _, l := range m.links {
		if l.wins > 1 {
			rt.Fatalf("won %d times: %+v", l.wins, l)
		}
	}
}
