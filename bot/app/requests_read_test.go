package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"keydesk/bot/desk"
	"keydesk/cards"
)

// TestApproverReadsAll: the request has on its card all that its approval does.
func TestApproverReadsAll(t *testing.T) {
	save := []string{"category", "RMM", "parts", "Tenant public\nToken", "address", "https://api.contoso.com",
		"portal", "https://portal.contoso.com/keys", "docs", "https://docs.contoso.com", "interval", "45"}
	for name, tt := range map[string]struct {
		prepare func(s *stage)
		ask     func(s *stage) string
		reads   []string
	}{
		"a vendor": {func(s *stage) { s.says(admin, "vendor add") }, func(s *stage) string {
			return s.in(s.card, admin, "Save", append(save, "name", "Contoso RMM")...)
		}, []string{"Add the vendor Contoso RMM", "contoso-rmm", "Tenant public, Token", "https://api.contoso.com",
			"https://portal.contoso.com/keys", "https://docs.contoso.com", "every 45 days"}},
		"another name of a vendor": {func(s *stage) {
			s.says(admin, "vendor add")
			s.in(s.card, admin, "Save", append(save, "name", "Contoso RMM")...)
			s.says(admin, "vendor edit contoso-rmm")
		}, func(s *stage) string {
			return s.in(s.card, admin, "Save", append(save, "name", "Fabrikam RMM")...)
		}, []string{"Edit the vendor Contoso RMM", "New name: Fabrikam RMM"}},
		"an old name": {func(s *stage) {
			s.says(admin, "edit ninja label=contoso")
			s.later(time.Second)
			s.says(admin, "recover ninja")
		}, func(s *stage) string { return s.in(s.card, admin, "Recover") },
			[]string{"Recover ninjaone", "the old name of ninjaone/contoso"}},
		"an edit of an address": {func(s *stage) { s.says(admin, "edit ninja") }, func(s *stage) string {
			return s.in(s.card, admin, "Save", "label", "contoso", "endpoint.region", "eu", "interval", "45", "expiry",
				"2001-01-01", "note", "of Fabrikam", "owner", l2)
		}, []string{"https://eu.ninjarmm.com", "New name: ninjaone/contoso", "New owner: L2 technician",
			"every 45 days", "Expires on 2001-01-01", "Note: of Fabrikam"}},
		"all that comes with a value": {func(s *stage) {
			s.says(admin, "edit ninja note=of-the-lab expires=2001-01-01")
			s.later(time.Second)
			s.says(admin, "rotate ninja")
		}, func(s *stage) string {
			return s.in(s.card, admin, "Save to Vault", "part.client_secret", secondKey, "interval", "3650",
				"expiry", "", "note", "of Fabrikam", "endpoint.region", "eu")
		}, []string{"every 3,650 days", "No expiry any more", "Note: of Fabrikam", "https://eu.ninjarmm.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, s *stage) {
				tt.prepare(s)
				s.a.Desk.TwoPerson = true
				s.expect("asking", tt.ask(s), "Withdraw")
				on := s.waits(secondAdmin, "Approve")
				s.expect("the request", on.json, tt.reads...)
				s.expect("approving", s.on(on, secondAdmin, "Approve"), "✓ Approved by Second Admin")
			})
		})
	}
}

// TestManyGrants: no change of access hides behind others on the card of a request.
func TestManyGrants(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		var keys []string
		for i := range 21 {
			key := fmt.Sprintf("meraki/site-%d", i)
			s.says(admin, "add "+key)
			s.in(s.card, admin, "Save to Vault", "part.api_key", firstKey, "interval", "90")
			s.later(3 * time.Second)
			keys = append(keys, key)
		}
		s.a.Desk.TwoPerson = true
		s.expect("all", s.says(admin, "grant NOC "+strings.Join(keys, " ")), "at most 20 keys at a time")
		s.expect("20 of them", s.says(admin, "grant NOC "+strings.Join(keys[:20], " ")), "Withdraw")
		on := s.waits(secondAdmin, "Approve")
		for _, key := range keys[:20] {
			s.expect("the request", on.json, key+": now Admin or L2; then Admin, L2 or NOC.")
		}
		s.expect("approving", s.on(on, secondAdmin, "Approve"), "✓ Approved by Second Admin")
	})
}

// slowFor is a Teams in which the cards of one person take for ever.
type slowFor struct {
	desk.Poster
	person string
}

func (p slowFor) Edit(ctx context.Context, person, id string, c cards.Card) error {
	if person == p.person {
		<-ctx.Done()
		return ctx.Err()
	}
	return p.Poster.Edit(ctx, person, id, c)
}

// TestSlowAdmin: who asked hears of it at once, also where the card of some admin can't be edited for long.
func TestSlowAdmin(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.asks()
		on := s.waits(secondAdmin, "Approve")
		s.a.Desk.Poster = slowFor{s.a.Desk.Poster, admin}
		s.on(on, secondAdmin, "Approve")
		told := s.inbox("chat-" + l1)
		s.expect("who asked", told[len(told)-1].json, "Approved by Second Admin", "Get")
		s.later(time.Minute)
		s.rounds(8, time.Minute)
		if s.open() != 0 {
			t.Error("the request is left")
		}
	})
}

// TestImportTellsAddresses: who approves an import reads where its values will go.
func TestImportTellsAddresses(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		s.a.Desk.TwoPerson = true
		s.says(admin, "import")
		s.link("Use a secure page")
		file := "vendor,label,value,endpoint\nfortigate,hq," + firstKey + ",fw.fabrikam.com\n"
		if _, err := s.a.Desk.ImportSheet(t.Context(), s.token(), nil, []byte(file),
			func(desk.SheetRow) {}); err != nil {
			t.Fatal(err)
		}
		s.later(time.Second)
		on := s.waits(secondAdmin, "Approve")
		s.expect("the request", on.json, "Import 1 key", "fortigate/hq https://fw.fabrikam.com")
		s.expect("approving", s.on(on, secondAdmin, "Approve"), "1 key stored")
	})
}

// TestVendorOfAWaitingKey: while a key waits, its vendor keeps the address and the parts that who approves it
// has read of.
func TestVendorOfAWaitingKey(t *testing.T) {
	inOffice(t, func(t *testing.T, s *stage) {
		form := func(address string) []string {
			return []string{"name", "Contoso RMM", "category", "RMM", "parts", "Token", "address", address}
		}
		s.says(admin, "vendor add")
		s.expect("adding", s.in(s.card, admin, "Save", form("https://api.contoso.com")...), "✓ Saved")
		s.says(l1, "add contoso-rmm")
		s.expect("handing in", s.in(s.card, l1, "Save to Vault", "part.token", firstKey, "interval", "90", "reason",
			"made at the vendor today"), "Withdraw")
		s.says(admin, "vendor edit contoso-rmm")
		s.expect("another address", s.in(s.card, admin, "Save", form("https://api.fabrikam.com")...),
			"waits for an admin")
		s.expect("approving", s.decides(secondAdmin, "Approve"), "✓ Approved by Second Admin")
	})
}

// TestGrantThatWasSo: what holds when a change of access is asked for is no part of it, on whatever card: where
// it is revoked until the approval, it does not come back.
func TestGrantThatWasSo(t *testing.T) {
	for verb, data := range map[string]map[string]string{
		"access": {"step": "save", "role": "NOC", "off": "meraki ninjaone", cards.AccessInput("meraki"): cards.On,
			cards.AccessInput("ninjaone"): cards.On},
		"grant": {"role": "NOC", "key": "meraki ninjaone"},
	} {
		inOffice(t, func(t *testing.T, s *stage) {
			s.a.Desk.TwoPerson = true
			s.expect("asking", s.sends(admin, verb, "9", data), "meraki: now", "Withdraw")
			on := s.waits(secondAdmin, "Approve")
			if strings.Contains(on.json, "ninjaone") {
				t.Error("the request tells of what does not change")
			}
			s.a.Desk.TwoPerson = false
			s.later(time.Second)
			s.expect("meanwhile", s.says(secondAdmin, "revoke NOC ninjaone"), "may not retrieve ninjaone")
			s.later(time.Second)
			s.expect("approving", s.on(on, secondAdmin, "Approve"), "✓ Approved by Second Admin")
			if got := s.held(); strings.Contains(got["ninjaone"]["roles"], "NOC") ||
				!strings.Contains(got["meraki"]["roles"], "NOC") {
				t.Errorf("%s: meraki is open to %s, ninjaone to %s", verb, got["meraki"]["roles"],
					got["ninjaone"]["roles"])
			}
		})
	}
}
