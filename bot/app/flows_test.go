package app_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// gridFlow is one thing people do, or that happens by itself.
type gridFlow struct {
	name    string
	prepare func(s *stage)
	act     func(s *stage) string // what is said; may be done again
	done    string                // what is said when it worked
	over    []string              // what the next try may say as well
	effect  []string              // what is different in the vault then (held.since); none: nothing that lasts
	action  string                // of the events of the effect
	ends    int                   // how many events tell of the effect; 0 is one
	found   string                // by reconciliation when it is done; "" is "it was done"
	halves  bool                  // it has several effects, and one may be there without the other
	rows    bool                  // what was said is of each of its effects, and checked there
	over404 bool                  // it ends for good where the vault says that the key is not there
	many    bool                  // many effects of the same kind, and so many calls that a few harms must do
	check   func(s *stage)        // in the end
}

func (f gridFlow) worked(told string) bool { return strings.Contains(told, f.done) }

// is says whether a difference is the flow's effect: of many keys their names have to do, and one that was
// deleted may not be purged yet.
func (f gridFlow) is(different []string) bool {
	if f.many {
		different = slices.DeleteFunc(slices.Clone(different), func(line string) bool {
			return line[1] != ' ' || strings.HasSuffix(line, " deleted")
		})
	}
	return slices.Equal(f.effect, different)
}

// aMeraki is a stored key of that name.
func aMeraki(name, value, tail string, more ...string) []string {
	lines := []string{"+ " + name}
	more = append(more, "owner="+admin+" Admin", "preview=meraki_••••••••••••"+tail, "rotated=anew",
		"rotated-by="+admin+" Admin", "value="+value, "vendor=meraki", "versions=1")
	slices.SortFunc(more, func(a, b string) int {
		return strings.Compare(strings.Split(a, "=")[0], strings.Split(b, "=")[0])
	})
	for _, m := range more {
		lines = append(lines, name+" "+m)
	}
	return lines
}

var gridFlows = slices.Concat(keyFlows, accessFlows, pageFlows, readFlows, passFlows, requestFlows,
	vendorFlows, demoFlows, tendFlows)

// keyFlows change keys by cards.
var keyFlows = []gridFlow{
	{name: "add", action: "add", done: "✓ Stored", prepare: func(s *stage) { s.say("add meraki") },
		act: func(s *stage) string {
			return said(s.press("Save to Vault", "part.api_key", firstKey, "interval", "90"))
		},
		effect: aMeraki("meraki", "(first)", "0001", "interval=90")},
	{name: "rotate", action: "rotate", done: "✓ Rotated", prepare: func(s *stage) { s.have(); s.say("rotate meraki") },
		act: func(s *stage) string {
			return said(s.press("Save to Vault", "part.api_key", secondKey, "interval", "90"))
		},
		effect: rotated},
	{name: "edit", action: "edit", done: "✓ Changed", prepare: func(s *stage) { s.have(); s.say("edit meraki") },
		act:    func(s *stage) string { return s.edit("note", "mended") },
		effect: []string{"meraki note=mended"}},
	{name: "edit expiry away", action: "edit", done: "✓ Changed",
		prepare: func(s *stage) { s.have(); s.say("edit meraki") },
		act:     func(s *stage) string { return s.edit("expiry", "") },
		effect:  []string{"meraki versions=2", "meraki expires gone"}},
	{name: "rename", action: "edit", done: "✓ Changed", halves: true,
		prepare: func(s *stage) { s.have(); s.say("edit meraki") },
		act:     func(s *stage) string { return s.edit("label", "contoso") },
		effect:  renamed},
	{name: "rename and note", action: "edit", ends: 2, done: "✓ Changed", halves: true,
		prepare: func(s *stage) { s.have(); s.say("edit meraki") },
		act:     func(s *stage) string { return s.edit("label", "contoso", "note", "mended") },
		effect:  renamedWith("note=mended")},
	{name: "delete", action: "delete", done: "✓ Deleted", prepare: func(s *stage) { s.have(); s.say("delete meraki") },
		act:    func(s *stage) string { return said(s.press("Delete")) },
		over:   []string{"No key of Cisco Meraki Dashboard is stored"},
		effect: []string{"+ meraki deleted", "meraki deleted there=yes", "- meraki"}},
	{name: "recover", action: "recover", done: "✓ Recovered", prepare: func(s *stage) {
		s.have()
		s.say("delete meraki")
		s.card = s.press("Delete")
	}, act: func(s *stage) string { return said(s.press("Recover")) }, over: []string{"meraki is stored."},
		effect: append(aMeraki("meraki", "(first)", "0001", "expires=2001-01-01", "interval=90"), "- meraki deleted")},
	{name: "purge", action: "purge", done: "✓ Purged", prepare: func(s *stage) {
		s.have()
		s.say("delete meraki")
		s.press("Delete")
		s.say("purge meraki")
	}, act: func(s *stage) string { return said(s.press("Purge")) }, over: []string{"no deleted key"},
		effect: []string{"- meraki deleted"}},
	{name: "adopt", action: "adopt", done: "✓ Adopted", prepare: func(s *stage) {
		_, err := s.client.SetSecret(s.t.Context(), "OldMeraki", azsecrets.SetSecretParameters{Value: to.Ptr(firstKey),
			Tags: map[string]*string{"keydesk": to.Ptr("adopt")}}, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		s.say("refresh")
		s.say("adopt")
	}, act: func(s *stage) string { return said(s.press("Adopt", "from", "OldMeraki", "key", "meraki")) },
		over:   []string{"meraki is stored already"},
		effect: aMeraki("meraki", "(first)", "0001", "interval=180")},
}

var (
	rotated = []string{"meraki preview=meraki_••••••••••••0002", "meraki rotated=anew",
		"meraki value=(second)", "meraki versions=2", "meraki expires gone"}
	renamed = renamedWith()
)

// renamedWith is a key whose label has become contoso: nothing else is another, and the old name is gone.
func renamedWith(more ...string) []string {
	lines := []string{"+ meraki deleted", "meraki deleted there=yes"}
	more = append(more, "expires=2001-01-01", "interval=90", "label=contoso")
	lines = append(lines, aMeraki("meraki--contoso", "(first)", "0001", more...)...)
	return append(lines, "- meraki")
}

// edit sends the edit form with these fields changed.
func (s *stage) edit(changes ...string) string {
	fields := []string{"label", "", "note", "", "interval", "90", "expiry", "2001-01-01", "owner", admin}
	return said(s.press("Save", append(fields, changes...)...))
}

// readFlows change nothing in the vault that lasts.
var readFlows = []gridFlow{
	{name: "rotation form", done: "Rotate meraki", prepare: (*stage).have,
		act: func(s *stage) string { return s.ask("rotate meraki") }},
	{name: "history", done: "current version", prepare: (*stage).have,
		act: func(s *stage) string { return s.ask("history meraki") }},
	{name: "refresh", done: "Read again", prepare: (*stage).have,
		act: func(s *stage) string { return s.ask("refresh") }},
	{name: "page link", done: "It works once", prepare: func(s *stage) { s.say("add meraki") },
		act: func(s *stage) string {
			got := said(s.press("Use a secure page"))
			s.follows(got)
			return got
		}},
	{name: "reveal", done: "Your link to", prepare: func(s *stage) { s.have(); s.say("get meraki") }, act: pressReveal},
	{name: "reveal again", done: "Your link to",
		prepare: func(s *stage) { s.have(); s.say("get meraki"); s.link("Reveal") },
		act:     pressReveal, check: func(s *stage) {
			if _, err := s.a.Desk.Claim(s.t.Context(), s.tokens[0], nil); err == nil {
				s.t.Error("a withdrawn link still gives the value")
			}
		}},
	{name: "claim", done: "the value",
		prepare: func(s *stage) { s.have(); s.say("get meraki"); s.link("Reveal") }, act: openLink,
		over: []string{"This link was used"}, check: func(s *stage) {
			n := len(s.a.Log.Recent(1000, func(e audit.Event) bool {
				return e.Action == "retrieve" && e.Outcome == audit.OK
			}))
			if s.given > 1 || n < s.given {
				s.t.Errorf("the value came out %d times, with %d events", s.given, n)
			}
			if told := strings.Contains(s.final(), "✓ Revealed"); told != (s.given > 0) && s.side != "chat" {
				s.t.Errorf("the value came out %d times, and the card is %s", s.given, brief(s.final()))
			}
		}},
	{name: "denied", done: "open to", prepare: func(s *stage) { s.have(); s.who = noc },
		act:   func(s *stage) string { return s.ask("get meraki") },
		check: func(s *stage) { s.wrote("get", audit.Denied) }},
	{name: "key in a message", done: "Don't type a key", prepare: func(s *stage) {},
		act:   func(s *stage) string { return s.ask("add meraki a1B2c3D4e5F6g7H8i9J0k1L2") },
		check: func(s *stage) { s.wrote("expose", audit.Found) }},
}

func pressReveal(s *stage) string {
	got := said(s.press("Reveal"))
	s.follows(got)
	return got
}

// wrote: what was told is in the log.
func (s *stage) wrote(action string, outcome audit.Outcome) {
	s.t.Helper()
	if !slices.ContainsFunc(s.since(), func(e audit.Event) bool { return e.Action == action && e.Outcome == outcome }) {
		s.t.Errorf("no event %s %s: %v", action, outcome, s.since())
	}
}

// openLink claims the value of a link.
func openLink(s *stage) string {
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute) // as long as a browser waits
	defer cancel()
	got, err := s.a.Desk.Claim(ctx, s.token(), nil)
	if err != nil {
		return desk.Sentence(err)
	}
	if len(got.Parts) != 1 || got.Parts[0].Value.Expose() != firstKey {
		s.t.Error("another value came out")
	}
	s.given++
	return "the value"
}
