package app_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
)

// secondFlows are the flows of the grid that wait for a second admin where the two-person rule is on, by the
// command they are; what is said then counts for nothing here.
var secondFlows = map[string][]string{
	"add":    {"add", "intake"},
	"rotate": {"rotate", "rotate by page"},
	"delete": {"delete"}, "recover": {"recover"}, "purge": {"purge"}, "adopt": {"adopt"},
	"grant": {"grant"}, "revoke": {"revoke"}, "access": {"access of a key", "access of a role"},
	"vendor": {"vendor add", "vendor edit", "vendor remove"},
	"import": {"import"},
}

// typedFlows are those of which the grid has only the card, or nothing.
var typedFlows = map[string][]gridFlow{
	"recover": {{name: "recover, typed", action: "recover", prepare: func(s *stage) {
		s.have()
		s.say("delete meraki")
		s.press("Delete")
	}, act: typing("recover meraki"),
		effect: append(aMeraki("meraki", "(first)", "0001", "expires=2001-01-01", "interval=90"),
			"- meraki deleted")}},
	"adopt": {{name: "adopt, typed", action: "adopt", prepare: flowOf("adopt").prepare,
		act: typing("adopt meraki from=OldMeraki"), effect: flowOf("adopt").effect}},
	"access": {{name: "access by default, typed", action: "revoke",
		prepare: func(s *stage) { s.have(); s.ask("grant NOC meraki"); s.later(time.Second) },
		act:     typing("access meraki default"), effect: []string{"meraki roles gone"}}},
	"grant": {{name: "grant of two, typed", action: "grant", ends: 2, prepare: func(s *stage) {
		s.have()
		s.say("add meraki/b")
		s.press("Save to Vault", "part.api_key", secondKey, "interval", "90")
		s.later(time.Second)
	}, act: typing("grant NOC meraki meraki/b"), effect: []string{"meraki roles=Admin,L2,NOC",
		"meraki--b roles=Admin,L2,NOC"}}},
	"edit": {
		{name: "edit of a host", action: "edit",
			prepare: func(s *stage) { haveSentinelOne(s); s.say("edit sentinelone") },
			act: func(s *stage) string {
				return said(s.press("Save", "label", "", "note", "", "interval", "90", "expiry", "", "owner",
					admin,
					"endpoint.console", "fabrikam"))
			}, effect: movedHost},
		{name: "edit of a host, typed", action: "edit", prepare: haveSentinelOne,
			act:    typing("edit sentinelone console=fabrikam"),
			effect: movedHost},
	},
}

var movedHost = []string{"sentinelone endpoint=console=fabrikam"}

func haveSentinelOne(s *stage) {
	s.t.Helper()
	s.say("add sentinelone")
	got := said(s.press("Save to Vault", "part.api_token", firstKey, "endpoint.console", "contoso",
		"interval", "90"))
	if !strings.Contains(got, "✓ Stored") {
		s.t.Fatal(got)
	}
	s.later(time.Second)
}

func typing(line string) func(*stage) string { return func(s *stage) string { return s.ask(line) } }

func flowOf(name string) gridFlow {
	for _, f := range gridFlows {
		if f.name == name {
			return f
		}
	}
	panic("no flow " + name)
}

// TestSecondPerson: with the two-person rule on, every command that the table flags, and an edit of a host,
// changes nothing before another admin approves; then exactly that happens, once, under one operation.
func TestSecondPerson(t *testing.T) {
	flagged := []string{"edit"}
	for _, cmd := range desk.Commands() {
		if cmd.TwoPerson {
			flagged = append(flagged, cmd.Verb)
		}
	}
	for _, verb := range flagged {
		flows := typedFlows[verb]
		for _, name := range secondFlows[verb] {
			flows = append(slices.Clone(flows), flowOf(name))
		}
		if len(flows) == 0 {
			t.Errorf("%s waits for a second admin, and no flow here plays it", verb)
		}
		for _, f := range flows {
			t.Run(f.name, func(t *testing.T) { secondPerson(t, f) })
		}
	}
}

func secondPerson(t *testing.T, f gridFlow) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		s.hasChat(secondAdmin)
		f.prepare(s)
		s.a.Desk.TwoPerson = true
		s.begin(sides[0])
		asked := f.act(s)
		synctest.Wait()
		if got := s.held().since(s.was); len(got) > 0 {
			t.Fatalf("before the approval this is different: %q\nsaid: %s", got, brief(asked))
		}
		on := s.waits(secondAdmin, "Approve")
		s.expect("the maker", s.on(on, admin, "Approve"), "Nobody decides about their own request")
		if got := s.held().since(s.was); len(got) > 0 {
			t.Fatalf("the maker has approved: %q", got)
		}
		s.later(time.Second)
		s.expect("the other admin", s.on(on, secondAdmin, "Approve"), "✓ Approved by Second Admin")
		s.expect("a second time", s.on(on, secondAdmin, "Approve"), "Approved by Second Admin")
		s.rounds(8, time.Minute)
		if got := s.held().since(s.was); !f.is(got) {
			t.Errorf("this is different: %q\nwant %q", got, f.effect)
		}
		if s.open() != 0 {
			t.Error("the request is left")
		}
		s.ofOneOperation(f)
		s.quiet()
	})
}

// ofOneOperation: the log has the request, its approval, and each change with its intent, once, and all are
// one operation.
func (s *stage) ofOneOperation(f gridFlow) {
	s.t.Helper()
	ends, ops, got := max(f.ends, 1), map[string]bool{}, map[string]int{}
	for _, e := range s.since() {
		if e.Outcome == audit.Denied {
			continue
		}
		ops[e.Op] = true
		got[e.Action+" "+string(e.Outcome)]++
	}
	want := map[string]int{"ask intent": 1, "ask ok": 1, "approve ok": 1, f.action + " intent": ends,
		f.action + " ok": ends}
	for what, n := range want {
		if got[what] != n {
			s.t.Errorf("%d events %q, want %d: %v", got[what], what, n, got)
		}
		delete(got, what)
	}
	if len(got) > 0 || len(ops) != 1 {
		s.t.Errorf("more events: %v, of %d operations", got, len(ops))
	}
}

// TestSecondPersonIsAnnounced: who is asked whether to delete reads that a yes waits for another admin.
func TestSecondPersonIsAnnounced(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.have()
		const words = "Another admin has to approve it."
		if got := s.ask("delete meraki"); strings.Contains(got, words) {
			t.Errorf("without the rule: %s", got)
		}
		s.a.Desk.TwoPerson = true
		s.hears("with the rule", s.ask("delete meraki"), words)
	})
}
