package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	requestCard = `{"type":"AdaptiveCard","body":[
	{"type":"TextBlock","text":"Wants meraki"},
	{"type":"Input.ChoiceSet","id":"duration","label":"For how long","value":"1h","choices":[
		{"title":"Once","value":"once"},{"title":"1 hour","value":"1h"}]},
	{"type":"Input.Text","id":"reason","label":"Why not","isRequired":true,"errorMessage":"Say why."},
	{"type":"ActionSet","actions":[
	{"type":"Action.Execute","title":"Approve","verb":"approve","associatedInputs":"none","data":{"op":"o1"}},
	{"type":"Action.Execute","title":"Deny","verb":"deny","data":{"op":"o1"}}]}]}`
	decidedCard = `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"Decided"}]}`
	answerCard  = `{"statusCode":200,"type":"` + card + `","value":` + decidedCard + `}`
)

// TestAnAnswerInAChannel: the card that answers a button in a channel is for who pressed; an edit is for all, also
// for those who come later.
func TestAnAnswerInAChannel(t *testing.T) {
	w := newWorld(t, inFile(t), answering(200, answerCard))
	id := w.post(approvals, cardMessage(requestCard))
	c := w.browser()
	theirs, others := w.stream(c, admin, ""), w.stream(c, tech, "")
	seq := seqOf(t, theirs.until(byID(id)).HTML)
	others.until(byID(id))
	press := func(as, seq string) reply {
		return w.page(c, "press", map[string]any{"as": as, "chat": approvals, "message": id, "seq": seq, "action": 0})
	}
	if r := press(admin, seq); r.json(t)["result"] != "card" || !strings.Contains(r.body, "Decided") {
		t.Fatal(r.body)
	}
	if m := theirs.until(byID(id)); !strings.Contains(m.HTML, "Decided") || !strings.Contains(m.HTML, "Updated") {
		t.Error(m.HTML)
	}
	if r := press(admin, seq); r.status != http.StatusConflict {
		t.Error("a button of the card before:", r.status)
	}
	for range 2 { // also over a restart
		for as, want := range map[string]string{admin: "Decided", tech: "Wants meraki"} {
			if m := w.stream(c, as, "").until(byID(id)); !strings.Contains(m.HTML, want) {
				t.Errorf("%s sees %s, want %q", as, m.HTML, want)
			}
		}
		w.stop()
		w.start()
		c = w.browser()
	}
	others = w.stream(c, tech, "")
	others.until(byID(id))
	if r := press(tech, seq); r.json(t)["result"] != "card" {
		t.Error("another's button:", r.body)
	}
	w.call("PUT", "/v3/conversations/"+url.PathEscape(approvals)+"/activities/"+id,
		cardMessage(`{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"Approved by Admin"}]}`))
	for _, as := range []string{admin, tech} {
		if m := w.stream(c, as, "").until(byID(id)); !strings.Contains(m.HTML, "Approved by Admin") {
			t.Errorf("%s sees %s", as, m.HTML)
		}
	}
}
