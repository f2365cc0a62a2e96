package sandbox_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// shown is a message as a page gets it.
type shown struct{ ID, Chat, Root, Say, HTML string }

type news struct {
	id       string
	raw      string
	History  bool
	Messages []shown
	Typing   []string
}

// stream is a live page.
type stream struct {
	t   testing.TB
	res *http.Response
	in  *bufio.Scanner
}

func (w *world) stream(c *http.Client, as, last string) *stream {
	w.t.Helper()
	req := request(w.t, "GET", w.base+"/page/events?as="+as, "")
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = res.Body.Close() })
	if ct := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || ct != "text/event-stream" {
		w.t.Fatalf("events: %d %s", res.StatusCode, ct)
	}
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, 8<<20)
	return &stream{t: w.t, res: res, in: in}
}

func (s *stream) next() news {
	s.t.Helper()
	var n news
	for s.in.Scan() {
		line := s.in.Text()
		switch {
		case strings.HasPrefix(line, "id: "):
			n.id = line[4:]
		case strings.HasPrefix(line, "data: "):
			n.raw = line[6:]
			if err := json.Unmarshal([]byte(n.raw), &n); err != nil {
				s.t.Fatal(err)
			}
			return n
		}
	}
	s.t.Fatalf("the stream ended: %v", s.in.Err())
	return n
}

// until reads on until a message is there that wanted says yes to.
func (s *stream) until(wanted func(shown) bool) shown {
	s.t.Helper()
	for {
		for _, m := range s.next().Messages {
			if wanted(m) {
				return m
			}
		}
	}
}

func byID(id string) func(shown) bool { return func(m shown) bool { return m.ID == id } }

func TestAPageCatchesUp(t *testing.T) {
	w := newWorld(t)
	c := w.browser()
	chat := w.chat(admin)
	first := w.post(chat, `{"type":"message","text":"one"}`)
	live := w.stream(c, admin, "")
	n := live.next()
	if !n.History || len(n.Messages) != 1 || n.Messages[0].ID != first {
		t.Fatalf("history: %+v", n)
	}
	if s := w.stream(c, tech, "").next(); len(s.Messages) != 0 {
		t.Fatalf("another person sees the chat: %+v", s)
	}
	second := w.post(chat, `{"type":"message","text":"two"}`)
	live.until(byID(second))
	w.call("PUT", "/v3/conversations/"+chat+"/activities/"+first, `{"type":"message","text":"one, edited"}`)
	if m := live.until(byID(first)); !strings.Contains(m.HTML, "one, edited") ||
		!strings.Contains(m.HTML, "Edited") {
		t.Fatalf("edit: %s", m.HTML)
	}
	back := w.stream(c, admin, n.id).next()
	if back.History || len(back.Messages) != 2 {
		t.Fatalf("coming back: %+v", back)
	}
	typed := w.call("POST", "/v3/conversations/"+chat+"/activities", `{"type":"typing"}`)
	if typed.status != http.StatusCreated {
		t.Fatalf("typing: %d", typed.status)
	}
	for n := live.next(); ; n = live.next() {
		if len(n.Typing) == 1 && n.Typing[0] == chat {
			break
		}
	}
}
