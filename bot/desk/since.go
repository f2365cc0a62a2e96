package desk

import (
	"context"
	"errors"
	"strings"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault"
)

// unlessSince is the end that the state of the vault shows, unless a later operation made that state.
func (d *Desk) unlessSince(e audit.Event, done bool) string {
	switch {
	case d.since(e, e.Key, deletes) || d.since(e, e.Key, stores):
		return cantTell
	case done:
		return wasDone
	}
	return notDone
}

// The actions after which a name is free, or taken again.
var (
	deletes = map[string]bool{"delete": true, "purge": true, "demo": true, "vendor": true}
	stores  = map[string]bool{"add": true, "import": true, "adopt": true, "recover": true}
)

// since says whether the log has, after an intent, one of another operation on a key, or on the same vendor:
// one of these actions, or an edit that gave the key its name or took it.
func (d *Desk) since(e audit.Event, key string, actions map[string]bool) bool {
	before := false // the newest events come first
	return len(d.Log.Recent(1, func(o audit.Event) bool {
		before = before || o.Time.Before(e.Time) || o.Op == e.Op && o.Action == e.Action && o.Key == e.Key
		if before || o.Outcome != audit.Intent {
			return false
		}
		from, moves := strings.CutPrefix(o.Note, was)
		switch {
		case o.Action == "edit":
			return moves && (o.Key == key || from == key)
		case o.Action == "vendor":
			return actions["vendor"] && e.Action == "vendor" && vendorIn(o.Note) == vendorIn(e.Note)
		}
		return actions[o.Action] && o.Key == key
	})) > 0
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
