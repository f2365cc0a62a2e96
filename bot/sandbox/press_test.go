package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
)

const formCard = `{"type":"AdaptiveCard","version":"1.5","body":[
 {"type":"Input.Text","id":"part.client_id","label":"Client id"},
 {"type":"Input.Text","id":"part.client_secret","label":"Secret","style":"password"},
 {"type":"Input.Number","id":"interval","label":"Days","value":90},
 {"type":"ActionSet","actions":[{"type":"Action.OpenUrl","title":"Docs","url":"https://example.com/"}]}],
 "actions":[
 {"type":"Action.Execute","title":"Save","verb":"save","id":"s","data":{"op":"o1","n":7},
 	"fallback":{"type":"Action.Submit"}},
 {"type":"Action.Execute","title":"Cancel","verb":"cancel","associatedInputs":"none"},
 {"type":"Action.Submit","title":"Old","data":{"verb":"save"}},
 {"type":"Action.Submit","title":"Text","data":"a string"},
 {"type":"Action.Execute","title":"Off","verb":"x","isEnabled":false},
 {"type":"Action.ShowCard","title":"More","card":{"type":"AdaptiveCard",
  "body":[{"type":"Input.Text","id":"label","label":"Label"}],
  "actions":[{"type":"Action.Execute","title":"Inner","verb":"inner"}]}}]}`

// The actions' numbers on formCard, in the order in which they are drawn.
const (
	docs = iota
	save
	cancelled
	submit
	withText
	off
	more
	inner
)

func TestWhatAPressLooksLike(t *testing.T) {
	w := newWorld(t, answering(200,
		`{"statusCode":200,"type":"application/vnd.microsoft.activity.message","value":"ok"}`))
	p := newPressing(w, formCard)
	seq := p.seq()
	typed := map[string]string{"part.client_id": "id-1", "interval": "7", "part.client_secret": "",
		"forged": "x", "label": "l"}
	tests := []struct {
		action int
		status int
		want   string // the value as JSON paths
	}{
		{save, 200, "save"}, {cancelled, 200, "cancel"}, {submit, 200, ""}, {withText, 200, ""}, {inner, 200,
			"inner"},
		{docs, 400, ""}, {off, 400, ""}, {more, 400, ""}, {99, 400, ""}, {-1, 400, ""},
	}
	n := 0
	for _, tt := range tests {
		r := p.press(seq, tt.action, map[string]string{
			"part.client_id": typed["part.client_id"], "interval": "7", "part.client_secret": "", "forged": "x",
		})
		if r.status != tt.status {
			t.Fatalf("action %d: %d %s", tt.action, r.status, r.body)
		}
		if tt.status != 200 {
			continue
		}
		n++
		a := w.got(n)[n-1]
		if a["replyToId"] != p.message || a.at("from", "aadObjectId") != tech {
			t.Errorf("action %d: %v", tt.action, a)
		}
		if tt.want != "" && (a["type"] != "invoke" || a["name"] != "adaptiveCard/action" ||
			a.at("value", "trigger") != "manual" || a.at("value", "action", "verb") != tt.want ||
			a.at("value", "action", "type") != "Action.Execute") {
			t.Errorf("action %d: %v", tt.action, a)
		}
	}
	acts := w.got(n)
	data := acts[0].at("value", "action", "data").(map[string]any)
	if len(data) != 4 || data["op"] != "o1" || data["n"] != 7.0 || data["interval"] != "7" ||
		data["part.client_id"] != "id-1" {
		t.Errorf("save sends %v", data)
	}
	if acts[0].at("value", "action", "title") != "Save" || acts[0].at("value", "action", "id") != "s" {
		t.Errorf("save is %v", acts[0]["value"])
	}
	if data := acts[1].at("value", "action", "data").(map[string]any); len(data) != 0 {
		t.Errorf("cancel sends %v", data)
	}
	if acts[2]["type"] != "message" || acts[2]["text"] != nil || acts[2].at("value", "verb") != "save" ||
		acts[2].at("value", "interval") != "7" {
		t.Errorf("submit sends %v", acts[2])
	}
	if v := acts[3]["value"].(map[string]any); v["interval"] != "7" || len(v) != 2 {
		t.Errorf("data that is text: %v", v)
	}
	if acts[0]["id"] == acts[1]["id"] {
		t.Error("two presses have one id")
	}
}

func answering(status int, body string) func(*world) {
	return func(w *world) { w.answer = func(act) (int, string) { return status, body } }
}

func TestWhatAnAnswerDoes(t *testing.T) {
	next := `{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"Saved **it**"}]}`
	tests := []struct {
		name   string
		status int
		body   string
		want   string
		text   string
	}{
		{"a card", 200, `{"statusCode":200,"type":"` + card + `","value":` + next + `}`, "card", ""},
		{"a line", 200, `{"statusCode":200,"type":"application/vnd.microsoft.activity.message",
			"value":"Opened below."}`,
			"message", "Opened below."},
		{"an error", 200, `{"statusCode":400,"type":"application/vnd.microsoft.error","value":{"code":"x",
			"message":"No."}}`,
			"error", "No."},
		{"an error without words", 200, `{"statusCode":400,"type":"application/vnd.microsoft.error","value":{}}`,
			"unreachable", "Unable to reach app"},
		{"nothing", 200, ``, "unreachable", "Unable to reach app"},
		{"another type", 200, `{"statusCode":200,"type":"x","value":1}`, "unreachable", "Unable to reach app"},
		{"a card that is none", 200, `{"statusCode":200,"type":"` + card + `","value":{"type":"x"}}`,
			"unreachable", "Unable to reach app"},
		{"status 202", 202, `{"statusCode":200,"type":"` + card + `","value":` + next + `}`, "unreachable",
			"Unable"},
		{"status 500", 500, `fake-stack-trace`, "unreachable", "Unable to reach app"},
		{"a redirect", 307, ``, "unreachable", "Unable to reach app"},
		{"without end", 200, `{"type":"` + strings.Repeat("x", 1<<20) + `"}`, "unreachable", "Unable to reach app"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, answering(tt.status, tt.body))
			p := newPressing(w, formCard)
			seq := p.seq()
			r := p.press(seq, save, nil)
			got := r.json(t)
			text, _ := got["text"].(string)
			if r.status != 200 || got["result"] != tt.want || !strings.HasPrefix(text, tt.text) {
				t.Fatalf("%d %s", r.status, r.body)
			}
			if strings.Contains(r.body, "fake-stack-trace") {
				t.Error("the bot's fault reached the page")
			}
			if tt.want != "card" {
				if again := p.press(seq, save, nil); again.status != 200 {
					t.Errorf("the card was changed: %d %s", again.status, again.body)
				}
				return
			}
			if m := p.live.until(byID(p.message)); !strings.Contains(m.HTML, "Saved <strong>it</strong>") {
				t.Errorf("the card: %s", m.HTML)
			}
			if !strings.Contains(got.at("live", "html").(string), "Saved") {
				t.Errorf("the answer lacks the card: %s", r.body)
			}
			if stale := p.press(seq, save, nil); stale.status != http.StatusConflict {
				t.Errorf("a button of the card before: %d", stale.status)
			}
		})
	}
}

func TestABotThatIsNotThere(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.answer = func(act) (int, string) { panic(http.ErrAbortHandler) }
	})
	p := newPressing(w, formCard)
	if got := p.press(p.seq(), save, nil).json(t); got["result"] != "unreachable" {
		t.Errorf("%v", got)
	}
	r := w.page(p.c, "send", map[string]any{"as": tech, "chat": p.chat, "text": "help"}).json(t)
	if r["took"] != false {
		t.Errorf("%v", r)
	}
}

// What is typed into a card's inputs goes to the bot and nowhere else.
func TestATypedSecretIsOnlyPassedThrough(t *testing.T) {
	const secret = "fake-s3cret-1-never-kept"
	answers := []struct {
		status int
		body   string
	}{
		{200, `{"statusCode":200,"type":"application/vnd.microsoft.activity.message","value":"ok"}`},
		{200, `{"statusCode":400,"type":"application/vnd.microsoft.error","value":{"message":"No."}}`},
		{500, secret}, {200, secret}, {302, secret},
		{200, `{"statusCode":200,"type":"` + card + `","value":{"type":"AdaptiveCard","body":[]}}`},
	}
	w := newWorld(t, inPlain(t))
	p := newPressing(w, formCard)
	seq := p.seq()
	var pages strings.Builder
	for i, a := range answers {
		w.mu.Lock()
		w.answer = func(act) (int, string) { return a.status, a.body }
		w.mu.Unlock()
		r := p.press(seq, save, map[string]string{"part.client_secret": secret})
		if r.status != 200 {
			t.Fatalf("%d: %d %s", i, r.status, r.body)
		}
		pages.WriteString(r.body)
	}
	pages.WriteString(p.live.next().raw)
	pages.WriteString(w.stream(p.c, tech, "").next().raw)
	pages.WriteString(do(t, p.c, request(t, "GET", w.base+"/?as="+tech, "")).body)
	w.got(len(answers))
	if n := strings.Count(w.bodies.String(), secret); n != len(answers) {
		t.Errorf("the bot got it %d times", n)
	}
	file := w.read()
	w.teams.Close() // nothing is written to the log any more
	for where, text := range map[string]string{"pages": pages.String(), "transcript": file,
		"log": w.logs.String()} {
		if text == "" || strings.Contains(text, secret) {
			t.Errorf("%s: empty, or the value is in it", where)
		}
	}
}
