package cards_test

import (
	"strings"
	"testing"
	"time"

	"keydesk/cards"
)

// requestViews is a request in each of its states, and lists of what waits.
func requestViews(some func(limit int) string) map[string]cards.Card {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	id := map[string]string{"request": "abcdefghijklmnopqrstuvwxyz"}
	access := cards.RequestView{What: "Access to ninjaone/" + some(40), Who: some(128), Reason: some(256),
		Facts: []cards.Fact{{Title: "For", Value: "8 hours"},
			{Title: "Vendor", Value: "NinjaOne " + some(60)}},
		Made: at, Until: at.Add(24 * time.Hour), Ref: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
	rotate := access
	rotate.What, rotate.Preview = "Rotate ninjaone/"+some(40), "ninja_••••••••••••5f2a"
	rotate.Facts = access.Facts[1:]
	rotate.Lines = []string{"⚠ " + some(300)}

	waits := rotate
	waits.Lines = append(waits.Lines, "It stands in the approvals channel.")
	waits.Buttons = []cards.Button{{Title: "Withdraw", Verb: "withdraw", Data: id}}
	decide := access
	decide.Decide = true
	decide.Spans = []cards.Choice{{Title: "8 hours", Value: "8h"}, {Title: "1 hour", Value: "1h"},
		{Title: "once, within 24 hours", Value: "once"}}
	decide.Buttons = []cards.Button{{Title: "Approve", Verb: "approve", Style: "positive", Data: id},
		{Title: "Deny", Verb: "deny", Style: "destructive", Data: id}}
	warning := decide
	warning.Warning = "The approvals channel could not be reached, so every admin got this."

	all := map[string]cards.Card{"request-waits": cards.Request(waits),
		"request-decide": cards.Request(decide), "request-warning": cards.Request(warning)}
	approved := access
	approved.Buttons = []cards.Button{{Title: "Get", Verb: "get", Style: "positive",
		Data: map[string]string{"key": "ninjaone", "reason": some(256)}}}
	approved.End = &cards.RequestEnd{Tone: cards.Good, Words: "Approved by " + some(128), At: at, From: at,
		Until: at.Add(time.Hour)}
	all["request-approved"] = cards.Request(approved)
	for name, end := range map[string]cards.RequestEnd{
		"denied":    {Tone: cards.Bad, Words: "Denied by " + some(128), Word: some(256)},
		"withdrawn": {Words: "Withdrawn by " + some(128)},
		"expired":   {Words: "Expired: nobody answered within 24 hours"},
		"failed": {Tone: cards.Warn, Words: "Approved by " + some(128) + ", and it can't be done",
			Word: some(256)},
		"later": {Tone: cards.Warn, Words: "Approved by " + some(128) + ", and not finished yet",
			Word: some(256)},
	} {
		v := rotate
		end.At = at
		v.End = &end
		all["request-"+name] = cards.Request(v)
	}
	list := cards.RequestsView{Title: "Requests", Total: 20, Page: 1, Pages: 3}
	for range 8 {
		list.Rows = append(list.Rows, cards.RequestRow{What: access.What, Who: some(128), Age: "2 h",
			Left: "22 h", Buttons: []cards.Button{{Title: "Open", Verb: "requests", Data: id}}})
	}
	all["requests"] = cards.Requests(list)
	all["requests-none"] = cards.Requests(cards.RequestsView{Title: "Your requests"})
	return all
}

// TestMomentsOfARequest: the ends of a pass, and how long something waits, are moments in the reader's zone.
func TestMomentsOfARequest(t *testing.T) {
	all := requestViews(func(int) string { return "x" })
	for name, want := range map[string][]string{
		"request-waits":    {"Asked", "2026-11-23T10:00:00Z", "Waits until", "2026-11-24T10:00:00Z"},
		"request-decide":   {"Asked", "2026-11-23T10:00:00Z", "Waits until", "2026-11-24T10:00:00Z"},
		"request-approved": {"From", "2026-11-23T10:00:00Z", "Until", "2026-11-23T11:00:00Z", "Asked"},
		"request-denied":   {"Denied by", "2026-11-23T10:00:00Z", "Asked", "2026-11-23T10:00:00Z"},
	} {
		raw := marshal(t, all[name])
		rest := raw
		for _, next := range want {
			if strings.HasPrefix(next, "20") {
				next = "{{DATE(" + next + ",SHORT)}} {{TIME(" + next + ")}}"
			}
			at := strings.Index(rest, next)
			if at < 0 {
				t.Errorf("%s misses %s, or has it too early: %s", name, next, raw)
				break
			}
			rest = rest[at+len(next):]
		}
	}
}

// TestDecidedAsksNothing: a card of what has ended has no field and no button to decide.
func TestDecidedAsksNothing(t *testing.T) {
	for name, c := range requestViews(func(int) string { return "x" }) {
		raw := marshal(t, c)
		ended := !strings.Contains(raw, "Waits until") && !strings.HasPrefix(name, "requests")
		if ended && (strings.Contains(raw, "Input.") || strings.Contains(raw, `"approve"`)) {
			t.Errorf("%s can be decided: %s", name, raw)
		}
	}
}

// TestLongRequest: a request about many keys, in the longest words, keeps its buttons and its moments.
func TestLongRequest(t *testing.T) {
	long := strings.Repeat("<", 400)
	v := cards.RequestView{What: long, Who: long, Reason: long, Preview: long, Warning: long, Decide: true,
		Made: time.Unix(0, 0), Until: time.Unix(0, 0), Ref: "ABC",
		Facts:   []cards.Fact{{Title: "Vendor", Value: long}},
		Spans:   []cards.Choice{{Title: "once", Value: "once"}},
		Buttons: []cards.Button{{Title: "Approve", Verb: "approve"}, {Title: "Deny", Verb: "deny"}}}
	for range 12 {
		v.Lines = append(v.Lines, long)
	}
	raw := marshal(t, cards.Request(v))
	for _, want := range []string{`"Approve"`, `"Deny"`, "Waits until", `"duration"`, `"reason"`} {
		if !strings.Contains(raw, want) {
			t.Errorf("the card misses %s", want)
		}
	}
	if n := strings.Count(raw, "{{"); n != 4 || strings.Count(raw, ")}}") != n {
		t.Errorf("%d functions begin, %d end", n, strings.Count(raw, ")}}"))
	}
}
