package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"keydesk/cards"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// storeRows stores the entries side by side and writes what became of each into its row.
func (d *Desk) storeRows(
	ctx context.Context, c *call, rows []SheetRow, entries []*entry, each func(SheetRow),
) {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for i, e := range entries {
		if e == nil {
			continue
		}
		g.Go(func() error {
			result, note := d.storeRow(ctx, c, e)
			mu.Lock()
			defer mu.Unlock()
			// Nothing to say leaves the preview's remark where it is.
			rows[i].Result, rows[i].Note = result, cmp.Or(note, rows[i].Note)
			each(rows[i])
			return nil
		})
	}
	_ = g.Wait()
}

// storeRow stores one entry. What another process has stored meanwhile is compared, as in the preview.
func (d *Desk) storeRow(ctx context.Context, c *call, e *entry) (SheetResult, string) {
	_, err := d.enter(ctx, c, *e)
	if errors.Is(err, vault.ErrExists) {
		result, note, err := d.compare(ctx, e)
		if err != nil {
			return RowFailed, Sentence(err)
		}
		return result, note
	}
	err = d.orUnclear(c, e.name.String(), err)
	switch {
	case err == nil:
		return RowStored, ""
	case stored(err):
		return RowStored, Sentence(err)
	case errors.Is(err, vault.ErrUnclear), errors.Is(err, errStillUnclear):
		return RowUnclear, "Key Vault gave no clear answer, so it is not known yet whether this is stored. " +
			"Keydesk looks within minutes and tells you. Trying again stores nothing twice."
	}
	return RowFailed, Sentence(err)
}

func count(rows []SheetRow, r SheetResult) (n int) {
	for _, row := range rows {
		if row.Result == r {
			n++
		}
	}
	return n
}

// imported is the card that tells how an import ended.
func imported(rows []SheetRow, op string) cards.Card {
	v := cards.NoticeView{Tone: cards.Good, Ref: op,
		Title:   "Import: " + plural(count(rows, RowStored), "key") + " stored",
		Buttons: []cards.Button{{Title: "All keys", Verb: "keys"}}}
	if n := count(rows, RowUnclear); n > 0 {
		v.Title += ", " + number(n) + " not known yet"
	}
	for _, r := range []struct {
		result SheetResult
		title  string
		bad    bool
	}{{RowStored, "Stored", false}, {RowSame, "Stored before", false},
		{RowTaken, "Stored with another value, left alone", true}, {RowWrong, "With a mistake", true},
		{RowFailed, "Not taken by the vault", true}, {RowUnclear, "Not known yet", true}} {
		n := count(rows, r.result)
		if n > 0 {
			v.Facts = append(v.Facts, cards.Fact{Title: r.title, Value: plural(n, "row")})
		}
		if n > 0 && r.bad {
			v.Tone = cards.Warn
		}
	}
	if v.Lines = needLook(rows); len(v.Lines) > 0 {
		v.Buttons = append(v.Buttons, button("Import again", "import"))
	}
	return cards.Notice(v)
}

// maxLook is how many rows a card names; the result file has them all.
const maxLook = 3

// needLook says which rows need somebody, and why.
func needLook(rows []SheetRow) (lines []string) {
	left := 0
	for _, r := range rows {
		switch r.Result {
		case RowFailed, RowWrong, RowUnclear:
		default:
			continue
		}
		if len(lines) == maxLook {
			left++
			continue
		}
		lines = append(lines, fmt.Sprintf("Line %d needs a look: %s", r.Line, r.Note))
	}
	if left > 0 {
		lines = append(lines, "And "+number(left)+" more: the result on the page has them all.")
	}
	return lines
}
