package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Errors of a malformed event.
var (
	// ErrBadEvent: a field is missing, too long, or not one of its values. It names the field.
	ErrBadEvent = errors.New("audit: bad event")
	// ErrNoteTooLong: a note holds more than MaxNote characters. It also is an ErrBadEvent.
	ErrNoteTooLong = fmt.Errorf("%w: note over %d characters", ErrBadEvent, MaxNote)
)

// Bounds of an event. An event line stays under 8 KB even if every character has to be escaped.
const (
	MaxNote  = 256 // characters of a note
	maxName  = 128 // characters of an actor's name; longer names are cut, since people do not choose them
	maxID    = 128 // bytes of an actor's id and of a key's name
	maxShort = 64  // bytes of op, action and version
)

// timeForm is how times are written: RFC 3339, milliseconds, UTC.
const timeForm = "2006-01-02T15:04:05.000Z"

// Outcome says how an action ended, or that it is about to begin.
type Outcome string

// The outcomes.
const (
	Intent Outcome = "intent" // about to be done; written before what cannot be undone
	OK     Outcome = "ok"
	Denied Outcome = "denied"
	Failed Outcome = "failed"
	Found  Outcome = "found" // reconciliation found that it had happened
)

// Actor is who did it: Entra object id and the name that people see. Keydesk itself has neither.
type Actor struct{ ID, Name string }

// Event is one line of the log. Every field but Time, Action and Outcome may be empty; an empty field is
// written as an empty string, so that each line has the same keys.
type Event struct {
	Time    time.Time // kept in milliseconds, UTC
	Op      string    // operation id
	Action  string    // a command's name, or retrieve, expose, expire, sweep, start, stop, digest
	Outcome Outcome
	Actor   Actor
	Key     string // "vendor" or "vendor/label"
	Version string // version of the key's secret
	Chat    string // personal, channel, page, system or ""
	Note    string // reason, ticket, or what happened; at most MaxNote characters
	Prev    string // hex SHA-256 of the line before; filled in by the log
}

// ready returns the event as it will be written, or ErrBadEvent.
func (e Event) ready(now time.Time) (Event, error) {
	if e.Time.IsZero() {
		e.Time = now
	}
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	e.Prev = ""
	for _, s := range []*string{&e.Op, &e.Action, &e.Actor.ID, &e.Actor.Name, &e.Key, &e.Version, &e.Note} {
		*s = strings.ToValidUTF8(*s, "\uFFFD") // JSON has no other way to write what is not UTF-8
	}
	e.Actor.Name = cut(e.Actor.Name, maxName)
	if utf8.RuneCountInString(e.Note) > MaxNote {
		return e, ErrNoteTooLong
	}
	switch {
	case e.Time.Year() < 1 || e.Time.Year() > 9999:
		return e, bad("time")
	case e.Action == "" || len(e.Action) > maxShort:
		return e, bad("action")
	case len(e.Op) > maxShort:
		return e, bad("op")
	case len(e.Version) > maxShort:
		return e, bad("version")
	case len(e.Actor.ID) > maxID:
		return e, bad("actor id")
	case len(e.Key) > maxID:
		return e, bad("key")
	case !e.Outcome.known():
		return e, bad("outcome")
	case !knownChat(e.Chat):
		return e, bad("chat")
	}
	return e, nil
}

func bad(field string) error { return fmt.Errorf("%w: %s", ErrBadEvent, field) }

func (o Outcome) known() bool {
	switch o {
	case Intent, OK, Denied, Failed, Found:
		return true
	}
	return false
}

func knownChat(s string) bool {
	switch s {
	case "", "personal", "channel", "page", "system":
		return true
	}
	return false
}

// cut keeps the first n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// AppendLine appends the event's one form as a JSON line, without a newline.
func (e Event) AppendLine(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeForm)
	b = appendString(append(b, `","op":`...), e.Op)
	b = appendString(append(b, `,"action":`...), e.Action)
	b = appendString(append(b, `,"outcome":`...), string(e.Outcome))
	b = appendString(append(b, `,"actor":{"id":`...), e.Actor.ID)
	b = appendString(append(b, `,"name":`...), e.Actor.Name)
	b = appendString(append(b, `},"key":`...), e.Key)
	b = appendString(append(b, `,"version":`...), e.Version)
	b = appendString(append(b, `,"chat":`...), e.Chat)
	b = appendString(append(b, `,"note":`...), e.Note)
	b = appendString(append(b, `,"prev":`...), e.Prev)
	return append(b, '}')
}

// ParseEvent reads an event line and accepts only the form that AppendLine writes: other keys, another order,
// white space or another way to escape are errors, as are unknown outcomes and chats.
func ParseEvent(line string) (Event, error) {
	var e Event
	s := scan{s: line}
	e.Time = s.time(`{"time":"`)
	e.Op = s.str(`,"op":"`)
	e.Action = s.str(`,"action":"`)
	e.Outcome = Outcome(s.str(`,"outcome":"`))
	e.Actor.ID = s.str(`,"actor":{"id":"`)
	e.Actor.Name = s.str(`,"name":"`)
	e.Key = s.str(`},"key":"`)
	e.Version = s.str(`,"version":"`)
	e.Chat = s.str(`,"chat":"`)
	e.Note = s.str(`,"note":"`)
	e.Prev = s.hash(`,"prev":"`)
	if err := s.end(`}`); err != nil {
		return Event{}, err
	}
	if !e.Outcome.known() {
		return Event{}, fmt.Errorf("%w: unknown outcome", errForm)
	}
	if !knownChat(e.Chat) {
		return Event{}, fmt.Errorf("%w: unknown chat", errForm)
	}
	return e, nil
}
