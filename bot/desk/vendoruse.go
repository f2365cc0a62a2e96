package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// vendorFault says why a vendor was not saved or removed, or what became of that right after.
func vendorFault(err error, own catalog.Own, done string) error {
	look := []cards.Button{button("Edit", "vendor", "do", "edit", "vendor", own.ID),
		button("Your vendors", "vendor")}
	switch {
	case errors.Is(err, vault.ErrSuperseded):
		return &refusal{title: strings.ToUpper(done[:1]) + done[1:] + ", and changed again", cause: err,
			buttons: look,
			sentence: fmt.Sprintf("%s was %s, and somebody else changed it right after. Theirs counts.",
				vendorWords(own), done)}
	case errors.Is(err, vault.ErrDeleted):
		return &refusal{title: "Deleted in Key Vault", cause: err,
			sentence: "A vendor with the id " + own.ID + " was deleted in Key Vault itself, so its name is not free.",
			lines: []string{"A vault administrator can recover or purge the secret keydesk-vendor-" + own.ID +
				" there. Or choose another name."}}
	case errors.Is(err, vault.ErrExists):
		return &refusal{title: "This vendor exists already", cause: err, buttons: look,
			sentence: "A vendor with the id " + own.ID + " is stored already. Edit it, or choose another name."}
	case errors.Is(err, vault.ErrMoved):
		return &refusal{cause: err,
			sentence: "Somebody else changed this vendor meanwhile. Open it again and look."}
	case errors.Is(err, vault.ErrNotFound):
		return &refusal{cause: err,
			sentence: "This vendor is not in the vault any more. Press the same button again to be sure."}
	case errors.Is(err, vault.ErrWasSecret):
		return &refusal{cause: err, sentence: "A part that was a secret stays one: a value may still be stored " +
			"under its name. Give the public part another name."}
	case errors.Is(err, vault.ErrForeign):
		return &refusal{cause: err, sentence: "Another application keeps a secret under this vendor's name in " +
			"the vault. Keydesk leaves it alone. Choose another name."}
	case errors.Is(err, vault.ErrDisabled):
		return &refusal{cause: err, sentence: "This vendor is disabled in Key Vault. A vault administrator can " +
			"enable the secret keydesk-vendor-" + own.ID + " there."}
	}
	return err
}

// vendorUse is how many keys of a vendor are stored, and how many deleted ones could be recovered.
type vendorUse struct{ stored, deleted int }

// vendorUse counts anew: what memory knows is up to five minutes old, and it knows no deleted keys.
func (d *Desk) vendorUse(ctx context.Context, id string) (vendorUse, error) {
	if _, own := d.Catalog.Own(id); !own {
		if _, other := d.Catalog.Vendor(id); other { // it is left out, and the keys are the other's
			return vendorUse{}, nil
		}
	}
	if err := d.Vault.Refresh(ctx); err != nil {
		return vendorUse{}, err
	}
	use := vendorUse{stored: len(keysOf(d.Vault.Keys(), id))}
	all, err := d.Vault.DeletedKeys(ctx)
	for _, was := range all {
		if was.Key.Name.Vendor == id {
			use.deleted++
		}
	}
	return use, err
}

func (u vendorUse) any() bool { return u.stored+u.deleted > 0 }

// of says what there is.
func (u vendorUse) of(own catalog.Own) string {
	stored, deleted := plural(u.stored, "key"), plural(u.deleted, "deleted key")
	switch {
	case u.deleted == 0:
		return vendorWords(own) + " has " + stored + "."
	case u.stored == 0:
		return vendorWords(own) + " has " + deleted + " that can be recovered."
	}
	return vendorWords(own) + " has " + stored + ", and " + deleted + " that can be recovered."
}

// first says what to do before something else.
func (u vendorUse) first(then string) string {
	what := "Purge what is deleted before you " + then
	if u.stored > 0 {
		what = "Delete and purge its keys before you " + then
	}
	return what + "; where the vault allows no purging, wait until they are gone."
}
