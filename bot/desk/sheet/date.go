package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"keydesk/catalog"
)

// order is how a file writes dates like 5/6/2027.
type order int

const (
	unclear order = iota
	dayFirst
	monthFirst
)

var (
	// isoDate is a date from its year on, perhaps with a time, which a spreadsheet adds.
	isoDate = regexp.MustCompile(`^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})` + midnight + `$`)
	// spreadsheetDate is a date that ends with its year. With dots the day is first.
	spreadsheetDate = regexp.MustCompile(`^([0-9]{1,2})([./-])([0-9]{1,2})[./-]([0-9]{4})` + midnight + `$`)
)

const midnight = `(?:[T ]0?0:00(?::00)?(?:\.0+)?Z?)?`

// expiries is all cells of the column for expiries.
func (r *reader) expiries(rows []record) []string {
	i := at(r.cols, isExpiry)
	var out []string
	for _, row := range rows {
		if i >= 0 && i < len(row.cells) {
			out = append(out, strings.TrimSpace(row.cells[i]))
		}
	}
	return out
}

// orderOf decides over all dates of a file: one that can be read in only one way tells how the others are
// meant. Where two contradict each other, nothing is told.
func orderOf(dates []string) order {
	day, month := false, false
	for _, s := range dates {
		m := spreadsheetDate.FindStringSubmatch(s)
		if m == nil || m[2] == "." {
			continue
		}
		first, second := number(m[1]), number(m[3])
		day = day || first > 12 && second <= 12
		month = month || second > 12 && first <= 12
	}
	switch {
	case day && !month:
		return dayFirst
	case month && !day:
		return monthFirst
	}
	return unclear
}

// number reads digits only, few of them.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// expiry reads the day on which the vendor ends the key.
func (x *rowReader) expiry() {
	s := x.cell(at(x.cols, isExpiry))
	switch strings.ToLower(s) {
	case "", "-", "–", "never", "none", "no", "n/a":
		return
	}
	date, why := x.date(s)
	if why != "" {
		x.wrong("%s", why)
		return
	}
	if x.row.Expiry = date; date.Sub(x.today) < 0 {
		x.remarks = append(x.remarks, "The expiry "+date.String()+" has passed.")
	}
}

func (x *rowReader) date(s string) (date catalog.Date, why string) {
	const form = "The expiry is no date: write it like 2027-06-30."
	if m := isoDate.FindStringSubmatch(s); m != nil {
		return civil(m[1], m[2], m[3], form)
	}
	m := spreadsheetDate.FindStringSubmatch(s)
	if m == nil {
		return catalog.Date{}, form
	}
	switch {
	case m[2] == "." || x.order == dayFirst || m[1] == m[3]:
		return civil(m[4], m[3], m[1], form)
	case x.order == monthFirst:
		return civil(m[4], m[1], m[3], form)
	}
	const twoWays = "The expiry can be read in two ways, which is day and which month: write it like 2027-06-30."
	return catalog.Date{}, twoWays
}

// civil makes a date of digits; only days that exist, in a time in which keys end.
func civil(year, month, day, form string) (date catalog.Date, why string) {
	d := catalog.Date{Year: number(year), Month: time.Month(number(month)), Day: number(day)}
	if d != catalog.DateOf(d.Time()) || d.Year < 1990 || d.Year > 2199 {
		return catalog.Date{}, form
	}
	return d, ""
}

// days is a number of days, as people and spreadsheets write it: 90, 90.0, 90 days.
var days = regexp.MustCompile(`(?i)^([0-9]{1,5})(?:[.,]0+)?\s*(?:d|days?)?$`)

// maxInterval is the longest interval, ten years of days.
const maxInterval = 3650

func (x *rowReader) interval() {
	s := x.cell(at(x.cols, isInterval))
	if s == "" {
		return
	}
	m := days.FindStringSubmatch(s)
	if m == nil || number(m[1]) < 1 || number(m[1]) > maxInterval {
		x.wrong("The rotation interval is a number of days from 1 to 3650.")
		return
	}
	x.row.IntervalDays = number(m[1])
}

// maxNote is in characters; a note is a tag of a secret, and Key Vault's tags end there.
const maxNote = 256

// note joins the cells of all columns for notes.
func (x *rowReader) note() {
	var notes []string
	for i, c := range x.cols {
		if s := strings.Join(strings.Fields(x.cell(i)), " "); c.common == isNote && s != "" {
			notes = append(notes, s)
		}
	}
	note := strings.Join(notes, "; ")
	if utf8.RuneCountInString(note) > maxNote {
		x.wrong("The note has more than 256 characters.")
		return
	}
	x.row.Note = note
}
