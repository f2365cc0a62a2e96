package sheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"keydesk/catalog"
	"keydesk/vault"
)

// ErrSheet: the file as a whole can't be read. The error's text is a sentence for people.
var ErrSheet = errors.New("the sheet cannot be read")

// Limits of a sheet.
const (
	MaxBytes   = 2 << 20
	MaxRows    = 2000 // without the header and empty rows
	maxColumns = 200
)

// Sheet is what a file says.
type Sheet struct {
	Columns []Column
	Rows    []Row
}

// Column says what a column was taken for; Means is "" for one that is not used.
type Column struct{ Name, Means string }

// Row is one key of the file.
type Row struct {
	Line         int             // of the file where the row begins, counted from 1
	Key          catalog.KeyName // zero when the row names none that could be read
	Vendor       *catalog.Vendor // nil when it could not be told
	Parts        vault.Parts     // all parts of the vendor; nil when the row has a mistake
	Endpoint     map[string]string
	Expiry       catalog.Date
	IntervalDays int // 0: not given
	Note         string
	Remark       string // sentences about what is odd and allowed; "" when nothing is
	Mistake      string // sentences, one for each mistake; "" when the row is good
}

// fault is a reason not to read a file.
type fault string

// Error is a sentence for people.
func (f fault) Error() string { return string(f) }

// Unwrap makes errors.Is(err, ErrSheet) true.
func (f fault) Unwrap() error { return ErrSheet }

func faultf(format string, args ...any) error { return fault(fmt.Sprintf(format, args...)) }

// Read reads a CSV file. Mistakes in single rows are told in the rows; the error is for files that can't
// be read at all. Today is for remarks about expiries that have passed. Error: ErrSheet.
func Read(b []byte, c *catalog.Catalog, today catalog.Date) (Sheet, error) {
	text, err := decode(b)
	if err != nil {
		return Sheet{}, err
	}
	t, err := split(text, c)
	if err != nil {
		return Sheet{}, err
	}
	r := &reader{catalog: c, today: today, cols: t.columns, found: map[string]vendorCell{},
		targets: map[*catalog.Vendor][]target{}, first: map[catalog.KeyName]int{}}
	r.order = orderOf(r.expiries(t.rows))
	s := Sheet{Rows: make([]Row, 0, len(t.rows))}
	for _, row := range t.rows {
		s.Rows = append(s.Rows, r.read(row))
	}
	for _, col := range t.columns {
		s.Columns = append(s.Columns, Column{Name: col.name, Means: col.means()})
	}
	return s, nil
}

// reader is what the rows of one file share.
type reader struct {
	catalog *catalog.Catalog
	today   catalog.Date
	cols    []column
	order   order // of the dates that could be read in two ways
	found   map[string]vendorCell
	targets map[*catalog.Vendor][]target
	first   map[catalog.KeyName]int // line where a key was named first
}

// read reads one row and finds all its mistakes.
func (r *reader) read(in record) Row {
	x := &rowReader{reader: r, cells: in.cells, row: Row{Line: in.line}}
	x.tooLong()
	x.name()
	if x.row.Vendor != nil {
		x.fields()
	}
	x.expiry()
	x.interval()
	x.note()
	if len(x.mistakes) > 0 {
		x.row.Mistake, x.row.Parts = strings.Join(x.mistakes, " "), nil
	}
	x.row.Remark = strings.Join(x.remarks, " ")
	return x.row
}

// rowReader reads one row.
type rowReader struct {
	*reader
	cells    []string
	row      Row
	mistakes []string
	remarks  []string
}

// wrong notes a mistake. Its arguments are names of columns and what the catalog says, never cells.
func (x *rowReader) wrong(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(x.mistakes, s) {
		x.mistakes = append(x.mistakes, s)
	}
}

// cell is a row's cell without spaces around it; "" where the row is shorter.
func (x *rowReader) cell(i int) string {
	if i < 0 || i >= len(x.cells) {
		return ""
	}
	return strings.TrimSpace(x.cells[i])
}

// tooLong finds values that were cut in two, because they hold the separator and have no quotes.
func (x *rowReader) tooLong() {
	if len(x.cells) <= len(x.cols) {
		return
	}
	for _, cell := range x.cells[len(x.cols):] {
		if strings.TrimSpace(cell) != "" {
			x.wrong("The row has more cells than the header: put quotes around a cell with a separator in it.")
			return
		}
	}
}
