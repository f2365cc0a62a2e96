package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The connector is the part of Teams that a bot calls: Bot Connector REST v3, as far as a bot for
// 1:1 chats and channels needs it. It asks for no token: on loopback whoever calls is trusted.

const adaptive = "application/vnd.microsoft.card.adaptive"

func (t *Teams) connectorRoutes(mux *http.ServeMux) {
	const chat = "/v3/conversations/{chat}"
	mux.HandleFunc("POST /v3/conversations", t.createConversation)
	mux.HandleFunc("POST "+chat+"/activities", t.postActivity)
	mux.HandleFunc("POST "+chat+"/activities/{id}", t.postActivity)
	mux.HandleFunc("PUT "+chat+"/activities/{id}", t.putActivity)
	mux.HandleFunc("DELETE "+chat+"/activities/{id}", t.deleteActivity)
	mux.HandleFunc("GET "+chat+"/members", t.members)
	mux.HandleFunc("GET "+chat+"/pagedmembers", t.members)
	mux.HandleFunc("GET "+chat+"/members/{person}", t.member)
	mux.HandleFunc("/v3/", func(w http.ResponseWriter, _ *http.Request) {
		fault(w, http.StatusNotFound, "NotFound", "The sandbox has no such call.")
	})
}

// posted is what the sandbox reads of an activity that a bot sends.
type posted struct {
	Type        string       `json:"type"`
	Text        string       `json:"text"`
	TextFormat  string       `json:"textFormat"`
	Summary     string       `json:"summary"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	ContentType string          `json:"contentType"`
	Content     json.RawMessage `json:"content"`
}

func (t *Teams) createConversation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		IsGroup     bool                  `json:"isGroup"`
		Members     []struct{ ID string } `json:"members"`
		TenantID    string                `json:"tenantId"`
		Activity    *posted               `json:"activity"`
		ChannelData struct {
			Tenant  struct{ ID string } `json:"tenant"`
			Channel struct{ ID string } `json:"channel"`
		} `json:"channelData"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	tenant := in.ChannelData.Tenant.ID
	if tenant == "" {
		tenant = in.TenantID
	}
	switch {
	case tenant != "" && t.cfg.Tenant != "" && !strings.EqualFold(tenant, t.cfg.Tenant):
		fault(w, http.StatusForbidden, "Forbidden", "That tenant is not this one.")
	case in.IsGroup:
		t.createPost(w, in.ChannelData.Channel.ID, in.Activity)
	case len(in.Members) != 1:
		fault(w, http.StatusBadRequest, "BadArgument", "One member makes a 1:1 chat.")
	default:
		p, ok := t.person(in.Members[0].ID)
		if !ok {
			fault(w, http.StatusNotFound, "ConversationNotFound", "No such person here.")
			return
		}
		// A first activity in this call is dropped, as some clients do: post it after.
		answer(w, http.StatusCreated, map[string]string{"id": t.chatOf(p)})
	}
}

func (t *Teams) createPost(w http.ResponseWriter, channelID string, a *posted) {
	at, ok := t.place(channelID)
	if !ok || at.Person != nil {
		fault(w, http.StatusNotFound, "ConversationNotFound", "No such channel here.")
		return
	}
	if a == nil {
		fault(w, http.StatusBadRequest, "BadArgument", "A new post needs its activity.")
		return
	}
	at.Root = ""
	kept, ok := t.post(w, at, *a)
	if !ok {
		return
	}
	at.Root = kept[0].ID
	answer(w, http.StatusCreated, map[string]string{"id": at.conversation(), "activityId": kept[0].ID})
}

func (t *Teams) postActivity(w http.ResponseWriter, r *http.Request) {
	at, ok := t.place(r.PathValue("chat"))
	if !ok {
		fault(w, http.StatusNotFound, "ConversationNotFound", "No such conversation here.")
		return
	}
	var a posted
	if !readJSON(w, r, &a) {
		return
	}
	if a.Type == "typing" {
		t.book.setTyping(at.Chat)
		answer(w, http.StatusCreated, map[string]string{"id": newID()})
		return
	}
	if at.Person == nil && !t.threadOf(&at, r.PathValue("id")) {
		fault(w, http.StatusNotFound, "ActivityNotFoundInConversation", "No such post here.")
		return
	}
	kept, ok := t.post(w, at, a)
	switch {
	case !ok:
	case len(kept) > 1:
		// Teams splits text and card, and then it tells no id.
		answer(w, http.StatusAccepted, struct{}{})
	default:
		answer(w, http.StatusCreated, map[string]string{"id": kept[0].ID})
	}
}

// threadOf finds the post of a channel that is answered: named in the conversation's id, or by
// the activity that is replied to. Without either it is a new post.
func (t *Teams) threadOf(at *place, replyTo string) bool {
	for _, id := range []string{at.Root, replyTo} {
		if id == "" {
			continue
		}
		m, ok := t.book.get(at.Chat, id)
		if !ok {
			return false
		}
		at.Root = m.ID
		if m.Root != "" {
			at.Root = m.Root
		}
		return true
	}
	return true
}

// post keeps what an activity says, text and cards as messages of their own.
func (t *Teams) post(w http.ResponseWriter, at place, a posted) ([]message, bool) {
	parts, err := a.parts()
	if err != nil {
		fault(w, http.StatusBadRequest, "BadArgument", err.Error())
		return nil, false
	}
	var kept []message
	for _, m := range parts {
		m.Chat, m.Root, m.Name = at.Chat, at.Root, BotName
		m, err := t.book.add(m)
		if err != nil {
			t.log.Error("keeping a message", "error", err)
			fault(w, http.StatusInternalServerError, "ServiceError", "The message could not be kept.")
			return nil, false
		}
		kept = append(kept, m)
	}
	return kept, true
}

func (a posted) parts() ([]message, error) {
	if a.Type != "" && a.Type != "message" {
		return nil, fmt.Errorf("activities of type %.40q cannot be posted", a.Type)
	}
	var out []message
	if strings.TrimSpace(a.Text) != "" {
		out = append(out, message{Text: a.Text, Plain: a.TextFormat == "plain", Summary: a.Summary})
	}
	for _, at := range a.Attachments {
		if at.ContentType != adaptive {
			continue // like any content that a client does not know
		}
		if _, err := parseCard(at.Content); err != nil {
			return nil, err
		}
		out = append(out, message{Card: at.Content, Summary: a.Summary})
	}
	if len(out) == 0 {
		return nil, errors.New("the activity holds nothing to show")
	}
	return out, nil
}

func (t *Teams) putActivity(w http.ResponseWriter, r *http.Request) {
	var a posted
	if !readJSON(w, r, &a) {
		return
	}
	parts, err := a.parts()
	if err != nil {
		fault(w, http.StatusBadRequest, "BadArgument", err.Error())
		return
	}
	next := parts[len(parts)-1] // a card beside text wins
	t.changeOwn(w, r, func(m *message) { m.show(next) })
}

func (t *Teams) deleteActivity(w http.ResponseWriter, r *http.Request) {
	t.changeOwn(w, r, (*message).erase)
}

// changeOwn changes a message of the bot's own. A bot can change nobody else's (platform facts,
// part B), and for it those are not there.
func (t *Teams) changeOwn(w http.ResponseWriter, r *http.Request, edit func(*message)) {
	at, ok := t.place(r.PathValue("chat"))
	if !ok {
		fault(w, http.StatusNotFound, "ConversationNotFound", "No such conversation here.")
		return
	}
	m, err := t.book.change(at.Chat, r.PathValue("id"), func(m *message) error {
		if m.From != "" {
			return errUnknown
		}
		edit(m)
		return nil
	})
	switch {
	case errors.Is(err, errUnknown):
		fault(w, http.StatusNotFound, "ActivityNotFoundInConversation", "No such activity here.")
	case err != nil:
		t.log.Error("keeping a message", "error", err)
		fault(w, http.StatusInternalServerError, "ServiceError", "The message could not be kept.")
	default:
		answer(w, http.StatusOK, map[string]string{"id": m.ID})
	}
}
