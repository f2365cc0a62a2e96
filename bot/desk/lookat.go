package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"
)

// What is found of a change. cantTell: what happened left no trace of its own, or a later change went over
// it.
const (
	wasDone  = "it was done"
	notDone  = "it was not done"
	cantTell = "it can't be known"
)

// How the notes of some intents begin, so that reconciliation can read what they were about.
const (
	was           = "was " // of a key that gets another label
	theVendor     = "the vendor "
	removesVendor = "removes the vendor "
)

// lookAt is the event that tells how an intent ended.
func (d *Desk) lookAt(ctx context.Context, e audit.Event) (audit.Event, error) {
	found := e
	found.Time, found.Prev, found.Outcome, found.Chat = time.Time{}, "", audit.Found, string(catalog.System)
	name, err := catalog.ParseKeyName(e.Key)
	if err != nil && e.Key != "" {
		found.Note = cantTell
		return found, nil
	}
	found.Note, found.Version, err = d.endOf(ctx, e, name)
	if errors.Is(err, vault.ErrDisabled) || errors.Is(err, vault.ErrForeign) { // nobody will be able to tell
		found.Note, err = cantTell, nil
	}
	return found, err
}

// endOf looks in the vault how an intent ended.
func (d *Desk) endOf(
	ctx context.Context, e audit.Event, name catalog.KeyName,
) (end, version string, err error) {
	switch e.Action {
	case "add", "rotate", "import", "adopt":
		return d.endOfValue(ctx, e, name)
	case "edit":
		if from, moves := strings.CutPrefix(e.Note, was); moves {
			end, err = d.endOfMove(ctx, e, from, name)
			return end, "", err
		}
		return d.endOfEdit(ctx, e, name)
	case "approvals":
		end, err = d.endOfApprovals(ctx, e)
		return end, "", err
	case "grant", "revoke":
		return d.endOfEdit(ctx, e, name)
	case "ask":
		end, err = d.endOfAsk(ctx, e)
		return end, "", err
	case "vendor":
		end, err = d.endOfVendor(ctx, e)
		return end, "", err
	case "end":
		end, err = d.endOfPass(ctx, e)
		return end, "", err
	}
	gone, err := d.isGone(ctx, name)
	switch {
	case err != nil:
		return "", "", err
	case e.Action == "delete":
		return d.unlessSince(e, gone), "", nil
	case e.Action == "recover":
		return d.unlessSince(e, !gone), "", nil
	case e.Action == "purge":
		_, err := d.Vault.FindDeleted(ctx, name)
		purged := gone && errors.Is(err, vault.ErrNotFound)
		return d.unlessSince(e, purged), "", unlessNotFound(err)
	case gone:
		return "the key is not there", "", nil
	}
	return "the key is there", "", nil
}

// endOfValue finds the version that an operation stored. Where there is none, the key may have been deleted
// with it.
func (d *Desk) endOfValue(
	ctx context.Context, e audit.Event, name catalog.KeyName,
) (end, version string, err error) {
	key, done, err := d.Vault.Made(ctx, name, e.Op)
	switch {
	case err != nil:
		return "", "", err
	case done:
		return wasDone, key.Version, nil
	case d.since(e, e.Key, deletes):
		return cantTell, "", nil
	}
	return notDone, "", nil
}

// endOfEdit reads which operation stands in the key. Key Vault counts time in seconds, so what was changed in
// the second of the intent may have come after it.
func (d *Desk) endOfEdit(
	ctx context.Context, e audit.Event, name catalog.KeyName,
) (end, version string, err error) {
	key, _, err := d.Vault.ReadKey(ctx, name)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return cantTell, "", nil
	case err != nil:
		return "", "", err
	case key.Op == e.Op, key.Made == e.Op:
		return wasDone, key.Version, nil
	case !key.Updated.Before(e.Time.Truncate(time.Second)):
		return cantTell, "", nil
	}
	return notDone, "", nil
}

// endOfMove says how far a key got on its way to another label.
func (d *Desk) endOfMove(
	ctx context.Context, e audit.Event, word string, to catalog.KeyName,
) (string, error) {
	from, err := catalog.ParseKeyName(word)
	if err != nil {
		return cantTell, nil
	}
	_, copied, err := d.Vault.Made(ctx, to, e.Op)
	left, err2 := d.isGone(ctx, from)
	switch {
	case err != nil || err2 != nil:
		return "", errors.Join(err, err2)
	case copied && !left:
		return "both names are stored; delete the one that is not wanted", nil
	case copied:
		return wasDone, nil
	case d.since(e, to.String(), deletes):
		return cantTell, nil
	}
	return notDone, nil
}

// endOfVendor says whether a vendor of one's own is, or was for a while, as an intent wanted it. One that
// can't be used is there too.
func (d *Desk) endOfVendor(ctx context.Context, e audit.Event) (string, error) {
	own, there := d.ownNow(vendorIn(e.Note))
	if strings.HasPrefix(e.Note, removesVendor) {
		return d.unlessSince(e, !there), nil
	}
	if there && own.Op == e.Op {
		return wasDone, nil
	}
	saved, err := d.Vault.SavedVendor(ctx, vendorIn(e.Note), e.Op)
	switch {
	case err != nil:
		return "", err
	case saved: // and overtaken
		return wasDone, nil
	}
	return d.unlessSince(e, false), nil
}

// vendorIn is the id of the vendor that the note of an intent is about.
func vendorIn(note string) string {
	if id, ok := strings.CutPrefix(note, removesVendor); ok {
		return id
	}
	return strings.TrimPrefix(note, theVendor)
}
