package audit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A segment's name: prefix, number (zero-padded, so that names sort), writer.
const (
	namePrefix   = "keydesk-audit-"
	numberDigits = 8
	writerDigits = 16
	maxNumber    = 99_999_999
	maxParents   = 8 // as many as fit in a tag of 256 bytes
)

// Format is the version of the log's format that this package writes and reads.
const Format = 1

// Head is a place in the log: a segment, how many of its events stand before the place, and the hash of the
// last line there (of the header line when Count is 0).
type Head struct {
	Segment string
	Count   int
	Hash    string // hex SHA-256
}

// Header is the first line of a segment.
type Header struct {
	Writer  string // 16 hex digits
	Number  int
	Parents []Head // the heads the writer saw when it began, by name
	Began   time.Time
}

// Name is the name under which the segment is stored.
func (h Header) Name() string { return segmentName(h.Number, h.Writer) }

func segmentName(number int, writer string) string {
	return fmt.Sprintf("%s%0*d-%s", namePrefix, numberDigits, number, writer)
}

// ParseName reads a segment's name.
func ParseName(name string) (number int, writer string, ok bool) {
	rest, ok := strings.CutPrefix(name, namePrefix)
	if !ok || len(rest) != numberDigits+1+writerDigits || rest[numberDigits] != '-' {
		return 0, "", false
	}
	for i := range numberDigits {
		if rest[i] < '0' || rest[i] > '9' {
			return 0, "", false
		}
	}
	number, err := strconv.Atoi(rest[:numberDigits])
	writer = rest[numberDigits+1:]
	return number, writer, err == nil && isHex(writer, writerDigits)
}

// AppendLine appends the header's one form as a JSON line, without a newline.
func (h Header) AppendLine(b []byte) []byte {
	b = append(b, `{"format":1,"writer":`...)
	b = appendString(b, h.Writer)
	b = strconv.AppendInt(append(b, `,"number":`...), int64(h.Number), 10)
	b = append(b, `,"parents":[`...)
	for i, p := range h.Parents {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"segment":`...), p.Segment)
		b = strconv.AppendInt(append(b, `,"count":`...), int64(p.Count), 10)
		b = appendString(append(b, `,"hash":`...), p.Hash)
		b = append(b, '}')
	}
	b = h.Began.UTC().AppendFormat(append(b, `],"began":"`...), timeForm)
	return append(b, `"}`...)
}

// ParseHeader reads a header line and accepts only the form that AppendLine writes. Parents must be older
// segments (of a smaller number), each once, in the order of their names.
func ParseHeader(line string) (Header, error) {
	var h Header
	s := scan{s: line}
	s.lit(`{"format":1,`)
	h.Writer = s.str(`"writer":"`)
	h.Number = s.num(`,"number":`)
	s.lit(`,"parents":[`)
	for sep := `{"segment":"`; s.more(sep); sep = `,{"segment":"` {
		s.i-- // str takes the quote itself
		p := Head{Segment: s.str(`"`), Count: s.num(`,"count":`), Hash: s.hash(`,"hash":"`)}
		s.lit(`}`)
		h.Parents = append(h.Parents, p)
	}
	h.Began = s.time(`],"began":"`)
	if err := s.end(`}`); err != nil {
		return Header{}, err
	}
	h.Writer = strings.Clone(h.Writer) // a header outlives the lines it was read from
	for i := range h.Parents {
		h.Parents[i].Segment = strings.Clone(h.Parents[i].Segment)
		h.Parents[i].Hash = strings.Clone(h.Parents[i].Hash)
	}
	return h, h.check()
}

func (h Header) check() error {
	if !isHex(h.Writer, writerDigits) || h.Number < 1 || h.Number > maxNumber {
		return fmt.Errorf("%w: bad writer or number", errForm)
	}
	if len(h.Parents) > maxParents {
		return fmt.Errorf("%w: more than %d parents", errForm, maxParents)
	}
	for i, p := range h.Parents {
		n, _, ok := ParseName(p.Segment)
		if !ok || n >= h.Number {
			return fmt.Errorf("%w: a parent that is no older segment", errForm)
		}
		if i > 0 && h.Parents[i-1].Segment >= p.Segment {
			return fmt.Errorf("%w: parents out of order", errForm)
		}
	}
	return nil
}

// own returns the parent that the writer itself went on from. When a late write made one of its abandoned
// segments an end of the log, there are two parents of its own: it went on from the newer.
func (h Header) own() (Head, bool) {
	for _, p := range slices.Backward(h.Parents) {
		if _, w, ok := ParseName(p.Segment); ok && w == h.Writer {
			return p, true
		}
	}
	return Head{}, false
}

func sortHeads(heads []Head) {
	slices.SortFunc(heads, func(a, b Head) int { return strings.Compare(a.Segment, b.Segment) })
}

// The tags of a segment. They repeat what the content says so that a list alone shows the log's shape; they
// are a convenience, checked by Verify and trusted by nobody.
const (
	tagFirst   = "first"   // time of the first event
	tagLast    = "last"    // time of the last event
	tagCount   = "count"   // events
	tagParents = "parents" // "{number}-{writer}:{count}" a parent, separated by spaces
)

func parentsTag(parents []Head) string {
	var b strings.Builder
	for i, p := range parents {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimPrefix(p.Segment, namePrefix) + ":" + strconv.Itoa(p.Count))
	}
	return b.String()
}

// parseParentsTag gives heads without hashes.
func parseParentsTag(s string) ([]Head, bool) {
	var heads []Head
	for f := range strings.FieldsSeq(s) {
		name, count, _ := strings.Cut(f, ":")
		n, err := strconv.Atoi(count)
		if _, _, ok := ParseName(namePrefix + name); !ok || err != nil || n < 0 {
			return nil, false
		}
		heads = append(heads, Head{Segment: namePrefix + name, Count: n})
	}
	return heads, true
}
