package desk

import (
	"context"
	"fmt"
	"strings"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// renamed is the names that keys had before they got another label, and which they got, as the log knows. The
// vault keeps such a name like a deleted key's; recovering it would make a second key of the same value.
func (d *Desk) renamed() map[string]string {
	last := map[string]string{}                // the newest event of each name counts
	d.Log.Recent(1, func(e audit.Event) bool { // the newest come first
		from, moves := strings.CutPrefix(e.Note, was)
		if moves && e.Action == "edit" && (e.Outcome == audit.OK || e.Outcome == audit.Intent) {
			note(last, from, e.Key)
		}
		if e.Outcome == audit.OK && settles[e.Action] {
			note(last, e.Key, "")
		}
		return false // all of them are looked at
	})
	return last
}

func note(last map[string]string, name, to string) {
	if _, known := last[name]; !known {
		last[name] = to
	}
}

// settles is the actions after which a name is the key's own again, or deleted as such.
var settles = map[string]bool{"add": true, "rotate": true, "import": true, "adopt": true, "edit": true,
	"delete": true, "recover": true, "demo": true}

// wasRenamed refuses a name that the vault keeps as the old one of a key with another label.
func wasRenamed(old vault.Deleted, to string) error {
	name := old.Key.Name
	r := &refusal{title: "This name is not free", cause: vault.ErrDeleted,
		sentence: fmt.Sprintf("%s is kept by the vault as the old name of %s.", name, to),
		lines:    []string{"Use another label. The name is free on " + catalog.DateOf(old.Until).String() + "."},
		buttons:  []cards.Button{button("Details", "key", "key", to)}}
	if old.Purgeable {
		r.lines = []string{"Purge the old name, which leaves " + to + " as it is, or use another label."}
		r.buttons = append(r.buttons, button("Purge", "purge", "key", name.String()))
	}
	return r
}

// deletedWords names a deleted key for a list: since when, and what has become of it.
func deletedWords(c *call, was vault.Deleted, renamed map[string]string) string {
	at := was.At.In(c.now.Location()).Format("2006-01-02")
	if to := renamed[was.Key.Name.String()]; to != "" {
		return fmt.Sprintf("%s, renamed to %s on %s", was.Key.Name, to, at)
	}
	return fmt.Sprintf("%s, deleted on %s", was.Key.Name, at)
}

// wasDeleted refuses a name whose deleted key the vault still keeps.
func (d *Desk) wasDeleted(ctx context.Context, name catalog.KeyName) error {
	was, err := d.Vault.FindDeleted(ctx, name)
	if to := d.renamed()[name.String()]; err == nil && to != "" {
		return wasRenamed(was, to)
	}
	r := &refusal{title: "This key was deleted", cause: vault.ErrDeleted,
		sentence: fmt.Sprintf("A key %s was deleted and can still be recovered, so its name is not free.", name),
		lines:    []string{"Recover it and rotate it then, or use another label."},
		buttons:  []cards.Button{recoverButton(name)}}
	if err == nil && was.Purgeable {
		r.lines = []string{"Recover it and rotate it then, purge it for ever, or use another label."}
		r.buttons = append(r.buttons, button("Purge", "purge", "key", name.String()))
	}
	return r
}
