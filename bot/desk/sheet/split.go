package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"keydesk/catalog"
)

// record is one row of a file as it stands there.
type record struct {
	line  int
	cells []string
}

// table is a file taken apart.
type table struct {
	columns []column
	rows    []record
}

// separators that spreadsheets write.
const separators = ",;\t"

// sepLine is Excel's own first line that names the separator. A sheet that went through another program
// has it in quotes, or followed by empty cells.
var sepLine = regexp.MustCompile(`(?i)^"?sep=([,;\t|])?"?[,;\t]*\r?(?:\n|$)`)

// split takes a text apart and understands its header.
func split(text string, c *catalog.Catalog) (table, error) {
	w := newWords(c)
	named, skipped := "", 0
	if m := sepLine.FindStringSubmatch(text); m != nil {
		named, text, skipped = m[1], text[len(m[0]):], 1
	}
	sep := w.separator(text)
	if named != "" {
		sep = rune(named[0])
	}
	in := csvReader(text, sep)
	header, err := next(in, skipped)
	if errors.Is(err, io.EOF) {
		return table{}, fault(noRows)
	}
	if err != nil {
		return table{}, err
	}
	t := table{}
	if t.columns, err = w.header(header.cells); err != nil {
		return table{}, err
	}
	t.rows, err = rows(in, skipped)
	return t, err
}

func csvReader(text string, sep rune) *csv.Reader {
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = sep, -1
	return in
}

// separator is the one by which the header has the most columns that mean something, and of those the one
// that makes the most columns.
func (w *words) separator(text string) rune {
	best, known, count := ',', -1, 0
	for _, sep := range separators {
		header, err := next(csvReader(text, sep), 0)
		if err != nil {
			continue
		}
		n := 0
		for _, cell := range header.cells {
			if w.known(cell) {
				n++
			}
		}
		if n > known || n == known && len(header.cells) > count {
			best, known, count = sep, n, len(header.cells)
		}
	}
	return best
}

func rows(in *csv.Reader, skipped int) ([]record, error) {
	var out []record
	for {
		r, err := next(in, skipped)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if out = append(out, r); len(out) > MaxRows {
			return nil, faultf("The file has more than 2,000 rows. Split it into several.")
		}
	}
}

// next is the next record that is not empty; io.EOF after the last.
func next(in *csv.Reader, skipped int) (record, error) {
	for {
		cells, err := in.Read()
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return record{}, faultf("The quotes of the row in line %d do not match. "+
				"A cell with a quote in it is written in quotes, with each inner quote twice.", bad.StartLine+skipped)
		}
		if err != nil {
			return record{}, err
		}
		if slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			line, _ := in.FieldPos(0)
			return record{line + skipped, cells}, nil
		}
	}
}
