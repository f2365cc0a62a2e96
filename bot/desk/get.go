package desk

import (
	"context"
	"errors"
	"unicode/utf8"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// get offers a key's value. No link exists until the person presses Reveal, so a card that is forwarded,
// stored or shown on a big screen gives nothing away.
func (d *Desk) get(ctx context.Context, c *call) (Reply, error) {
	t, err := d.stored(ctx, c)
	why := c.option("reason")
	if why == "" {
		why = c.line.text(1)
	}
	if errors.Is(err, ErrDenied) {
		return Reply{}, d.offerAsk(c, t, why, err)
	}
	if err != nil {
		return Reply{}, err
	}
	if utf8.RuneCountInString(why) > maxNote {
		return Reply{}, refuse("A reason has at most 256 characters.")
	}
	if err := noKey("The reason", d.withoutOps(why)); err != nil {
		return Reply{}, err
	}
	return Reply{New: c.pressed(), Card: cards.Get(cards.GetView{Key: t.key, Vendor: t.vendor, Reason: why,
		TTL: d.LinkTTL, Pass: passLine(c.pass),
		Buttons: []cards.Button{primary(revealButton(c, t.name, why))}})}, nil
}

// revealButton carries the operation of the get, so that all its events and links belong together.
func revealButton(c *call, name catalog.KeyName, why string) cards.Button {
	b := button("Reveal", "reveal", "key", name.String(), "op", c.op, "for", c.ID)
	if why != "" {
		b.Data["reason"] = why
	}
	if c.pass.ID != "" {
		b.Data["pass"] = c.pass.ID
	}
	return b
}

func primary(b cards.Button) cards.Button {
	b.Style = "positive"
	return b
}

// reveal mints the link of a get card at its holder's press. A second press withdraws the unopened link
// and mints another; a double click is one press.
func (d *Desk) reveal(ctx context.Context, c *call) (Reply, error) {
	reply, err, _ := d.presses.Do(c.ID+" "+c.op, func() (any, error) { return d.newLink(ctx, c) })
	return reply.(Reply), err
}

func (d *Desk) newLink(ctx context.Context, c *call) (Reply, error) {
	if holder := c.option("for"); holder != "" && holder != c.ID {
		return Reply{}, refuse("This card is somebody else's. Ask for the key yourself.")
	}
	t, err := d.stored(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	why := cut(c.option("reason"), maxNote)
	if err := noKey("The reason", d.withoutOps(why)); err != nil {
		return Reply{}, err
	}
	if err := d.withdraw(ctx, c); err != nil {
		return Reply{}, err
	}
	token, link, err := d.mint(ctx, c, t, why)
	if err != nil {
		return Reply{}, err
	}
	d.followLink(link)
	return Reply{Card: cards.Link(cards.LinkView{Key: t.key, Vendor: t.vendor, URL: d.PublicURL + "/r/" + token,
		Until:   link.Until,
		Buttons: []cards.Button{revealButton(c, t.name, why)}})}, nil
}

// withdraw ends the links this operation has minted and nobody has opened.
func (d *Desk) withdraw(ctx context.Context, c *call) error {
	for _, l := range d.Vault.Links() {
		if l.Op != c.op || l.Holder.ID != c.ID {
			continue
		}
		if _, err := d.withdrawLink(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// mint writes the link and its event side by side. The address leaves only when both are durable.
func (d *Desk) mint(
	ctx context.Context, c *call, t target, why string,
) (token string, link vault.Link, err error) {
	e := d.event(c, "get", audit.OK)
	e.Key, e.Version, e.Note = t.name.String(), t.key.Version, why
	var logged, minted error
	var g errgroup.Group
	g.Go(func() error { logged = d.write(ctx, e); return nil })
	g.Go(func() error {
		token, link, minted = d.Vault.MintLink(ctx, vault.Link{Key: t.name, Version: t.key.Version, Op: c.op,
			Holder: c.Person, Card: c.card, Until: c.now.Add(d.LinkTTL), Pass: c.pass.ID, Once: c.pass.Once})
		return nil
	})
	_ = g.Wait()
	switch {
	case minted != nil:
		if logged == nil { // the log says that there is a link: say that there is none
			e.Outcome, e.Note = audit.Failed, reason(minted)
			logged = d.write(ctx, e)
		}
		return "", vault.Link{}, errors.Join(minted, logged)
	case logged != nil:
		_, _ = d.Vault.WithdrawLink(ctx, link.ID) // its address was never told to anybody
		return "", vault.Link{}, logged
	}
	return token, link, nil
}
