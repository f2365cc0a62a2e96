package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxFaults = 1000 // named in a report; more are counted
	maxNotes  = 100
)

// Report is what a verification found.
type Report struct {
	Events   int       // event lines
	Segments int       // segments that could be read
	Versions int       // versions compared
	Writers  int       // processes that wrote
	From, To time.Time // least and greatest time of an event; zero when there is none
	Heads    []Head    // the log's ends, by segment
	Faults   []Fault   // what does not hold, by segment and line
	Notes    []Fault   // what looks odd and is explained
	Covered  *Coverage // what the checkpoint covers; nil without one
	Limits   []string  // what this verification cannot know, in sentences

	moreFaults, moreNotes int
}

// Fault is one thing found, and where.
type Fault struct {
	Segment  string // "" when it is about no single segment
	Line     int    // line of the segment, 1 = header; 0 when it is about no single line
	FileLine int    // line of the file, for VerifyReader; else 0
	Version  string // a version that is not the current one; else ""
	What     string // in plain words
}

// Coverage says what a checkpoint covers: if Whole, these events stand as they stood at its time.
type Coverage struct {
	Origin string // "keydesk/<vault>"
	Time   time.Time
	Count  int    // events, as the checkpoint says
	Events int    // events, as found in the log
	Heads  int    // heads named
	Whole  bool   // every head stands, and what it was written after
	Signed bool   // the signature was checked and holds
	Key    string // the name and hash of the key, when Signed

	bad bool // the checkpoint itself does not hold
}

// OK is true when no fault was found.
func (r Report) OK() bool { return len(r.Faults) == 0 }

func (r *Report) add(faults ...Fault) {
	n := min(len(faults), maxFaults-len(r.Faults))
	r.Faults = append(r.Faults, faults[:n]...)
	r.moreFaults += len(faults) - n
}

func (r *Report) note(notes ...Fault) {
	n := min(len(notes), maxNotes-len(r.Notes))
	r.Notes = append(r.Notes, notes[:n]...)
	r.moreNotes += len(notes) - n
}

func (r *Report) sort() {
	for _, list := range [][]Fault{r.Faults, r.Notes} {
		slices.SortStableFunc(list, func(a, b Fault) int {
			return cmp.Or(strings.Compare(a.Segment, b.Segment), a.Line-b.Line, strings.Compare(a.What, b.What))
		})
	}
	sortHeads(r.Heads)
}

// String is a line "segment, line 3: what".
func (f Fault) String() string {
	var where []string
	if f.Segment != "" {
		where = append(where, f.Segment)
	}
	if f.Version != "" {
		where = append(where, "version "+f.Version)
	}
	if f.Line > 0 {
		where = append(where, "line "+strconv.Itoa(f.Line))
	}
	if f.FileLine > 0 {
		where = append(where, "line "+strconv.Itoa(f.FileLine)+" of the file")
	}
	if len(where) == 0 {
		return f.What
	}
	return strings.Join(where, ", ") + ": " + f.What
}

// String is the report for people, several lines.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Audit log: %s in %s by %s", count(r.Events, "event"), count(r.Segments, "segment"),
		count(r.Writers, "writer"))
	if !r.From.IsZero() {
		fmt.Fprintf(&b, ", %s to %s", r.From.Format(timeForm), r.To.Format(timeForm))
	}
	b.WriteString(".\n")
	if r.OK() {
		b.WriteString("No fault was found.\n")
	} else {
		list(&b, "Found "+count(len(r.Faults)+r.moreFaults, "fault")+":", r.Faults, r.moreFaults)
	}
	if len(r.Notes) > 0 {
		list(&b, "Odd, but explained:", r.Notes, r.moreNotes)
	}
	if len(r.Heads) > 0 {
		b.WriteString("The log ends in:\n")
		for _, h := range r.Heads {
			fmt.Fprintf(&b, "  %s %d %s\n", h.Segment, h.Count, h.Hash)
		}
	}
	b.WriteString(r.Covered.String())
	if len(r.Limits) > 0 {
		b.WriteString("What this cannot know:\n")
		for _, s := range r.Limits {
			fmt.Fprintf(&b, "  - %s\n", s)
		}
	}
	return b.String()
}

// count writes a number with its word: "1 event", "2 events".
func count(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return strconv.Itoa(n) + " " + word
}

func list(b *strings.Builder, title string, faults []Fault, more int) {
	b.WriteString(title + "\n")
	for _, f := range faults {
		fmt.Fprintf(b, "  %s\n", f)
	}
	if more > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
}

// String is one line, or nothing without a checkpoint.
func (c *Coverage) String() string {
	if c == nil {
		return ""
	}
	by := "signature not checked"
	switch {
	case c.Signed:
		by = "signed by " + c.Key
	case c.bad:
		by = "does not hold"
	}
	what := fmt.Sprintf("covers %s: they stand as they stood at that moment", count(c.Events, "event"))
	if !c.Whole {
		what = fmt.Sprintf("covers %s, but not all can be shown to stand as they stood at that moment",
			count(c.Count, "event"))
	}
	return fmt.Sprintf("The checkpoint of %s (%s, %s) %s.\n", c.Time.Format(timeForm), c.Origin, by, what)
}
