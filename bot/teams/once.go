package teams

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"keydesk/bot/desk"
)

// seen remembers activities, so that one that Teams sends again is not handled again and gets the same
// answer.
type seen struct {
	mu    sync.Mutex
	runs  map[runID]*run
	order []*run // oldest first
	bytes int    // of their answers
}

// runID tells activities apart. The sender is part of it, so that nobody gets an answer that was for another.
type runID struct{ conversation, person, kind, activity string }

// run is one activity under way or answered.
type run struct {
	id     runID
	at     time.Time
	bytes  int  // of the answer, counted in seen; guarded by seen.mu
	gone   bool // from seen; guarded by seen.mu
	done   chan struct{}
	answer answer

	mu   sync.Mutex
	over bool // the answer is there
	left bool // the request has given up waiting
}

// runOf tells an activity by its id. The edits of a message all carry the message's id: they are told apart by what
// it was changed to as well.
func runOf(a *activity) runID {
	id := runID{a.Conversation.ID, a.From.AadObjectID, string(a.Type), a.ID}
	if a.Type == "messageUpdate" && a.ID != "" {
		text := sha256.Sum256([]byte(a.Text))
		id.activity += " " + hex.EncodeToString(text[:])
	}
	return id
}

const (
	remember     = 10 * time.Minute
	maxSeen      = 20_000
	maxSeenBytes = 16 << 20
)

// begin gives the run of an activity, and says whether the caller is the one to run it. An activity without
// an id can't be told from another and is always run.
func (s *seen) begin(id runID) (r *run, mine bool) {
	r = &run{id: id, at: time.Now(), done: make(chan struct{})}
	if id.activity == "" {
		r.gone = true
		return r, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(r.at)
	if r, ok := s.runs[id]; ok {
		return r, false
	}
	if s.runs == nil {
		s.runs = map[runID]*run{}
	}
	s.runs[id] = r
	s.order = append(s.order, r)
	return r, true
}

// weigh counts the memory of an answer.
func (s *seen) weigh(r *run, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.gone {
		r.bytes = bytes
		s.bytes += bytes
	}
	s.forget(time.Now())
}

// forget drops what is old, and the oldest where there is too much. The caller holds the lock.
func (s *seen) forget(now time.Time) {
	n := 0
	for n < len(s.order) && (len(s.order)-n > maxSeen || s.bytes > maxSeenBytes ||
		now.Sub(s.order[n].at) > remember) {
		r := s.order[n]
		delete(s.runs, r.id)
		s.bytes -= r.bytes
		r.gone = true
		s.order[n] = nil
		n++
	}
	s.order = s.order[n:]
}

// finish sets the answer, and says whether somebody left before it came.
func (r *run) finish(a answer) (left bool) {
	a.reply = desk.Reply{} // its card is in the body by now
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.over = a, true
	close(r.done)
	return r.left
}

// leave gives up waiting; false when the answer is there after all.
func (r *run) leave() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.left = true
	}
	return !r.over
}
