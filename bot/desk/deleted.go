package desk

import (
	"context"
	"errors"
	"fmt"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// recover brings a deleted key back, value and all.
func (d *Desk) recover(ctx context.Context, c *call) (Reply, error) {
	return d.oneAtATime(c, func() (Reply, error) { return d.saveRecover(ctx, c) })
}

func (d *Desk) saveRecover(ctx context.Context, c *call) (Reply, error) {
	t, _, err := d.deleted(ctx, c)
	if err != nil && d.did(c, t.name) { // by this very button
		var gone error
		if t.key, _, gone = d.Vault.ReadKey(ctx, t.name); gone == nil {
			return d.saved(c, entry{target: t, what: "Recovered"}), nil
		}
	}
	if err != nil {
		return Reply{}, err
	}
	if to := d.renamed()[t.name.String()]; to != "" && c.option("old") != "yes" {
		again := recoverButton(t.name)
		again.Data["old"] = "yes"
		return Reply{}, &refusal{asks: true, title: "Recover an old name?",
			sentence: fmt.Sprintf("%s is the old name of %s. Recovering it makes a second key, with the value from "+
				"before it was renamed.", t.name, to),
			buttons: []cards.Button{again, {Title: "Deleted keys", Verb: "recover"}}}
	}
	if d.second(c) {
		h := held{key: t.name, what: "Recover " + t.name.String()}
		if to := d.renamed()[t.name.String()]; to != "" {
			h.lines = []string{"It is the old name of " + to + ". This makes a second key, with the value from before."}
		}
		return d.hold(ctx, c, h)
	}
	t.key, err = d.change(ctx, c, t.name, func() (catalog.Key, error) { return d.Vault.Recover(ctx, t.name) })
	if err != nil {
		return Reply{}, err
	}
	what := "Recovered"
	if !t.key.Enabled {
		what = "Recovered, still disabled in Key Vault"
	}
	return d.saved(c, entry{target: t, what: what}), nil
}

// purge ends a deleted key for good, where the vault allows it. It asks first.
func (d *Desk) purge(ctx context.Context, c *call) (Reply, error) {
	if c.saving() {
		return d.oneAtATime(c, func() (Reply, error) { return d.savePurge(ctx, c) })
	}
	t, was, err := d.deleted(ctx, c)
	switch {
	case err != nil:
		return Reply{}, err
	case !was.Purgeable:
		return Reply{}, protected(was)
	}
	lines := []string{"It was deleted on " + was.At.In(c.now.Location()).Format("2006-01-02 15:04") + "."}
	if d.second(c) {
		lines = append(lines, anotherAdmin)
	}
	yes := button("Purge", "purge", "key", t.name.String(), "step", "save", "op", c.op,
		"deletion", was.ID())
	yes.Style = "destructive"
	return Reply{New: c.pressed(), Card: cards.Notice(cards.NoticeView{Tone: cards.Bad,
		Title:   "Purge " + t.name.String() + "?",
		Text:    "Its value and all its versions are gone then. Nobody can bring them back.",
		Lines:   lines,
		Buttons: []cards.Button{yes, cancelButton(c)}})}, nil
}

func (d *Desk) savePurge(ctx context.Context, c *call) (Reply, error) {
	name, err := catalog.ParseKeyName(c.option("key"))
	if err == nil && d.did(c, name) {
		return d.purgedBefore(ctx, c, name)
	}
	t, was, err := d.deleted(ctx, c)
	switch {
	case err != nil:
		return Reply{}, err
	case c.option("deletion") != was.ID():
		return Reply{}, &refusal{title: "Deleted again",
			sentence: fmt.Sprintf("%s was stored and deleted again since you were asked. Nothing was purged.", t.name),
			lines:    []string{"What would be gone now may be a newer value. Press Purge to be asked again."},
			buttons:  []cards.Button{button("Purge", "purge", "key", t.name.String()), recoverButton(t.name)}}
	}
	if d.second(c) {
		return d.hold(ctx, c, held{key: t.name, what: "Purge " + t.name.String(),
			lines: []string{"Its value and all its versions are gone then."}})
	}
	_, err = d.change(ctx, c, t.name, func() (catalog.Key, error) {
		return catalog.Key{}, d.Vault.Purge(ctx, t.name, was.ID())
	})
	if errors.Is(err, vault.ErrProtected) {
		return Reply{}, protected(was)
	}
	if err != nil {
		return Reply{}, err
	}
	return purgedCard(c, t.name, "The name is free again."), nil
}

// purgedBefore answers a button that has purged its key before: there may be another of that name by now.
func (d *Desk) purgedBefore(ctx context.Context, c *call, name catalog.KeyName) (Reply, error) {
	gone, err := d.isGone(ctx, name)
	if err != nil {
		return Reply{}, err
	}
	_, err = d.Vault.FindDeleted(ctx, name)
	switch {
	case err == nil || !gone:
		return purgedCard(c, name, "Since then a key of this name was stored again. It was left alone."), nil
	case !errors.Is(err, vault.ErrNotFound):
		return Reply{}, err
	}
	return purgedCard(c, name, "The name is free again."), nil
}

func purgedCard(c *call, name catalog.KeyName, then string) Reply {
	return Reply{Card: cards.Notice(cards.NoticeView{Tone: cards.Good, Title: "Purged " + name.String(),
		Text: "It is gone for ever. " + then, Ref: c.op})}
}

func protected(was vault.Deleted) error {
	return &refusal{title: "The vault keeps it",
		sentence: fmt.Sprintf("This vault is protected against purging. It removes %s itself on %s.",
			was.Key.Name, catalog.DateOf(was.Until)),
		buttons: []cards.Button{recoverButton(was.Key.Name)}}
}

// deleted finds the deleted key a person named, or asks which.
func (d *Desk) deleted(ctx context.Context, c *call) (target, vault.Deleted, error) {
	word := c.keyWord()
	if word == "" {
		return target{}, vault.Deleted{}, d.whichDeleted(ctx, c)
	}
	t, err := d.target(c, word)
	if err != nil {
		return t, vault.Deleted{}, err
	}
	was, err := d.Vault.FindDeleted(ctx, t.name) // memory may not know yet that it is deleted
	switch {
	case err == nil:
		t.stored = false
	case errors.Is(err, vault.ErrNotFound) && t.stored:
		err = &refusal{title: "This key is not deleted", sentence: fmt.Sprintf("%s is stored.", t.name),
			buttons: onKey(t.name, "key")}
	case errors.Is(err, vault.ErrNotFound):
		err = &refusal{title: "Nothing to " + c.cmd.Verb,
			sentence: "The vault keeps no deleted key of that name.",
			buttons:  []cards.Button{{Title: "Deleted keys", Verb: "recover"}}}
	}
	return t, was, err
}

// whichDeleted asks which of the deleted keys is meant.
func (d *Desk) whichDeleted(ctx context.Context, c *call) error {
	all, err := d.Vault.DeletedKeys(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return &refusal{asks: true, title: "No deleted key", sentence: "The vault keeps no deleted key of Keydesk."}
	}
	renamed := d.renamed()
	v := cards.ChooseView{Title: "Deleted keys", Text: "Choose the key; the last deleted comes first",
		Input: "key", Placeholder: "Type to filter",
		Buttons: []cards.Button{{Title: title(c.cmd.Verb), Verb: c.cmd.Verb}}}
	for _, was := range all[:min(maxChoices, len(all))] {
		v.Choices = append(v.Choices, cards.Choice{Value: was.Key.Name.String(),
			Title: deletedWords(c, was, renamed)})
	}
	return &refusal{choose: &v}
}
