package vault_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"keydesk/vault"
)

// TestTicketMachine lives through tickets in three processes, with answers lost, time passing and sweeps: each
// ticket is claimed at most once, and an unclear claim is nobody's.
func TestTicketMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubble{t}, func(rt *rapid.T) {
			b := newBed(t)
			defer b.Close()
			m := &ticketMachine{t: t, tickets: map[string]*ticketModel{}}
			for i := range m.stores {
				m.stores[i], m.wires[i] = b.open(t)
			}
			rt.Repeat(rapid.StateMachineActions(m))
		})
	})
}

// ticketModel is what the vault has of a name.
type ticketModel struct {
	lies  bool // laid out and not taken
	gone  bool // deleted; purged is neither
	until time.Time
	wins  int
}

type ticketMachine struct {
	t       *testing.T
	stores  [3]*vault.Store
	wires   [3]*wire
	tickets map[string]*ticketModel
}

// ticketFaults are what happens to a call; several times none.
var ticketFaults = []string{"", "", "", "503", "cut before", "cut after the effect", "cut in the body"}

// with does something through a store, whose first call with the method comes to harm.
func (m *ticketMachine) with(rt *rapid.T, method string, do func(s *vault.Store) error) (how string, err error) {
	i := rapid.IntRange(0, len(m.stores)-1).Draw(rt, "store")
	how = rapid.SampledFrom(ticketFaults).Draw(rt, "fault")
	hit := false
	m.wires[i].breaks(func(_ int, r *http.Request) trouble {
		if hit || r.Method != method {
			return nil
		}
		hit = true
		return faults[how]
	})
	err = do(m.stores[i])
	m.wires[i].breaks(nil)
	return how, err
}

func (m *ticketMachine) pick(rt *rapid.T) (string, *ticketModel) {
	what := fmt.Sprintf("job-%d", rapid.IntRange(0, 2).Draw(rt, "ticket"))
	if m.tickets[what] == nil {
		m.tickets[what] = &ticketModel{}
	}
	return what, m.tickets[what]
}

func reached(how string) bool {
	return how == "" || strings.Contains(how, "after") || strings.Contains(how, "body")
}

func (m *ticketMachine) Put(rt *rapid.T) {
	what, k := m.pick(rt)
	if k.wins > 0 && !k.gone {
		rt.Skip("a name that was purged is never used twice")
	}
	until := time.Now().Add(time.Duration(rapid.IntRange(1, 15).Draw(rt, "minutes")) * time.Minute)
	how, err := m.with(rt, http.MethodPut, func(s *vault.Store) error {
		return s.PutTicket(m.t.Context(), what, until)
	})
	switch {
	case err == nil && k.gone:
		rt.Fatalf("%s was laid out again after it was taken", what)
	case err == nil:
		k.lies, k.until = true, until
	case k.gone && !errors.Is(err, vault.ErrGone) && how == "":
		rt.Fatalf("%s is taken, but laying it out says %v", what, err)
	case !k.gone && how == "":
		rt.Fatalf("laying out %s: %v", what, err)
	case !k.gone && reached(how):
		k.lies, k.until = true, until
	}
}

func (m *ticketMachine) Claim(rt *rapid.T) {
	what, k := m.pick(rt)
	how, err := m.with(rt, http.MethodDelete, func(s *vault.Store) error {
		return s.ClaimTicket(m.t.Context(), what)
	})
	open := k.lies && time.Now().Before(k.until)
	switch {
	case err == nil && (!open || how != ""):
		rt.Fatalf("claimed %s through %q; the model has %+v", what, how, k)
	case err == nil:
		k.wins++
	case open && how == "":
		rt.Fatalf("claiming %s: %v", what, err)
	case how != "" && k.lies && !errors.Is(err, vault.ErrUnclear):
		rt.Fatalf("claiming %s through %q: %v", what, how, err)
	}
	if k.lies && reached(how) {
		k.lies, k.gone = false, true
	}
}

// Race: all processes claim at once, and at most one has it.
func (m *ticketMachine) Race(rt *rapid.T) {
	what, k := m.pick(rt)
	all := make(chan error, len(m.stores))
	for _, s := range m.stores {
		go func() { all <- s.ClaimTicket(m.t.Context(), what) }()
	}
	won := 0
	for range m.stores {
		if <-all == nil {
			won++
		}
	}
	if open := k.lies && time.Now().Before(k.until); won > 1 || (won == 1) != open {
		rt.Fatalf("%d claimed %s; the model has %+v", won, what, k)
	}
	k.wins += won
	k.gone, k.lies = k.gone || k.lies, false
}

func (m *ticketMachine) Pass(rt *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 600).Draw(rt, "seconds")) * time.Second)
}

// Sweep: what ended is cleared away, and nothing else.
func (m *ticketMachine) Sweep(rt *rapid.T) {
	s := m.stores[rapid.IntRange(0, len(m.stores)-1).Draw(rt, "store")]
	if err := s.Refresh(m.t.Context()); err != nil {
		rt.Fatal(err)
	}
	before := time.Now().Add(-time.Minute)
	if _, err := s.Sweep(m.t.Context(), before); err != nil {
		rt.Fatal(err)
	}
	for _, k := range m.tickets {
		if (k.lies || k.gone) && k.until.Before(before) {
			k.lies, k.gone = false, false
		}
	}
}

// Check: nobody wins twice.
func (m *ticketMachine) Check(rt *rapid.T) {
	for what, k := range m.tickets {
		if k.wins > 1 {
			rt.Fatalf("%s was claimed %d times", what, k.wins)
		}
	}
}
