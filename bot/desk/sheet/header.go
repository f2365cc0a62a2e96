package sheet

import (
	"cmp"
	"slices"
	"strings"

	"keydesk/catalog"
)

// column is what a column's header says.
type column struct {
	name   string  // as people are told of it
	folded string  // "" for a header that is not known
	common meaning // what it is for, whatever the vendor
	field  string  // what it is for the vendors that have such a part or placeholder; "" for no vendor
}

// means is what people are told a column is taken for.
func (c column) means() string {
	switch {
	case c.common == noMeaning || c.field == "" || c.common == isValue:
		return cmp.Or(string(c.common), c.field)
	default:
		return string(c.common) + "; where a vendor has it, " + c.field
	}
}

// header understands the header line.
func (w *words) header(cells []string) ([]column, error) {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > maxColumns {
		return nil, faultf("The file has more than %d columns. Delete those that are not about keys.", maxColumns)
	}
	cols := make([]column, len(cells))
	for i, cell := range cells {
		name, folded := w.read(cell)
		if folded == "" {
			name = shownAs(cell, i)
		}
		cols[i] = column{name: name, folded: folded, field: w.fields[folded]}
	}
	for _, m := range meanings {
		give(cols, m)
	}
	if at(cols, isVendor) < 0 && at(cols, isKeyName) < 0 {
		return nil, faultf("The first line has no column for the vendor. " +
			`It names the columns, for example: vendor, label, value, endpoint, expires, note.`)
	}
	if !slices.ContainsFunc(cols, func(c column) bool { return c.common == isValue || w.secret[c.folded] }) {
		return nil, faultf(`The first line has no column for a value. ` +
			`Name the column with the keys "value", or by the vendor's own name for it, such as "client secret".`)
	}
	return cols, nil
}

// give gives a meaning to the columns whose headers have it.
func give(cols []column, m meaning) {
	for _, word := range synonyms(m) {
		if word == keyAlone && m == isKeyName && at(cols, isVendor) >= 0 {
			continue
		}
		for i := range cols {
			if cols[i].common != noMeaning || cols[i].folded != word {
				continue
			}
			if cols[i].common = m; !m.severalAllowed() {
				return
			}
		}
	}
}

// at is the first column with that meaning, or -1.
func at(cols []column, m meaning) int {
	return slices.IndexFunc(cols, func(c column) bool { return c.common == m })
}

// role is what a column is for a certain vendor.
type role int

const (
	unused   role = iota
	partOf        // a part of the vendor
	placeOf       // a placeholder of the vendor's endpoint
	maybeOf       // likewise, in a column whose header has another meaning too ("site", "tenant")
	valueOf       // the only secret part
	foreign       // a part or placeholder of other vendors
	byCommon      // read elsewhere, by its meaning
)

type target struct {
	role role
	name string // of the part or placeholder
}

// targetsOf is what the columns are for a vendor.
func (r *reader) targetsOf(v *catalog.Vendor) []target {
	if known, ok := r.targets[v]; ok {
		return known
	}
	out := make([]target, len(r.cols))
	for i, c := range r.cols {
		out[i] = c.targetFor(v)
	}
	r.targets[v] = out
	return out
}

func (c column) targetFor(v *catalog.Vendor) target {
	part, isPart := partBy(v, c.folded)
	place, isPlace := placeholderBy(v, c.folded)
	clash := slices.Contains(synonyms(isLabel), c.folded) || slices.Contains(synonyms(isVendor), c.folded)
	switch {
	case c.folded == "":
		return target{}
	case c.common != noMeaning && c.common != isValue && c.common != isLabel:
		return target{role: byCommon}
	case isPart:
		return target{partOf, part}
	case isPlace && clash:
		return target{maybeOf, place}
	case isPlace:
		return target{placeOf, place}
	case c.common == isValue:
		return target{role: valueOf}
	case c.common == isLabel || clash || c.field == "":
		return target{}
	}
	return target{role: foreign}
}

func partBy(v *catalog.Vendor, folded string) (string, bool) {
	for _, p := range v.Parts {
		if slices.Contains(partWords(p), folded) {
			return p.Name, true
		}
	}
	return "", false
}

func placeholderBy(v *catalog.Vendor, folded string) (string, bool) {
	for _, p := range v.Placeholders {
		if slices.Contains(placeholderWords(p), folded) {
			return p.Name, true
		}
	}
	return "", false
}
