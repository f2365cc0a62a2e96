package bottest

import (
	"encoding/json"
	"time"
)

// Call is one request that has arrived, with what became of it.
type Call struct {
	Method, Path  string
	Conversation  string // from the path; "" for a new conversation
	Activity      string // the id in the path of a PUT or DELETE, the new one of a POST
	Authorization string
	Body          Sent
	Raw           []byte
	Status        int // what was answered; 0 when the answer was cut
	At            time.Time
}

// Sent is an activity of the bot.
type Sent struct {
	Type        string                `json:"type"`
	Text        string                `json:"text"`
	Summary     string                `json:"summary"`
	Recipient   struct{ ID string }   `json:"recipient"`
	Members     []struct{ ID string } `json:"members"`
	Attachments []struct {
		ContentType string          `json:"contentType"`
		Content     json.RawMessage `json:"content"`
	} `json:"attachments"`
}

// Card is the first attachment's content; nil when there is none.
func (s Sent) Card() json.RawMessage {
	if len(s.Attachments) == 0 {
		return nil
	}
	return s.Attachments[0].Content
}

// Fault is how one call goes wrong.
type Fault struct {
	Method     string          // which calls it is for; "" is any
	Status     int             // answered; 0 answers as usual
	RetryAfter string          // the header
	Location   string          // the header
	Body       string          // instead of the usual one
	Cut        bool            // the connection ends without an answer, after the effect
	Wait       <-chan struct{} // the answer waits until it is closed
}
