package teams

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// Read is the decoder with all that is made of an activity, for the fuzz target.
func Read(body []byte) (text, verb string, data map[string]string, fault error) {
	in := newInbound("", nil, func(context.Context, string, *activity) error { return nil })
	a, err := in.read(context.Background(), "", body)
	if err != nil {
		if a != nil || !errors.Is(err, errNotAnActivity) {
			return "", "", nil, errors.New("an error with something beside it")
		}
		return "", "", nil, nil
	}
	var z zones
	t := a.turn(&z)
	if t.Zone == nil || a.conversation().Kind == "" || a.Type == "" {
		return "", "", nil, errors.New("a turn without place or zone")
	}
	_ = person(a)
	_ = tenantIs(a, "x")
	verb, data = a.pressed()
	submitted, more := a.submitted()
	if data == nil || submitted != more["verb"] {
		return "", "", nil, errors.New("data and verb don't fit")
	}
	if len(data) > maxFields || len(more) > maxFields {
		return "", "", nil, errors.New("too many fields")
	}
	ans := answer{invoke: true, line: a.line(), fault: verb}
	if !json.Valid(ans.envelope()) {
		return "", "", nil, errors.New("the envelope is no JSON")
	}
	return a.line(), verb, data, nil
}

// Remembered says how many of n activities with answers of some bytes are remembered, and with how many
// bytes.
func Remembered(n, size int) (runs, bytes int) {
	var s seen
	for i := range n {
		r, _ := s.begin(runID{activity: strconv.Itoa(i + 1)})
		s.weigh(r, size)
	}
	return len(s.runs), s.bytes
}

// Chats says of how many chats the limiter keeps calls, after n chats had one each, some time apart.
func Chats(n int, apart time.Duration) int {
	var l limiter
	now := time.Now()
	for i := range n {
		l.take(strconv.Itoa(i), now)
		now = now.Add(apart)
	}
	return len(l.chats)
}
