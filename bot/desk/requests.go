package desk

import (
	"context"
	"fmt"
	"time"

	"keydesk/cards"
	"keydesk/catalog/request"
)

// requests lists what waits: everything for admins, else the person's own. With a request it shows that one.
func (d *Desk) requests(ctx context.Context, c *call) (Reply, error) {
	admin := c.Roles.Any(adminOnly)
	if id := c.option("request"); id != "" {
		return d.oneRequest(ctx, c, id, admin)
	}
	var open []request.Request
	ends := d.ends()
	for _, r := range d.Vault.Requests() {
		if _, decided := d.firstOf(r, ends[r.Op]); !decided && !r.Over(c.now) && (admin || r.By.ID == c.ID) {
			open = append(open, r)
		}
	}
	v := cards.RequestsView{Title: "Requests", Total: len(open)}
	if !admin {
		v.Title = "Your requests"
	}
	open, v.Page, v.Pages = page(open, c.page(), rows)
	for _, r := range open {
		row := cards.RequestRow{What: r.What, Who: r.By.Name, Age: span(c.now.Sub(r.Made)),
			Left:    span(r.Until.Sub(c.now)),
			Buttons: []cards.Button{button("Open", "requests", "request", r.ID)}}
		if r.By.ID == c.ID {
			row.Buttons = []cards.Button{button("Withdraw", "withdraw", "request", r.ID)}
		}
		v.Rows = append(v.Rows, row)
	}
	v.Buttons = pager("requests", "", v.Page, v.Pages)
	return Reply{New: c.opening(), Card: cards.Requests(v)}, nil
}

// oneRequest shows one request to who decides about it, or to who made it.
func (d *Desk) oneRequest(ctx context.Context, c *call, id string, admin bool) (Reply, error) {
	r, err := d.readRequest(ctx, c, id)
	if err != nil {
		return Reply{}, err
	}
	dec, decided := d.decided(r.Request)
	switch {
	case r.By.ID != c.ID && !admin:
		return Reply{}, noRequest()
	case decided: // and not carried out yet
		return Reply{New: c.pressed(), Card: cards.Request(d.endView(r.Request, dec,
			result{later: dec.End == request.Approved, word: "It is not done yet."}))}, nil
	case r.Over(c.now):
		return Reply{}, expired()
	case r.By.ID == c.ID:
		return Reply{New: c.pressed(), Card: d.waitingCard(r.Request, sentTo(r.Request))}, nil
	}
	return Reply{New: c.pressed(), Card: cards.Request(d.decideView(r.Request))}, nil
}

// span is a time in words, "45 min" or "22 h".
func span(t time.Duration) string {
	if t < 90*time.Minute {
		return fmt.Sprintf("%d min", max(1, int(t.Minutes())))
	}
	return fmt.Sprintf("%d h", int(t.Round(time.Hour).Hours()))
}
