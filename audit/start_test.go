package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"keydesk/audit"
)

func TestOpenRefuses(t *testing.T) {
	_, vkey, _ := audit.NewKey("keydesk/contoso")
	for name, cfg := range map[string]audit.Config{
		"no store":    {Vault: "contoso"},
		"no vault":    {Store: newStore()},
		"vault space": {Store: newStore(), Vault: "con toso"},
		"vault plus":  {Store: newStore(), Vault: "con+toso"},
		"vault line":  {Store: newStore(), Vault: "contoso\n1"},
		"other key":   {Store: newStore(), Vault: "contoso", Signer: signer(t, "fabrikam")},
	} {
		if _, err := audit.Open(t.Context(), cfg); !errors.Is(err, audit.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := audit.NewKey("contoso"); !errors.Is(err, audit.ErrConfig) || vkey == "" {
		t.Error(err)
	}
}

func TestOpenNeedsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		s.broken = errFault
		if _, err := audit.Open(t.Context(), audit.Config{Store: s, Vault: "contoso"}); !errors.Is(err, errFault) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.broken = nil
		if _, err := audit.Open(ctx, audit.Config{Store: s, Vault: "contoso"}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestRestart(t *testing.T) {
	s := newStore()
	n := 0
	for range 30 {
		l := open(t, s)
		if got := len(l.Recent(1e6, nil)); got != min(n, 20*3) {
			t.Errorf("%d of %d events after a restart", got, n)
		}
		for range 3 {
			add(t, l, fmt.Sprint("op", n))
			n++
		}
	}
	gets := s.gets
	l := open(t, s)
	if s.gets-gets > 20 {
		t.Errorf("%d reads at start", s.gets-gets)
	}
	for i, e := range l.Recent(60, nil) {
		if e.Op != fmt.Sprint("op", n-1-i) {
			t.Fatalf("event %d is %s", i, e.Op)
		}
	}
	if r := sound(t, s, n); len(r.Heads) != 1 || r.Writers != 30 {
		t.Errorf("%s", r)
	}
}

// Two processes write side by side, as in a deploy; the log forks, and the next start joins it.
func TestTwoProcesses(t *testing.T) {
	s := newStore()
	a := open(t, s)
	add(t, a, "a1", "a2")
	b := open(t, s)
	add(t, b, "b1")
	add(t, a, "a3")
	add(t, b, "b2")
	add(t, a, "a4")
	if r := sound(t, s, 6); len(r.Heads) != 2 {
		t.Errorf("%s", r)
	}
	c := open(t, s)
	if got := c.Recent(9, nil); len(got) != 6 {
		t.Error(got)
	}
	add(t, c, "c1")
	if r := sound(t, s, 7); len(r.Heads) != 1 {
		t.Errorf("%s", r)
	}
	add(t, b, "b3") // still there
	sound(t, s, 8)
}

// More processes than a header has room for at once: the rest is named by the next segments.
func TestManyEnds(t *testing.T) {
	s := newStore()
	var logs []*audit.Log
	for range 20 {
		logs = append(logs, open(t, s))
	}
	for i, l := range logs {
		add(t, l, fmt.Sprint("op", i))
	}
	if r := sound(t, s, 20); len(r.Heads) != 20 {
		t.Errorf("%s", r)
	}
	l := open(t, s)
	for i := range 600 {
		add(t, l, fmt.Sprint("more", i))
	}
	if r := sound(t, s, 620); len(r.Heads) != 1 {
		t.Errorf("%s", r)
	}
}

func TestOpenWithDamage(t *testing.T) {
	s := newStore()
	l := open(t, s)
	add(t, l, "a", "b")
	s.set("keydesk-audit-00000009-0123456789abcdef", "not a segment", nil)
	s.set("keydesk-audit-nonsense", "not a segment", map[string]string{"count": "many", "parents": "? ?"})
	l = open(t, s)
	add(t, l, "c")
	if got := l.Recent(9, nil); len(got) != 3 {
		t.Error(got)
	}
	r := verify(t, s, audit.VerifyOptions{})
	if len(r.Faults) != 3 || r.Events != 3 {
		t.Errorf("%s", r)
	}
}

// Somebody who may write to the vault takes the last number; the log says that it cannot go on, and why.
func TestNumbersUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		s.set("keydesk-audit-99999999-0123456789abcdef", "not a segment", nil)
		l := open(t, s)
		err := l.Append(t.Context(), event("a"))
		if !errors.Is(err, audit.ErrUnwritten) || !strings.Contains(err.Error(), "verify the log") {
			t.Error(err)
		}
	})
}
