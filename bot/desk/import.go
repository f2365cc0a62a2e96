package desk

import (
	"context"
	"errors"
	"time"

	"keydesk/bot/desk/sheet"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// sideBySide is how many keys of an import are read or stored at a time.
const sideBySide = 8

// importKeys leads to the page that takes a CSV file of many keys.
func (d *Desk) importKeys(ctx context.Context, c *call) (Reply, error) {
	again := button("Use a secure page", "import", "step", "page")
	if c.option("step") != "page" {
		return Reply{New: c.opening(), Card: cards.Notice(cards.NoticeView{Title: "Import keys",
			Text: "Save your spreadsheet as CSV and choose it on the page. You see what each row would do before " +
				"anything is stored.",
			Lines: []string{"It needs a column for the vendor and one for the value, or one for each part; label, " +
				"expiry, interval and note if you have them. The page has a template.",
				"A vendor whose address differs from customer to customer, as FortiGate, Hudu and Veeam, needs a " +
					"column endpoint too: the address, or only its host."},
			Buttons: []cards.Button{primary(again)}})}, nil
	}
	return d.mintPage(ctx, c, vault.Link{Intake: "import"}, cards.FormView{},
		cards.PageView{Title: "Import keys",
			Text: "Choose the CSV file there. Nothing is stored before you say so.", Buttons: []cards.Button{again}})
}

// CheckSheet says what an import of the file would do, row by row, and changes nothing. Errors: as Intake.
func (d *Desk) CheckSheet(
	ctx context.Context, token string, who *catalog.Actor, file []byte,
) (SheetReport, error) {
	_, c, err := d.findIntake(ctx, token, who)
	if err != nil {
		return SheetReport{}, err
	}
	report, _, err := d.readSheet(ctx, c, file)
	return report, err
}

// ImportSheet stores the good rows of the file side by side, and tells of each as it ends. What is stored
// already is left alone, so a repeat stores nothing twice. Errors: as Intake.
func (d *Desk) ImportSheet(
	ctx context.Context, token string, who *catalog.Actor, file []byte, each func(SheetRow),
) (report SheetReport, err error) {
	began := time.Now()
	defer func() { d.Observe("import", outcome(err), time.Since(began)) }()
	link, c, err := d.findIntake(ctx, token, who)
	if err != nil {
		return report, err
	}
	report, entries, err := d.readSheet(ctx, c, file)
	if err != nil {
		return report, err
	}
	if again, err := d.useIntake(ctx, c, token, link, nil); err != nil {
		return SheetReport{Again: again}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), importTime)
	defer cancel()
	if d.second(c) {
		return d.holdSheet(ctx, c, link, report, entries, file, each)
	}
	d.storeRows(ctx, c, report.Rows, entries, each)
	d.show(link, imported(report.Rows, c.op))
	if count(report.Rows, RowFailed)+count(report.Rows, RowUnclear) > 0 {
		link.Card = "" // the result stands on it, and stays
		report.Again = d.anotherIntake(ctx, link, cards.FormView{})
	}
	return report, nil
}

// importTime is how long an import may take: the vault takes 300 keys in 10 seconds.
const importTime = 5 * time.Minute

// readSheet reads the file and says what becomes of its rows. entries has what to store, by row; nil for the
// others.
func (d *Desk) readSheet(ctx context.Context, c *call, file []byte) (SheetReport, []*entry, error) {
	if c.cmd.Verb != "import" {
		return SheetReport{}, nil, ErrGone
	}
	read, err := sheet.Read(file, d.Catalog, catalog.DateOf(c.now))
	if err != nil {
		return SheetReport{}, nil, mistake(refuse(sentenceCase(err.Error())))
	}
	if len(read.Rows) == 0 {
		return SheetReport{}, nil, mistake(refuse("The file has no row below the line that names the columns."))
	}
	report := SheetReport{Rows: make([]SheetRow, len(read.Rows))}
	for _, col := range read.Columns {
		report.Columns = append(report.Columns, SheetColumn(col))
	}
	entries := make([]*entry, len(read.Rows))
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for i, row := range read.Rows {
		g.Go(func() (err error) { report.Rows[i], entries[i], err = d.readRow(ctx, c, row); return err })
	}
	return report, entries, g.Wait()
}

// readRow says what becomes of a row; what is to be stored comes with it.
func (d *Desk) readRow(ctx context.Context, c *call, row sheet.Row) (SheetRow, *entry, error) {
	out := SheetRow{Line: row.Line, Result: RowWrong, Note: row.Mistake}
	if row.Key != (catalog.KeyName{}) {
		out.Key = row.Key.String()
	}
	v, known := d.Catalog.Vendor(row.Key.Vendor)
	if row.Mistake != "" || !known {
		return out, nil, nil
	}
	var wrong mistakes
	wrong.add(noKey("The note", row.Note))
	wrong.add(noKey("The label", row.Key.Label))
	for name, value := range row.Endpoint {
		wrong.add(noKey("The value for "+name, value))
	}
	if err := wrong.err(); err != nil {
		out.Note = Sentence(err)
		return out, nil, nil
	}
	e := &entry{target: d.known(v, row.Key), what: "Stored", parts: row.Parts, at: stamp()}
	if e.stored {
		result, note, err := d.compare(ctx, e)
		if !errors.Is(err, vault.ErrNotFound) {
			out.Result, out.Note = result, note
			return out, nil, err
		}
		e.target = target{vendor: v, name: row.Key} // deleted by somebody else
	}
	if len(row.Endpoint) > 0 {
		e.address, _ = v.Resolve(row.Endpoint)
	}
	key := d.fresh(c, e, row.Endpoint, row.IntervalDays, row.Expiry, row.Note)
	e.store = func(ctx context.Context) (catalog.Key, error) { return d.Vault.Create(ctx, key, row.Parts) }
	out.Result, out.Note = RowNew, row.Remark
	return out, e, nil
}

// compare says how an entry differs from the key that is stored under its name.
func (d *Desk) compare(ctx context.Context, e *entry) (SheetResult, string, error) {
	same, err := d.holds(ctx, e)
	if same {
		return RowSame, "Stored already.", nil
	}
	return RowTaken, "A key of this name is stored with another value. Rotate it if yours is newer.", err
}

// holds says whether a stored key has the values of an entry.
func (d *Desk) holds(ctx context.Context, e *entry) (bool, error) {
	_, stored, err := d.Vault.ReadKey(ctx, e.name)
	if errors.Is(err, vault.ErrDisabled) || errors.Is(err, vault.ErrForeign) {
		return false, nil
	}
	return err == nil && sameParts(e.parts, stored), err
}
