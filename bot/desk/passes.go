package desk

import (
	"context"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/catalog/request"
	"keydesk/vault"
)

// passFor is the live pass of the caller for a key, as memory has it: what is offered by it is decided at the
// claim. Where memory has none, or not that of the pressed button, it asks the vault: another process may
// have given it a moment ago.
func (d *Desk) passFor(ctx context.Context, c *call, key catalog.KeyName) (vault.Pass, bool) {
	named := c.option("pass")
	found, ok := d.livePass(c.ID, key, named)
	if !ok || named != "" && d.knownPass(named).ID == "" {
		d.learnPasses(ctx, c, key, named)
		found, ok = d.livePass(c.ID, key, named)
	}
	return found, ok
}

// livePass is the best of a person's passes for a key: one that lasts, else that of the pressed button, else
// the one that ends last.
func (d *Desk) livePass(person string, key catalog.KeyName, named string) (found vault.Pass, ok bool) {
	for _, p := range d.Vault.Passes() { // the last of them ends last
		if p.Holder.ID != person || p.Key != key {
			continue
		}
		if !ok || !p.Once || found.Once && found.ID != named {
			found, ok = p, true
		}
	}
	return found, ok
}

// learnPasses looks in the vault for a named pass and for those of what the person asked for last. What it
// finds, memory has from then on.
func (d *Desk) learnPasses(ctx context.Context, c *call, key catalog.KeyName, named string) {
	var ids []string
	if named != "" {
		ids = append(ids, named)
	}
	for _, e := range d.Log.Recent(lastAsks, func(e audit.Event) bool {
		return e.Action == "ask" && e.Outcome == audit.OK && e.Actor.ID == c.ID && e.Key == key.String() &&
			c.now.Sub(e.Time) < request.OpenFor
	}) {
		if id := strings.ToLower(e.Op); id != named {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		if _, err := d.Vault.ReadPass(ctx, id); !gone(err) {
			d.noteFailure(ctx, "a pass could not be looked up", err)
		}
	}
}

// lastAsks is how many requests of a person for one key are looked at.
const lastAsks = 2

// endedFor says when the person's last pass for a key ended; "" where there is none in memory.
func (d *Desk) endedFor(person string, key catalog.KeyName) string {
	var last time.Time
	for _, p := range d.Vault.EndedPasses() {
		if p.Holder.ID == person && p.Key == key {
			last = p.Until
		}
	}
	if last.IsZero() {
		return ""
	}
	return " Your pass for it ended " + atTime(last) + "."
}

// atTime is a moment in a sentence.
func atTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func passLine(p vault.Pass) cards.PassLine {
	return cards.PassLine{By: p.By.Name, From: p.From, Until: p.Until, Once: p.Once}
}

// passMoments is the live passes of a person, the first to end first, as many as whoami tells.
func (d *Desk) passMoments(person string) (out []cards.Moment) {
	for _, p := range d.Vault.Passes() {
		if p.Holder.ID == person && len(out) < maxMoments {
			out = append(out, cards.Moment{Title: "Pass", Text: p.Key.String() + " until", At: p.Until})
		}
	}
	return out
}

// maxMoments is how many passes whoami tells; all are behind passes.
const maxMoments = 4

// passes lists the passes that have not ended: all of them for an admin, one's own for everybody else.
func (d *Desk) passes(_ context.Context, c *call) (Reply, error) {
	admin := c.Roles.Has(catalog.Admin)
	v := cards.PassesView{Title: "Your passes"}
	if admin {
		v.Title = "Passes"
	}
	var found []vault.Pass
	for _, p := range d.Vault.Passes() {
		if admin || p.Holder.ID == c.ID {
			found = append(found, p)
		}
	}
	if v.Total = len(found); v.Total == 0 {
		v.Hint = "A pass opens one key for a person, once or for up to 24 hours. An admin approves it."
	}
	var shown []vault.Pass
	shown, v.Page, v.Pages = page(found, c.page(), rows)
	for _, p := range shown {
		v.Rows = append(v.Rows, d.passRow(c, p, admin))
	}
	v.Buttons = pager("passes", "", v.Page, v.Pages)
	return Reply{New: c.opening(), Card: cards.Passes(v)}, nil
}

func (d *Desk) passRow(c *call, p vault.Pass, admin bool) cards.PassRow {
	r := cards.PassRow{PassLine: passLine(p), Key: p.Key.String(), Vendor: p.Key.Vendor}
	if v, ok := d.Catalog.Vendor(p.Key.Vendor); ok {
		r.Vendor = v.Name
	}
	if p.Holder.ID == c.ID {
		r.Buttons = append(r.Buttons, button("Get", "get", "key", p.Key.String()))
	} else {
		r.Holder = p.Holder.Name
		if r.Holder == "" {
			r.Holder = p.Holder.ID
		}
	}
	if admin {
		r.Buttons = append(r.Buttons, button("End", "end", "pass", p.ID))
	}
	return r
}
