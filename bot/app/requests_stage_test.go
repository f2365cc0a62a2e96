package app_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/desk"
	"keydesk/vault"
)

// theClient is a part that is no secret.
const theClient = "contoso-client"

// staff is everybody with a role, and everybody has a chat.
var staff = []string{admin, secondAdmin, l2, l1, noc}

// office is a stage on which everybody has a chat, and two keys: meraki, which L1 lacks, and ninjaone, which
// L1 has.
func office(t *testing.T) *stage {
	t.Helper()
	s := emptyStage(t)
	for _, person := range staff {
		s.hasChat(person)
	}
	s.have()
	s.says(admin, "add ninja")
	s.in(s.card, admin, "Save to Vault", "part.client_id", theClient, "part.client_secret", firstKey,
		"interval", "90")
	s.later(time.Second)
	return s
}

// inOffice plays a story with a clock of its own.
func inOffice(t *testing.T, story func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := office(t)
		defer s.end()
		story(t, s)
		s.quiet()
	})
}

func (s *stage) hasChat(person string) {
	s.t.Helper()
	err := s.a.Vault.SaveChat(s.t.Context(), vault.Chat{Person: person, Conversation: "chat-" + person,
		ServiceURL: s.teams.URL()})
	if err != nil {
		s.t.Fatal(err)
	}
}

// says lets somebody type a line, and keeps the card that answers.
func (s *stage) says(person, line string) string {
	s.who = person
	s.say(line)
	s.told = append(s.told, said(s.card))
	return said(s.card)
}

// in lets somebody press a button on a card that they got as an answer; the card in its place is kept.
func (s *stage) in(on desk.Reply, person, title string, inputs ...string) string {
	s.t.Helper()
	s.who, s.card = person, on
	r := s.press(title, inputs...)
	if r.Error == "" {
		s.card = r
	}
	s.told = append(s.told, said(r))
	return said(r)
}

// inbox is the cards in somebody's chat as they are now, the oldest first, without those that were only
// answers.
func (s *stage) inbox(conversation string) (cards []card) {
	at := map[string]int{}
	for _, c := range s.teams.Calls() {
		if c.Conversation != conversation || c.Status >= 300 || c.Body.Type != "message" {
			continue
		}
		got := read(c.Activity, c.Body.Card())
		if i, edited := at[c.Activity]; edited {
			cards[i] = got
			continue
		}
		at[c.Activity] = len(cards)
		cards = append(cards, got)
	}
	return cards
}

// waits is the newest card in somebody's chat that has the button.
func (s *stage) waits(person, title string) card {
	s.t.Helper()
	for _, on := range slices.Backward(s.inbox("chat-" + person)) {
		if _, ok := on.data[title]; ok {
			return on
		}
	}
	s.t.Fatalf("%s has no card with %q", names[person], title)
	return card{}
}

// on lets somebody press a button of a card in a chat.
func (s *stage) on(on card, person, title string, inputs ...string) string {
	s.t.Helper()
	data := maps.Clone(on.data[title])
	if data == nil {
		s.t.Fatalf("no button %q on %s", title, on.json)
	}
	for i := 0; i < len(inputs); i += 2 {
		data[inputs[i]] = inputs[i+1]
	}
	return s.sends(person, data["verb"], on.id, data)
}

// sends sends any button's data.
func (s *stage) sends(person, verb, card string, data map[string]string) string {
	s.who = person
	got := said(s.turn(desk.Turn{Verb: verb, Data: data, Card: card}))
	s.told = append(s.told, got)
	synctest.Wait() // what follows the answer
	return plainText(got)
}

// decides lets somebody press a button of the newest request in their chat.
func (s *stage) decides(person, title string, inputs ...string) string {
	s.t.Helper()
	return s.on(s.waits(person, title), person, title, inputs...)
}

// asks lets L1 ask for meraki, and returns the card that says that it waits.
func (s *stage) asks() desk.Reply {
	s.t.Helper()
	s.expect("asking", s.says(l1, "ask meraki switch offline, ticket 4711 for=8h"), "Access to meraki",
		"Withdraw")
	return s.card
}

// rotates lets L1 hand in another value of ninjaone.
func (s *stage) rotates() desk.Reply {
	s.t.Helper()
	s.says(l1, "rotate ninja")
	got := s.in(s.card, l1, "Save to Vault", "part.client_id", theClient, "part.client_secret", secondKey,
		"interval", "90", "reason", "rotated at the vendor")
	s.expect("handing in", got, "Rotate ninjaone", "Withdraw", "••••0002")
	return s.card
}

func (s *stage) expect(what, got string, wants ...string) {
	s.t.Helper()
	for _, want := range wants {
		if !strings.Contains(plainText(got), want) {
			s.t.Errorf("%s says %s\nwithout %q", what, brief(got), want)
		}
	}
}

// story is the events since the office opened, without those that only look, the oldest first.
func (s *stage) story() (out []string) {
	for _, e := range slices.Backward(s.a.Log.Recent(1000, nil)) {
		if e.Action == "start" || e.Action == "sweep" || e.Outcome == audit.Intent && e.Action == "ask" ||
			e.Action == "add" && e.Actor.ID == admin && len(out) == 0 {
			continue
		}
		who := e.Actor.Name
		if who == "" {
			who = e.Actor.ID
		}
		out = append(out, strings.TrimSpace(e.Action+" "+string(e.Outcome)+" by "+who+" "+e.Key))
	}
	return out
}

func (s *stage) expectStory(want ...string) {
	s.t.Helper()
	if got := s.story(); !slices.Equal(got, want) {
		s.t.Errorf("the log has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// open is how many requests lie in the vault, staged pieces included.
func (s *stage) open() (n int) {
	s.t.Helper()
	for pages := s.client.NewListSecretPropertiesPager(nil); pages.More(); {
		page, err := pages.NextPage(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range page.Value {
			if name := p.ID.Name(); strings.HasPrefix(name, "keydesk-request") || strings.HasPrefix(name,
				"keydesk-staged") {
				n++
			}
		}
	}
	return n
}

// rounds lets time pass in steps, with a round of Tend after each.
func (s *stage) rounds(n int, step time.Duration) {
	for range n {
		s.later(step)
		s.a.Desk.Tend(s.t.Context(), time.Now())
		synctest.Wait()
	}
}

// noteOf is the note of the last event of that action and outcome.
func (s *stage) noteOf(action string, o audit.Outcome) string {
	for _, e := range s.a.Log.Recent(1, func(e audit.Event) bool {
		return e.Action == action &&
			e.Outcome == o
	}) {
		return e.Note
	}
	return ""
}
