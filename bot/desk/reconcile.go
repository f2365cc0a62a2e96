package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"
)

// openFor is how old an intent without an end must be before somebody looks how it ended: what is still under way ends
// within it.
const openFor = 2 * time.Minute

// reconcile finds out how changes ended whose process died, or whose vault gave no clear answer. It looks, writes down what
// it found and tells the person; it changes nothing.
func (d *Desk) reconcile(ctx context.Context, now time.Time) error {
	if len(d.Log.Unfinished(now.Add(-openFor))) == 0 {
		return nil
	}
	mine, err := d.mine(ctx, fmt.Sprintf("reconcile-%d", now.Unix()/60), now)
	if err != nil || !mine {
		return err
	}
	if err := errors.Join(d.Log.Refresh(ctx), d.Vault.Refresh(ctx)); err != nil {
		return err
	}
	told := map[audit.Actor][]string{}
	var failed []error
	for _, e := range d.Log.Unfinished(now.Add(-openFor)) {
		found, err := d.lookAt(ctx, e)
		if err == nil {
			err = d.write(ctx, found)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		told[e.Actor] = append(told[e.Actor], fmt.Sprintf("%s %s, begun %s: %s", e.Action, orNone(e.Key, e.Key == ""),
			e.Time.UTC().Format("2006-01-02 15:04 UTC"), found.Note))
	}
	for actor, lines := range told {
		d.tellEnds(actor, lines)
	}
	return errors.Join(failed...)
}

// tellEnds tells a person how their changes ended.
func (d *Desk) tellEnds(actor audit.Actor, lines []string) {
	if actor.ID == "" {
		return
	}
	d.background(func(ctx context.Context) {
		_, err := d.Poster.Post(ctx, actor.ID, cards.Notice(cards.NoticeView{Tone: cards.Warn, Title: "How it ended",
			Text: "Something of yours was interrupted. This is how it ended:", Lines: lines,
			Buttons: []cards.Button{{Title: "All keys", Verb: "keys"}}}))
		d.noteFailure(ctx, "a person could not be told how a change ended", err)
	})
}

// lookAt is the event that tells how an intent ended.
func (d *Desk) lookAt(ctx context.Context, e audit.Event) (audit.Event, error) {
	found := e
	found.Time, found.Prev, found.Outcome, found.Chat = time.Time{}, "", audit.Found, string(catalog.System)
	name, err := catalog.ParseKeyName(e.Key)
	if err != nil && e.Key != "" {
		found.Note = cantTell
		return found, nil
	}
	if to, moves := strings.CutPrefix(e.Note, becomes); moves && e.Action == "edit" {
		found.Note, err = d.howMoved(ctx, name, to, e.Op)
		return found, err
	}
	var done bool
	switch e.Action {
	case "add", "rotate", "import", "adopt":
		var key catalog.Key
		key, done, err = d.Vault.Made(ctx, name, e.Op)
		found.Version = key.Version
	case "edit":
		var key catalog.Key
		key, _, err = d.Vault.ReadKey(ctx, name)
		if done = key.Op == e.Op || key.Made == e.Op; !done && key.Updated.After(e.Time) {
			found.Note = cantTell // a later change carries its own operation
			return found, nil
		}
		err = unlessNotFound(err)
	case "delete":
		done, err = d.isGone(ctx, name)
	case "recover":
		done, err = d.isGone(ctx, name)
		done = !done
	case "purge":
		_, err = d.Vault.FindDeleted(ctx, name)
		if done, err = errors.Is(err, vault.ErrNotFound), unlessNotFound(err); done {
			done, err = d.isGone(ctx, name)
		}
	case "vendor":
		done, err = d.vendorDone(e), nil
	default:
		done, err = d.isGone(ctx, name)
		found.Note = map[bool]string{true: "the key is not there", false: "the key is there"}[done]
		return found, err
	}
	found.Note = map[bool]string{true: "it was done", false: "it was not done"}[done]
	if errors.Is(err, vault.ErrDisabled) || errors.Is(err, vault.ErrForeign) { // nobody will be able to tell
		found.Note, err = cantTell, nil
	}
	return found, err
}

func unlessNotFound(err error) error {
	if errors.Is(err, vault.ErrNotFound) {
		return nil
	}
	return err
}

// isGone says whether no key of that name is stored.
func (d *Desk) isGone(ctx context.Context, name catalog.KeyName) (bool, error) {
	_, _, err := d.Vault.ReadKey(ctx, name)
	switch {
	case errors.Is(err, vault.ErrNotFound), errors.Is(err, vault.ErrForeign):
		return true, nil
	case errors.Is(err, vault.ErrDisabled):
		return false, nil
	}
	return false, err
}

// howMoved says how far a key got on its way to another label.
func (d *Desk) howMoved(ctx context.Context, from catalog.KeyName, word, op string) (string, error) {
	to, err := catalog.ParseKeyName(word)
	if err != nil {
		return cantTell, nil
	}
	_, copied, err := d.Vault.Made(ctx, to, op)
	left, err2 := d.isGone(ctx, from)
	switch {
	case err != nil || err2 != nil:
		return "", errors.Join(err, err2)
	case copied && !left:
		return "both names are stored; delete the one that is not wanted", nil
	case copied:
		return "it was done", nil
	}
	return "it was not done", nil
}

// vendorDone says whether a vendor of one's own is as an intent wanted it.
func (d *Desk) vendorDone(e audit.Event) bool {
	if id, removes := strings.CutPrefix(e.Note, removesVendor); removes {
		_, there := d.Catalog.Own(id)
		return !there
	}
	own, ok := d.Catalog.Own(strings.TrimPrefix(e.Note, theVendor))
	return ok && own.Op == e.Op
}

// cantTell is found where what happened left no trace of its own.
const cantTell = "it can't be told"

// How the notes of some intents begin, so that reconciliation can read what they were about.
const (
	becomes       = "becomes "
	theVendor     = "the vendor "
	removesVendor = "removes the vendor "
)
