package request

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"keydesk/catalog"
)

// Kind is what a request asks for.
type Kind string

// The kinds. A change is any other command that waits for a second admin.
const (
	Access Kind = "access"
	Rotate Kind = "rotate"
	Add    Kind = "add"
	Change Kind = "change"
)

const (
	// OpenFor is how long a request waits before it expires.
	OpenFor = 24 * time.Hour
	// RemindAfter is how long it waits before the admins are reminded, once.
	RemindAfter = time.Hour
	// MinReason is the least number of letters of a reason.
	MinReason = 8
	// MaxReason is the most characters of a reason, or of a word of why.
	MaxReason = 256
)

// Request is one thing that waits for an admin. A value that is staged for it is kept beside it by the vault.
type Request struct {
	ID      string            `json:"id"` // the operation id in lower case
	Op      string            `json:"op"`
	Kind    Kind              `json:"kind"`
	Verb    string            `json:"verb,omitzero"` // the command that runs when approved; "" for access
	Key     string            `json:"key,omitzero"`  // "vendor" or "vendor/label"; "" for several
	By      catalog.Person    `json:"by"`
	Reason  string            `json:"reason,omitzero"`
	For     Span              `json:"for,omitzero"` // of access
	Made    time.Time         `json:"made"`
	Until   time.Time         `json:"until"`
	Round   int               `json:"round,omitzero"`   // of its ticket
	Remind  time.Time         `json:"remind,omitzero"`  // when the admins were reminded
	Line    string            `json:"line,omitzero"`    // what was typed
	Fields  map[string]string `json:"fields,omitzero"`  // what a form had, without values
	What    string            `json:"what,omitzero"`    // the change in words, "Delete sentinelone"
	Lines   []string          `json:"lines,omitzero"`   // more of it
	Preview string            `json:"preview,omitzero"` // of the staged value
	Card    string            `json:"card,omitzero"`    // activity id of the requester's own card
	Posts   []Post            `json:"posts,omitzero"`   // the cards that show it
}

// Post is a card that shows a request: in the person's own chat, or in the approvals channel.
type Post struct {
	Person       string `json:"person,omitzero"` // Entra object id; "" for a channel
	Conversation string `json:"conversation,omitzero"`
	ServiceURL   string `json:"serviceUrl,omitzero"`
	Tenant       string `json:"tenant,omitzero"`
	ID           string `json:"id"` // of the activity
}

// Span is how long a pass lasts.
type Span string

// The spans. Once is one look within a day.
const (
	Once  Span = "once"
	Hour  Span = "1h"
	Shift Span = "8h"
	Day   Span = "24h"
)

// Spans is all of them, the shortest first.
var Spans = []Span{Once, Hour, Shift, Day}

// ParseSpan reads a span in any case. ErrSpan.
func ParseSpan(s string) (Span, error) {
	for _, one := range Spans {
		if strings.EqualFold(strings.TrimSpace(s), string(one)) {
			return one, nil
		}
	}
	return "", ErrSpan
}

// Time is how long it lasts.
func (s Span) Time() time.Duration {
	switch s {
	case Hour:
		return time.Hour
	case Shift:
		return 8 * time.Hour
	}
	return 24 * time.Hour
}

// String is the span for people.
func (s Span) String() string {
	switch s {
	case Once:
		return "once, within 24 hours"
	case Hour:
		return "1 hour"
	case Shift:
		return "8 hours"
	case Day:
		return "24 hours"
	}
	return "?"
}

// What can be wrong. Each is a sentence for people's eyes too.
var (
	ErrReason  = errors.New("a reason has at least 8 letters and at most 256 characters")
	ErrSpan    = errors.New("the duration is once, 1h, 8h or 24h")
	ErrLonger  = errors.New("an approval may shorten the time that was asked for, not lengthen it")
	ErrOwn     = errors.New("nobody decides about their own request")
	ErrNotOwn  = errors.New("only who made a request withdraws it")
	ErrNoAdmin = errors.New("only an admin decides")
	ErrOver    = errors.New("the request has expired")
	ErrEarly   = errors.New("the request has not expired yet")
	ErrNobody  = errors.New("nobody is known to ask for this")
	ErrKind    = errors.New("there is no such kind of request")
	ErrWord    = errors.New("a denial says why, in at most 256 characters")
)

// CheckReason refuses what is no reason: fewer than 8 letters, as ".", or too long.
func CheckReason(s string) error {
	letters := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters < MinReason || utf8.RuneCountInString(s) > MaxReason {
		return ErrReason
	}
	return nil
}

// New is a request that begins now. Op must be an operation id of the desk.
// ErrNobody, ErrKind, ErrReason, ErrSpan.
func New(r Request, now time.Time) (Request, error) {
	switch r.Kind {
	case Access, Rotate, Add, Change:
	default:
		return Request{}, ErrKind
	}
	if r.By.ID == "" {
		return Request{}, ErrNobody
	}
	if r.Kind != Change || r.Reason != "" {
		if err := CheckReason(r.Reason); err != nil {
			return Request{}, err
		}
	}
	if r.Kind == Access {
		span, err := ParseSpan(string(r.For))
		if err != nil {
			return Request{}, err
		}
		r.For = span
	}
	r.ID = strings.ToLower(r.Op)
	r.Made = stamp(now)
	r.Until = r.Made.Add(OpenFor)
	r.Round, r.Remind, r.Posts = 0, time.Time{}, nil
	return r, nil
}

// Over says whether it has expired.
func (r Request) Over(now time.Time) bool { return !now.Before(r.Until) }

// Due says whether the admins are to be reminded.
func (r Request) Due(now time.Time) bool {
	return r.Remind.IsZero() && !r.Over(now) && !now.Before(r.Made.Add(RemindAfter))
}
