package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"keydesk/bot/desk"
)

// TestUnclearClaim: a claim that ended unclear burns the link, also where Key Vault had not taken it.
func TestUnclearClaim(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.runFaulty(t, f)
	defer stop()
	c := connect(t, a)
	add(t, c, good)
	offer := c.say(l1, "get ninja")
	link, _ := c.press(l1, offer, "Reveal", nil)
	f.set("DELETE link", fault{status: http.StatusServiceUnavailable})
	claim(t, link.urls["Open"], http.StatusServiceUnavailable)
	f.set("", fault{})
	c.await(t, offer.id, "Link withdrawn")
}

// TestUnclearClaimElsewhere: the process that claims is not the one that made the link, and knows it not. The
// link is burnt all the same, in both.
func TestUnclearClaimElsewhere(t *testing.T) {
	s, f := newShared(t), &faulty{}
	a, stop := s.run(t)
	defer stop()
	b, stopB := s.runFaulty(t, f)
	defer stopB()
	on := connect(t, a)
	connect(t, b)
	add(t, on, good)
	offer := on.say(l1, "get ninja")
	link, _ := on.press(l1, offer, "Reveal", nil)
	path := strings.TrimPrefix(link.urls["Open"], a.Base())
	f.set("DELETE link", fault{status: http.StatusServiceUnavailable})
	claim(t, b.Base()+path, http.StatusServiceUnavailable)
	f.set("", fault{})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := a.Desk.LookLink(t.Context(), path[len("/r/"):]); errors.Is(err, desk.ErrGone) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the link still opens")
		}
	}
	claim(t, link.urls["Open"], http.StatusGone)
}
