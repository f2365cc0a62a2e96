package cards_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"keydesk/cards"
)

func marshal(t testing.TB, c cards.Card) string {
	t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(raw) || len(raw) > cards.MaxSize {
		t.Errorf("%d bytes: %.200s", len(raw), raw)
	}
	return string(raw)
}

// TestWorstText fills every place people can write in with the characters that take the most bytes.
func TestWorstText(t *testing.T) {
	for _, bit := range []string{"<", "🔑", "[", "{{", `\`, "Ж", "\u202e", "\x00", "\xff"} {
		some := func(limit int) string { return strings.Repeat(bit, limit) }
		for name, card := range views(some, ninja(t)) {
			raw := marshal(t, card)
			if strings.Contains(raw, "This is too much") {
				t.Errorf("%s: %q leaves no room for the card itself", name, bit)
			}
			c := checker{t: t, card: name, ids: map[string]bool{}}
			c.walk(decode(t, []byte(raw)))
		}
	}
}

// TestTooMuch: a view with more than a card holds loses the ends of its texts, never a button.
func TestTooMuch(t *testing.T) {
	v := cards.NoticeView{Title: "Much", Buttons: []cards.Button{{Title: "Help", Verb: "help"}}}
	for range 120 {
		v.Lines = append(v.Lines, strings.Repeat("<b> ", 100))
	}
	if raw := marshal(t, cards.Notice(v)); !strings.Contains(raw, `"Help"`) || strings.Contains(raw, "too much") {
		t.Errorf("the button is gone: %.300s", raw)
	}
	v.Buttons[0].Data = map[string]string{"filter": strings.Repeat("x", 20<<10)}
	if raw := marshal(t, cards.Notice(v)); !strings.Contains(raw, "too much for one card") {
		t.Errorf("buttons too big for a card: %.300s", raw)
	}
}

// TestShorteningKeepsMoments: a card that had to be cut still has whole date functions only.
func TestShorteningKeepsMoments(t *testing.T) {
	v := cards.AuditView{Title: "The last events"}
	for range 20 {
		v.Rows = append(v.Rows, cards.AuditRow{At: time.Unix(0, 0), Action: "get", Outcome: "ok",
			Who: strings.Repeat("<", 128), Key: "ninjaone", Note: strings.Repeat("<", 256)})
	}
	raw := marshal(t, cards.Audit(v))
	if n := strings.Count(raw, "{{"); n != 40 || strings.Count(raw, ")}}") != n {
		t.Errorf("%d functions begin, %d end", n, strings.Count(raw, ")}}"))
	}
}

func TestButtons(t *testing.T) {
	v := cards.NoticeView{Title: "Many"}
	for i := range 8 {
		v.Buttons = append(v.Buttons, cards.Button{Title: fmt.Sprint("b", i), Verb: "help"})
	}
	v.Buttons[7].Style = "positive"
	body := decode(t, []byte(marshal(t, cards.Notice(v))))["body"].([]any)
	sets := body[len(body)-1].(map[string]any)["items"].([]any)
	var got []string
	for _, set := range sets {
		got = append(got, "|")
		for _, a := range set.(map[string]any)["actions"].([]any) {
			got = append(got, fmt.Sprint(a.(map[string]any)["title"]))
		}
	}
	if s := strings.Join(got, " "); s != "| b7 b0 b1 b2 b3 b4 | b5 b6" {
		t.Error(s)
	}
}

// TestOnePrimary: the card of a link is for opening it; Reveal is there, but second.
func TestOnePrimary(t *testing.T) {
	raw := marshal(t, cards.Link(cards.LinkView{URL: "https://keydesk.contoso.com/r/t", Until: time.Unix(0, 0),
		Buttons: []cards.Button{{Title: "Reveal", Verb: "reveal", Style: "positive"}}}))
	if strings.Count(raw, `"positive"`) != 1 || strings.Index(raw, `"Open"`) > strings.Index(raw, `"Reveal"`) {
		t.Error(raw)
	}
}

func TestSummaryIsOnePlainLine(t *testing.T) {
	c := cards.Notice(cards.NoticeView{Title: "a\nb", Text: "\u202ec {{{DATE(2026-01-01T00:00:00Z)}}\u2028d"})
	if s := c.Summary(); strings.ContainsAny(s, "\n\u2028\u202e") || strings.Contains(s, "{{") {
		t.Errorf("%q", s)
	}
	if raw := marshal(t, cards.Card{}); !(cards.Card{}).IsZero() || c.IsZero() || !strings.Contains(raw, `"body":[]`) {
		t.Error(raw)
	}
}

// TestEveryOutcomeHasAWord: an event of a kind nobody thought of is still drawn.
func TestEveryOutcomeHasAWord(t *testing.T) {
	for _, outcome := range []string{"ok", "denied", "failed", "intent", "found", "odd", ""} {
		row := cards.AuditRow{Action: "get", Outcome: outcome}
		raw := marshal(t, cards.Audit(cards.AuditView{Title: "t", Rows: []cards.AuditRow{row}}))
		if strings.Contains(raw, `"TextBlock","weight"`) {
			t.Errorf("%q has no word: %s", outcome, raw)
		}
	}
}
