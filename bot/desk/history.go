package desk

import (
	"context"
	"strconv"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/vault"
)

// history shows the versions of a key, the newest first.
func (d *Desk) history(ctx context.Context, c *call) (Reply, error) {
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	versions, err := d.Vault.Versions(ctx, t.name)
	if err != nil {
		return Reply{}, err
	}
	v := cards.HistoryView{Key: t.key, Vendor: t.vendor}
	var shown []vault.Version
	shown, v.Page, v.Pages = page(versions, c.page(), rows)
	for _, ver := range shown {
		at := ver.Rotated
		if at.IsZero() {
			at = ver.Created
		}
		v.Rows = append(v.Rows, cards.HistoryRow{Version: ver.ID, Current: ver.Current, Enabled: ver.Enabled,
			At: at, By: ver.By.Name, Preview: ver.Preview})
	}
	v.Buttons = withKey(pager("history", "", v.Page, v.Pages), t.name.String())
	return Reply{New: c.opening(), Card: cards.History(v)}, nil
}

// withKey adds the key to the data of paging buttons.
func withKey(buttons []cards.Button, key string) []cards.Button {
	for _, b := range buttons {
		b.Data["key"] = key
	}
	return buttons
}

// audit shows the last events, filtered by a text. Reading the log is itself an event.
func (d *Desk) audit(ctx context.Context, c *call) (Reply, error) {
	e := d.event(c, "audit", audit.OK)
	e.Note = "page " + strconv.Itoa(c.page())
	if err := d.write(ctx, e); err != nil {
		return Reply{}, err
	}
	filter := c.filter()
	events := d.Log.Recent(maxEvents, func(e audit.Event) bool { return e.Op != c.op && mentions(e, filter) })
	v := cards.AuditView{Title: "The last events"}
	var shown []audit.Event
	shown, v.Page, v.Pages = page(events, c.page(), rows)
	for _, e := range shown {
		v.Rows = append(v.Rows, cards.AuditRow{At: e.Time, Action: e.Action, Outcome: string(e.Outcome),
			Who: e.Actor.Name, Key: e.Key, Note: e.Note})
	}
	if len(events) > 0 {
		v.Since = events[len(events)-1].Time
	}
	v.Buttons = pager("audit", filter, v.Page, v.Pages)
	return Reply{New: c.opening(), Card: cards.Audit(v)}, nil
}

// maxEvents is how far back the audit command looks.
const maxEvents = 400
