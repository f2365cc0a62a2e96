//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// person is somebody at the sandbox's page, with the page's own calls: what they type is sent, what their
// chat shows is HTML, and a button is pressed by the number that it has there.
type person struct {
	*process
	id   string
	chat string // "" until it was looked up
	seen string // number of the last change that was seen
	// patience is how long an answer is waited for.
	patience time.Duration
}

// shown is a message of the chat.
type shown struct{ ID, Chat, HTML string }

// errRefused is an answer that says no; refused has its words.
var errRefused = errors.New("refused")

// refused is what a person reads in the place of what they asked for.
type refused struct{ words string }

func (r refused) Error() string       { return "refused: " + r.words }
func (r refused) Is(other error) bool { return other == errRefused }

var (
	chatForm = regexp.MustCompile(`data-chat="(a:1[^"]+)"`)
	seqForm  = regexp.MustCompile(`data-seq="(\d+)"`)
	doForm   = regexp.MustCompile(`data-action="(\d+)" data-verb="[^"]*"[^>]*>([^<]*)</button>`)
	openForm = regexp.MustCompile(`href="([^"]*/r/[^"]*)"`)
	tagForm  = regexp.MustCompile(`<[^>]*>`)
)

// text is what a person reads of a message.
func (m shown) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tagForm.ReplaceAllString(m.HTML, " "))), " ")
}

// link is the address on the message's card, "" if there is none.
func (m shown) link() string {
	if found := openForm.FindStringSubmatch(m.HTML); found != nil {
		return html.UnescapeString(found[1])
	}
	return ""
}

// button is the number of a button.
func (m shown) button(title string) (string, bool) {
	for _, b := range doForm.FindAllStringSubmatch(m.HTML, -1) {
		if html.UnescapeString(strings.TrimSpace(b[2])) == title {
			return b[1], true
		}
	}
	return "", false
}

// say types a line and waits for the bot's message after it.
func (p *person) say(text string) (shown, error) {
	if err := p.arrive(); err != nil {
		return shown{}, err
	}
	var sent struct {
		ID   string
		Took bool
	}
	err := p.post("/page/send", map[string]any{"as": p.id, "chat": p.chat, "text": text}, &sent)
	if err != nil {
		return shown{}, err
	}
	if !sent.Took {
		return shown{}, refused{"the bot did not take " + text}
	}
	return p.await(sent.ID)
}

// arrive looks up the chat, and what was said there before.
func (p *person) arrive() error {
	if p.chat != "" {
		return nil
	}
	res, err := p.client.Get(p.base + "/?as=" + url.QueryEscape(p.id))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	found := chatForm.FindSubmatch(page)
	if found == nil {
		return fmt.Errorf("no chat on the page: %s", res.Status)
	}
	p.chat = html.UnescapeString(string(found[1]))
	return nil
}

// await follows the chat until the bot has answered the message with that id.
func (p *person) await(after string) (shown, error) {
	ctx, cancel := context.WithTimeout(context.Background(), p.patience)
	defer cancel()
	address := p.base + "/page/events?as=" + url.QueryEscape(p.id)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return shown{}, err
	}
	req.Header.Set("Last-Event-ID", p.seen)
	res, err := p.client.Do(req)
	if err != nil {
		return shown{}, err
	}
	defer res.Body.Close()
	for lines := bufio.NewReader(res.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return shown{}, fmt.Errorf("following the chat: %w", err)
		}
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			p.seen = strings.TrimSpace(id)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var news struct{ Messages []shown }
		if err := json.Unmarshal([]byte(data), &news); err != nil {
			return shown{}, err
		}
		for _, m := range news.Messages {
			if m.Chat == p.chat && len(m.ID) == len(after) && m.ID > after {
				return m, nil
			}
		}
	}
}

// press presses a button with some inputs and gives the card that is in its place then.
func (p *person) press(on shown, title string, inputs map[string]string) (shown, error) {
	action, ok := on.button(title)
	seq := seqForm.FindStringSubmatch(on.HTML)
	if !ok || seq == nil {
		return shown{}, refused{on.text()} // there is no such button: something else is said
	}
	var out struct {
		Result, Text string
		Live         *shown
	}
	err := p.post("/page/press", map[string]any{"as": p.id, "chat": on.Chat, "message": on.ID, "seq": seq[1],
		"action": json.Number(action), "inputs": inputs}, &out)
	switch {
	case err != nil:
		return shown{}, err
	case out.Result != "card" || out.Live == nil:
		return shown{}, refused{out.Text}
	}
	return *out.Live, nil
}

// post calls the page's API.
func (p *process) post(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	res, err := p.client.Post(p.base+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return said(res, answer)
	}
	return json.Unmarshal(answer, out)
}

// said is the refusal of an API: the page's or that of a link.
func said(res *http.Response, body []byte) error {
	var page struct{ Error struct{ Message string } }
	var link struct{ Error string }
	switch {
	case json.Unmarshal(body, &page) == nil && page.Error.Message != "":
		return refused{page.Error.Message}
	case json.Unmarshal(body, &link) == nil && link.Error != "":
		return refused{link.Error}
	}
	return refused{res.Status + " " + string(body)}
}

// errGone is what a link answers that was used, withdrawn or never there.
var errGone = errors.New("the link is gone")

// open loads a link's page and claims the value, as the page's own script does, and gives the secret parts.
func (p *process) open(link string) (map[string]string, error) {
	res, err := p.client.Post(link, "application/json", strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode == http.StatusGone:
		return nil, errGone
	case res.StatusCode != http.StatusOK:
		return nil, said(res, body)
	}
	var got struct {
		Parts []struct{ Name, Value string }
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, part := range got.Parts {
		values[part.Name] = part.Value
	}
	return values, nil
}

// get fetches a page of the process.
func (p *process) get(path string) (status int, body string, err error) {
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Get(p.base + path)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}
