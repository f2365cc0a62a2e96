package app_test

import (
	"net/http"
	"testing"
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
