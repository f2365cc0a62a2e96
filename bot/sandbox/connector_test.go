package sandbox_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestConnector(t *testing.T) {
	w := newWorld(t)
	chat := w.chat(admin)
	mine := w.post(chat, `{"type":"message","text":"hello"}`)
	c := w.browser()
	theirs := w.page(c, "send", map[string]any{"as": admin, "chat": chat,
		"text": "hi"}).json(t).at("id").(string)
	text := `{"type":"message","text":"x"}`
	adaptive := cardMessage(`{"type":"AdaptiveCard","body":[]}`)
	both := strings.Replace(adaptive, `{"type":"message"`, `{"type":"message","text":"x"`, 1)
	conv := "/v3/conversations"
	own := conv + "/" + chat + "/activities"
	channel := conv + "/" + url.PathEscape(approvals) + "/activities"
	deep := cardMessage(`{"type":"AdaptiveCard","body":[` + strings.Repeat(`{"type":"Container","items":[`, 40) +
		strings.Repeat(`]}`, 40) + `]}`)
	tests := []struct {
		name, method, path, body string
		want                     int
		has                      string
	}{
		{"1:1", "POST", conv, `{"members":[{"id":"` + admin + `"}]}`, 201, chat},
		{"1:1 again", "POST", conv, `{"members":[{"id":"` + strings.ToUpper(admin) + `"}]}`, 201, chat},
		{"1:1 in our tenant", "POST", conv,
			`{"members":[{"id":"` + admin + `"}],"channelData":{"tenant":{"id":"` + tenant + `"}}}`, 201, chat},
		{"1:1 in another tenant", "POST", conv,
			`{"members":[{"id":"` + admin + `"}],"channelData":{"tenant":{"id":"other"}}}`, 403, ""},
		{"1:1 with nobody we know", "POST", conv, `{"members":[{"id":"29:nobody"}]}`, 404, "ConversationNotFound"},
		{"1:1 with nobody", "POST", conv, `{"members":[]}`, 400, "BadArgument"},
		{"a post", "POST", conv, `{"isGroup":true,"channelData":{"channel":{"id":"` + approvals +
			`"}},"activity":` +
			text + `}`, 201, ";messageid="},
		{"a post without an activity", "POST", conv,
			`{"isGroup":true,"channelData":{"channel":{"id":"` + approvals + `"}}}`, 400, ""},
		{"a post nowhere", "POST", conv,
			`{"isGroup":true,"channelData":{"channel":{"id":"19:x"}},"activity":` + text + `}`, 404, ""},
		{"a post in a 1:1", "POST", conv,
			`{"isGroup":true,"channelData":{"channel":{"id":"` + chat + `"}},"activity":` + text + `}`, 404, ""},
		{"text", "POST", own, text, 201, `"id"`},
		{"a card", "POST", own, adaptive, 201, `"id"`},
		{"text and card are split", "POST", own, both, 202, "{}"},
		{"a reply in a 1:1", "POST", own + "/" + mine, text, 201, `"id"`},
		{"to an unknown chat", "POST", conv + "/a:nobody/activities", text, 404, "ConversationNotFound"},
		{"a reply to an unknown post", "POST", channel + "/123", text, 404, "ActivityNotFoundInConversation"},
		{"nothing to show", "POST", own, `{"type":"message"}`, 400, ""},
		{"another kind", "POST", own, `{"type":"event","text":"x"}`, 400, ""},
		{"a card that is none", "POST", own, cardMessage(`{"type":"HeroCard"}`), 400, ""},
		{"a card without end", "POST", own, deep, 400, ""},
		{"broken JSON", "POST", own, `{"type":`, 400, ""},
		{"too long", "POST", own, `{"type":"message","text":"` + strings.Repeat("x", 200_000) + `"}`, 413,
			"MessageSizeTooBig"},
		{"an edit", "PUT", own + "/" + mine, adaptive, 200, mine},
		{"an edit of nothing", "PUT", own + "/123", text, 404, "ActivityNotFoundInConversation"},
		{"an edit in another chat", "PUT", channel + "/" + mine, text, 404, ""},
		{"an edit of a person's message", "PUT", own + "/" + theirs, text, 404, ""},
		{"deleting a person's message", "DELETE", own + "/" + theirs, "", 404, ""},
		{"deleting", "DELETE", own + "/" + mine, "", 200, ""},
		{"deleting again", "DELETE", own + "/" + mine, "", 404, ""},
		{"members of a 1:1", "GET", conv + "/" + chat + "/members", "", 200, `"aadObjectId":"` + admin + `"`},
		{"members of a channel", "GET", conv + "/" + url.PathEscape(approvals) + "/members", "", 200, tech},
		{"members, paged", "GET", conv + "/" + chat + "/pagedmembers", "", 200, `"members":[`},
		{"a member", "GET", conv + "/" + url.PathEscape(approvals) + "/members/" + tech, "", 200, `"objectId":"` +
			tech},
		{"a member of another's chat", "GET", conv + "/" + chat + "/members/" + tech, "", 404, ""},
		{"members of nothing", "GET", conv + "/x/members", "", 404, ""},
		{"a call that is not there", "GET", "/v3/attachments/1", "", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			r := w.call(tt.method, tt.path, tt.body)
			if r.status != tt.want || !strings.Contains(r.body, tt.has) {
				t.Errorf("%d %s, want %d with %q", r.status, r.body, tt.want, tt.has)
			}
			if tt.want >= 400 && r.json(t).at("error", "code") == nil {
				t.Errorf("no error code: %s", r.body)
			}
			if tt.want == 202 && r.json(t).at("id") != nil {
				t.Errorf("an id is told: %s", r.body)
			}
		})
	}
}

func TestAThreadInAChannel(t *testing.T) {
	w := newWorld(t)
	root := w.post(approvals, `{"type":"message","text":"root"}`)
	inThread := w.post(approvals+";messageid="+root, `{"type":"message","text":"by conversation"}`)
	r := w.call("POST", "/v3/conversations/"+url.PathEscape(approvals)+"/activities/"+inThread,
		`{"type":"message","text":"by reply"}`)
	n := w.stream(w.browser(), tech, "").next()
	if len(n.Messages) != 3 || n.Messages[0].Root != "" {
		t.Fatalf("%d %+v", r.status, n.Messages)
	}
	for _, m := range n.Messages[1:] {
		if m.Root != root {
			t.Errorf("%s stands in %q, want %q", m.ID, m.Root, root)
		}
	}
}
