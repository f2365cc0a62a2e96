package app_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"keydesk/audit"
)

// The words of cards and sentences. What is told must not deny what is so.
var (
	denials = []string{"Nothing was entered", "othing was changed", "othing was done",
		"othing of yours was stored", "not done", "Nothing was stored", "not in the vault any more"}
	doubts = []string{"may be used up", "not known", "changed again", "the label may not be"}
)

// made is told where only the log is behind.
const made = "The change was made"

// brief is what a person reads of a card.
func brief(said string) string {
	line, card, _ := strings.Cut(said, "{")
	for _, m := range theText.FindAllStringSubmatch(card, -1) {
		line += " | " + m[1]
	}
	return line
}

var theText = regexp.MustCompile(`"text":"([^"]*)"`)

func says(text string, any []string) bool {
	return slices.ContainsFunc(any, func(w string) bool { return strings.Contains(text, w) })
}

// did says whether the effect of a flow is in the vault; whole: all of it or nothing.
func (s *stage) did(f gridFlow) (did, whole bool) {
	now := s.held().since(s.was)
	return len(f.effect) > 0 && f.is(now), f.is(now) || len(now) == 0
}

// roleless flows ask the directory only for the names of whom to ask, or for the key's name.
var roleless = map[string]bool{"denied": true, "key in a message": true, "ask": true, "hand in a value": true}

// truth: what the person was told is what the vault has, and the vault has all of it or nothing.
func (s *stage) truth(f gridFlow, told string, met bool) {
	s.t.Helper()
	did, whole := s.did(f)
	worked := f.worked(told) || strings.Contains(told, made) && (whole || !f.rows)
	switch {
	case told == "":
		s.t.Error("nothing was said")
	case s.side == "roles" && met && !worked && !strings.Contains(told, "can't be read"):
		s.t.Errorf("the roles could not be read, and this was told: %s", brief(told))
	case s.side == "roles" && met && worked && !roleless[f.name]:
		s.t.Errorf("the roles could not be read, and it was done: %s", brief(told))
	case len(f.effect) == 0 && whole:
	case !whole && !f.halves:
		s.t.Errorf("half of it is done: %q; told: %s", s.held().since(s.was), brief(told))
	case !whole && says(told, denials) && !f.rows:
		s.t.Errorf("half of it is done: %q; told: %s", s.held().since(s.was), brief(told))
	case worked && !did:
		s.t.Errorf("told that it is done, and it is not: %s", brief(told))
	case did && !worked && !says(told, doubts), did && says(told, denials):
		s.t.Errorf("it is done, and this was told: %s", brief(told))
	}
}

// events: each intent has exactly one end, and what they tell is true.
func (s *stage) events(f gridFlow, told string) {
	s.t.Helper()
	if open := s.a.Log.Unfinished(time.Now().Add(time.Hour)); len(open) > 0 {
		s.t.Errorf("intents without an end after reconciliation: %v (%s)", open, brief(told))
	}
	type one struct{ op, action, key string }
	ends, good := map[one]int{}, 0
	for _, e := range s.a.Log.Recent(1000, nil) {
		switch of := (one{e.Op, e.Action, e.Key}); {
		case e.Outcome == audit.Intent:
			ends[of]++
		case announced[e.Action] && e.Outcome != audit.Denied:
			ends[of]--
		}
	}
	for _, e := range s.since() {
		if e.Action == f.action && f.isGood(e) {
			good++
		}
	}
	for of, n := range ends {
		if n < 0 || n > 0 && !s.twice { // two presses of one form are one operation, with one end
			s.t.Errorf("%v has %d intents more than ends: %v", of, n, s.since())
		}
	}
	if f.action == "" {
		return
	}
	switch did, whole := s.did(f); {
	case f.many && good != s.parts(f):
		s.t.Errorf("%d are done, and the log has %d (%s)", s.parts(f), good, brief(told))
	case did && !f.many && good != max(f.ends, 1), !did && whole && good != 0:
		s.t.Errorf("done: %v, but the log has %v (%s)", did, s.since(), brief(told))
	}
	s.ended(f)
}

// announced are the actions whose intent comes before their effect.
var announced = map[string]bool{"add": true, "rotate": true, "edit": true, "delete": true, "recover": true,
	"purge": true, "adopt": true, "vendor": true, "import": true, "demo": true, "end": true,
	"grant": true, "revoke": true, "ask": true}

// isGood says that an event tells of something done.
func (f gridFlow) isGood(e audit.Event) bool {
	if f.found != "" {
		return e.Outcome == audit.OK || e.Outcome == audit.Found && e.Note == f.found
	}
	return e.Outcome == audit.OK || e.Outcome == audit.Found && says(e.Note, []string{"it was done", "both names"})
}

// since are the events of the flow.
func (s *stage) since() []audit.Event {
	all := s.a.Log.Recent(1000, nil)
	return all[:len(all)-s.known]
}

// parts is how many of many keys are as they will be.
func (s *stage) parts(f gridFlow) (n int) {
	now := s.held().since(s.was)
	for _, line := range f.effect {
		if slices.Contains(now, line) {
			n++
		}
	}
	return n
}

// ended: who is told later how it ended is told the truth.
func (s *stage) ended(f gridFlow) {
	s.t.Helper()
	did, whole := s.did(f)
	for _, text := range s.posts() {
		untrue := did && says(text, denials) || !did && whole && strings.Contains(text, "it was done")
		if untrue && strings.Contains(text, "How it ended") {
			s.t.Errorf("done: %v, and this was told later: %s", did, brief(text))
		}
	}
}

// next: with all well again, the same press works or is answered as done, and the effect is there once.
func (s *stage) next(f gridFlow, first string) {
	s.t.Helper()
	was, _ := s.did(f)
	again := f.act(s)
	s.told = append(s.told, first, again)
	if !f.worked(again) && !says(again, f.over) {
		s.t.Errorf("after %s\nthe next try says %s", brief(first), brief(again))
	}
	if was && says(again, denials) {
		s.t.Errorf("it was done, and the next try says %s", brief(again))
	}
	if now := s.held().since(s.was); !f.is(now) {
		s.t.Errorf("after the next try this is different: %q\nnot: %q\nsaid: %s", now, f.effect, brief(again))
	}
}

// finally: much later all is as it should be, and the last card still tells the truth.
func (s *stage) finally(f gridFlow) {
	s.t.Helper()
	if now := s.held().since(s.was); !f.is(now) {
		s.t.Errorf("in the end this is different: %q", now)
	}
	if open := s.a.Log.Unfinished(time.Now()); len(open) > 0 {
		s.t.Errorf("intents without an end: %v", open)
	}
	if did, _ := s.did(f); did && !f.rows && says(s.final(), denials) { // of rows each try has a card of its own
		s.t.Errorf("it is done, and the last card is %s", brief(s.final()))
	}
	if f.check != nil {
		f.check(s)
	}
}

// posts are the cards that reached the chat by themselves.
func (s *stage) posts() (all []string) {
	for _, c := range s.teams.Calls()[s.posted:] {
		all = append(all, string(c.Body.Card())+c.Body.Text)
	}
	return all
}

// final is what the pressed card shows in the end.
func (s *stage) final() string {
	last := s.last
	for _, c := range s.teams.Calls()[s.posted:] {
		if c.Activity == "1" && c.Status < 300 && !c.At.Before(last.at) {
			last = onCard{c.At, string(c.Body.Card())}
		}
	}
	return last.card
}

// quiet: no value, no token, and nothing of Azure's words, is told or written down.
func (s *stage) quiet() {
	s.t.Helper()
	written := s.log.String()
	for _, e := range s.a.Log.Recent(1000, nil) {
		raw, err := json.Marshal(e)
		if err != nil {
			s.t.Fatal(err)
		}
		written += string(raw)
	}
	for _, post := range s.posts() {
		written += post
	}
	told := strings.Join(s.told, "\n")
	for _, no := range []string{firstKey, secondKey, "obviously-fake", "1111-2222", "secret-place"} {
		if strings.Contains(written, no) || strings.Contains(told, no) {
			s.t.Errorf("%q was told or written down", masked.Replace(no))
		}
	}
	for i, token := range s.tokens {
		if strings.Contains(written, token) {
			s.t.Errorf("the token of link %d was written down", i)
		}
	}
}
