package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

const (
	maxSegmentFaults = 5           // one broken line can make many look broken
	clockSlack       = time.Minute // events may stand in the log in another order than they happened
)

// segment is what a check keeps of a segment: where its lines stand in the chain, not the lines.
type segment struct {
	name     string
	header   Header
	known    bool                // the header could be read
	hashes   [][sha256.Size]byte // of the header line, then of each event line
	from, to time.Time           // least and greatest time of its events
	kept     []Event             // if asked for
	versions int
	faults   []Fault
	notes    []Fault
}

func (s *segment) count() int { return max(0, len(s.hashes)-1) }

func (s *segment) hash(count int) string { return hex.EncodeToString(s.hashes[count][:]) }

func (s *segment) head() Head { return Head{s.name, s.count(), s.hash(s.count())} }

func (s *segment) fault(line int, format string, args ...any) {
	if len(s.faults) < maxSegmentFaults {
		s.faults = append(s.faults, Fault{Segment: s.name, Line: line, What: fmt.Sprintf(format, args...)})
	}
}

func checkBody(name, body string, keep bool) *segment {
	lines, err := DecodeSegment(body)
	if err != nil {
		s := &segment{name: name}
		s.fault(0, "cannot be unpacked: %v", err)
		return s
	}
	return checkLines(name, lines, keep)
}

// checkLines checks a segment's lines by themselves: form, chain, name. It goes on after a fault, with the
// line as it stands, so that each place that was touched is named. An empty name is taken from the header.
func checkLines(name, lines string, keep bool) *segment {
	s := &segment{name: name}
	s.hashes = make([][sha256.Size]byte, 0, strings.Count(lines, "\n")+1)
	for n := 1; lines != ""; n++ {
		line, rest, ended := strings.Cut(lines, "\n")
		if n == 1 {
			s.checkHeader(line)
		} else {
			s.checkEvent(n, line, keep)
		}
		if !ended {
			s.fault(n, "is cut off: the newline is missing")
		}
		s.hashes = append(s.hashes, sumLine(line))
		lines = rest
	}
	switch len(s.hashes) {
	case 0:
		s.fault(0, "is empty")
	case 1:
		s.fault(1, "holds no event: a segment is never written without one")
	}
	return s
}

func sumLine(line string) [sha256.Size]byte { return sha256.Sum256([]byte(line)) }

func (s *segment) checkHeader(line string) {
	h, err := ParseHeader(line)
	if err != nil {
		s.fault(1, "is no header: %v", err)
		return
	}
	s.header, s.known = h, true
	switch {
	case s.name == "":
		s.name = h.Name()
	case s.name != h.Name():
		s.fault(1, "is the header of %s: the content was put under another name", h.Name())
	}
}

func (s *segment) checkEvent(n int, line string, keep bool) {
	e, err := ParseEvent(line)
	if err != nil {
		s.fault(n, "is no event: %v", err)
		return
	}
	var prev [2 * sha256.Size]byte
	hex.Encode(prev[:], s.hashes[n-2][:])
	if e.Prev != string(prev[:]) {
		s.fault(n, "does not follow line %d: one of the two was changed, or lines were taken out, put in or moved",
			n-1)
	}
	if keep {
		s.kept = append(s.kept, e)
	}
	if s.from.IsZero() || e.Time.Before(s.from) {
		s.from = e.Time
	}
	if e.Time.After(s.to) {
		s.to = e.Time
	} else if back := s.to.Sub(e.Time); back > clockSlack && len(s.notes) == 0 {
		s.notes = append(s.notes, Fault{Segment: s.name, Line: n, What: clockBack(back)})
	}
}

func clockBack(by time.Duration) string {
	return fmt.Sprintf("the clock went back by %v; the order of the lines holds, not their times", by)
}
