package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// events is the live stream of a person's page: everything after the number it saw last, then
// whatever happens.
func (t *Teams) events(w http.ResponseWriter, r *http.Request) {
	p, ok := t.me(w, r.URL.Query().Get("as"))
	if !ok {
		return
	}
	last := r.Header.Get("Last-Event-ID")
	after, _ := strconv.ParseInt(last, 10, 64) // none = from the beginning
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a live page has no end
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	woken, stop := t.book.follow()
	defer stop()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for first := true; ; first = false {
		next, err := t.sendNews(w, p, after, first)
		if err != nil || out.Flush() != nil {
			return
		}
		after = next
		select {
		case <-woken:
		case <-beat.C:
		case <-r.Context().Done():
			return
		case <-t.ctx.Done():
			return
		}
	}
}

func (t *Teams) sendNews(w http.ResponseWriter, p Person, after int64, first bool) (int64, error) {
	changed, typing, upTo := t.book.news(p.ID, t.sees(p), after)
	if len(changed) == 0 && len(typing) == 0 && !first {
		_, err := fmt.Fprint(w, ": still here\n\n")
		return upTo, err
	}
	news := struct {
		History  bool     `json:"history"` // nothing of this is new to the person
		Messages []live   `json:"messages"`
		Typing   []string `json:"typing"`
	}{History: after == 0, Messages: []live{}, Typing: typing}
	for _, m := range changed {
		l, err := t.view(m, p)
		if err != nil {
			t.log.Error("drawing a message", "error", err)
			continue
		}
		news.Messages = append(news.Messages, l)
	}
	data, err := json.Marshal(news)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: news\ndata: %s\n\n", upTo, data)
	return upTo, err
}
