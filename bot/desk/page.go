package desk

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"keydesk/cards"
	"keydesk/vault"
)

// intakeTime is how long a page that takes values in works, at most: entering takes longer than looking, and
// such a link shows nothing.
const intakeTime = 15 * time.Minute

// linkTime is how long a link works: one that shows a value, or one that takes something in.
func (d *Desk) linkTime(l vault.Link) time.Duration {
	if l.Intake == "" {
		return d.LinkTTL
	}
	return min(3*d.LinkTTL, intakeTime)
}

// openPage leads to a page where the value is entered instead of on a card. As with Reveal no link exists
// until the button is pressed.
func (d *Desk) openPage(ctx context.Context, c *call, t target, v cards.FormView) (Reply, error) {
	title := "Add a key of " + t.vendor.Name
	if c.cmd.Verb == "rotate" {
		title = "Rotate " + t.name.String()
	}
	again := button("Use a secure page", c.cmd.Verb)
	again.Data = v.Page
	if c.option("step") != "page" {
		return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Title: title,
			Text:    "The value is entered on a page, so that it does not pass through Teams.",
			Buttons: []cards.Button{primary(again)}})}, nil
	}
	link := vault.Link{Intake: c.cmd.Verb, Key: t.name, Opened: v.Data["opened"]}
	return d.mintPage(ctx, c, link, v, cards.PageView{Title: title,
		Text: "Values of several lines, files and all parts can be entered there.", Buttons: []cards.Button{again}})
}

// mintPage withdraws the pages for the same that the person has not used, and makes the new one.
func (d *Desk) mintPage(
	ctx context.Context, c *call, link vault.Link, v cards.FormView, page cards.PageView,
) (Reply, error) {
	reply, err, _ := d.presses.Do(c.ID+" page "+link.Intake+" "+link.Key.String(), func() (any, error) {
		return d.newPage(ctx, c, link, v, page)
	})
	return reply.(Reply), err
}

func (d *Desk) newPage(
	ctx context.Context, c *call, link vault.Link, v cards.FormView, page cards.PageView,
) (Reply, error) {
	for _, old := range d.Vault.Links() {
		if old.Intake == link.Intake && old.Key == link.Key && old.Holder.ID == c.ID {
			mine, err := d.withdrawLink(ctx, old)
			if err != nil {
				return Reply{}, err
			}
			if mine && old.Card != c.card {
				d.tell(old, endReplaced)
			}
		}
	}
	link.Holder, link.Op, link.Card = c.Person, rand.Text(), c.card
	link.Until = c.now.Add(d.linkTime(link))
	token, link, err := d.Vault.MintLink(ctx, link)
	if err != nil {
		return Reply{}, err
	}
	d.followLink(link)
	d.follow.fill(link.ID, v)
	page.URL, page.Until = d.PublicURL+"/i/"+token, link.Until
	return Reply{Card: cards.Page(page)}, nil
}

// withdrawLink ends a link. It is mine if nobody has used it; else its card has been told already.
func (d *Desk) withdrawLink(ctx context.Context, l vault.Link) (mine bool, err error) {
	d.follow.forget(l.ID)
	_, err = d.Vault.WithdrawLink(ctx, l.ID)
	switch {
	case gone(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("withdrawing an earlier link: %w", err)
	}
	return true, nil
}

// anotherIntake is the token of a link in place of one that was used up in vain; "" when none could be made,
// which the card then tells. Its operation is the same, so nothing is stored twice, and its page begins with
// the same form.
func (d *Desk) anotherIntake(ctx context.Context, old vault.Link, form cards.FormView) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeTime)
	defer cancel()
	link := old
	link.Until = time.Now().Add(d.linkTime(link))
	token, link, err := d.Vault.MintLink(ctx, link)
	if err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "a used-up link could not be replaced", slog.String("op", old.Op),
			vault.Cause(err))
		d.tell(old, endTried)
		return ""
	}
	d.followUntil(link, endTried)
	d.follow.fill(link.ID, form)
	return token
}
