package bottest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
)

// Client posts activities to a bot, as Teams does.
type Client struct {
	Signer *Signer
	URL    string // the bot's /api/messages
	HTTP   *http.Client
}

// Answer is what the bot said in the HTTP answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Envelope is the body of the answer to an Action.Execute.
type Envelope struct {
	StatusCode int             `json:"statusCode"`
	Type       string          `json:"type"`
	Value      json.RawMessage `json:"value"`
}

// Envelope reads the answer to an Action.Execute; the zero Envelope where it is none.
func (a Answer) Envelope() (e Envelope) {
	if json.Unmarshal(a.Body, &e) != nil {
		return Envelope{}
	}
	return e
}

// Line is the text of an envelope that is a message or an error.
func (e Envelope) Line() string {
	var line string
	if json.Unmarshal(e.Value, &line) == nil {
		return line
	}
	var fault struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(e.Value, &fault)
	return fault.Message
}

// Send posts an activity with a good token.
func (c *Client) Send(ctx context.Context, a Activity) (Answer, error) {
	return c.SendAs(ctx, "Bearer "+c.Signer.Token(), a)
}

// SendAs posts an activity with any Authorization header; "" sends none.
func (c *Client) SendAs(ctx context.Context, authorization string, a Activity) (Answer, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return Answer{}, err
	}
	return c.SendRaw(ctx, authorization, body)
}

// SendRaw posts any body.
func (c *Client) SendRaw(ctx context.Context, authorization string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: got}, err
}
