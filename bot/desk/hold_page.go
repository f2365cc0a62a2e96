package desk

import (
	"context"
	"strings"

	"keydesk/cards"
	"keydesk/vault"
)

// holdEntered makes a request of what was entered on a page, whose link is used up.
func (d *Desk) holdEntered(
	ctx context.Context, c *call, link vault.Link, form cards.FormView, e entry,
) (Stored, error) {
	h := heldEntry(c, e)
	c.card = link.Card
	reply, err := d.hold(ctx, c, h)
	if err != nil {
		return Stored{Again: d.anotherIntake(ctx, link, form)}, mistake(err)
	}
	d.show(link, reply.Card)
	return Stored{Key: e.name.String(), Preview: h.preview, Warnings: warnings(e), Waits: true}, nil
}

// holdSheet makes a request of an import. What its rows would do then is looked at again.
func (d *Desk) holdSheet(
	ctx context.Context, c *call, link vault.Link, report SheetReport, entries []*entry, file []byte,
	each func(SheetRow),
) (SheetReport, error) {
	h := held{what: "Import " + plural(count(report.Rows, RowNew), "key"), file: file}
	for _, e := range entries {
		if e != nil && len(h.lines) < maxEnds {
			h.lines = append(h.lines, strings.TrimSpace(e.name.String()+" "+e.address))
		}
	}
	if more := count(report.Rows, RowNew) - len(h.lines); more > 0 {
		h.lines = append(h.lines, "And "+number(more)+" more.")
	}
	c.card = link.Card
	reply, err := d.hold(ctx, c, h)
	if err != nil {
		return SheetReport{Again: d.anotherIntake(ctx, link, cards.FormView{})}, mistake(err)
	}
	for i := range report.Rows {
		if report.Rows[i].Result == RowNew {
			report.Rows[i].Result, report.Rows[i].Note = RowWaits, "Waits for another admin."
			each(report.Rows[i])
		}
	}
	d.show(link, reply.Card)
	return report, nil
}

// rerunImport stores what an approved import has.
func (d *Desk) rerunImport(ctx context.Context, c *call, file []byte) (word string, err error) {
	report, entries, err := d.readSheet(ctx, c, file)
	if err != nil {
		return "", err
	}
	rows := report.Rows
	d.storeRows(ctx, c, rows, entries, func(SheetRow) {})
	word = plural(count(rows, RowStored)+count(rows, RowSame), "key") + " stored."
	if n := count(rows, RowTaken); n > 0 {
		word += " " + plural(n, "row") + " left alone: a key of that name has another value."
	}
	switch n := count(rows, RowFailed); {
	case ctx.Err() != nil, count(rows, RowUnclear) > 0:
		return "", vault.ErrUnclear
	case n > 0:
		return "", refuse(word + " " + plural(n, "row") + " not. Import those again.")
	}
	return word, nil
}
