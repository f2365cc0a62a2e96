package desk

import (
	"context"
	"maps"
	"slices"
	"strings"

	"keydesk/catalog"
)

// mostWishes is how many keys' access one request changes: its card tells each of them.
const mostWishes = 20

// holdAccess makes a request of a change of access.
func (d *Desk) holdAccess(ctx context.Context, c *call, wishes []wish) (Reply, error) {
	plans := make([]*accessChange, len(wishes))
	each(wishes, func(i int, w wish) { plans[i] = d.planAccess(ctx, c, w) })
	h := held{what: "Change who may retrieve"}
	var changed []string
	for _, ch := range plans {
		if err := d.accessError(c, ch); err != nil {
			return Reply{}, err
		}
		if ch.same {
			continue
		}
		h.key = ch.name
		changed = append(changed, ch.name.String())
		h.lines = append(h.lines, ch.name.String()+": now "+names(ch.before)+"; then "+names(ch.after)+".")
	}
	switch {
	case len(changed) == 0:
		return Reply{}, refuse("Nothing is different from what holds.")
	case len(changed) > mostWishes:
		return Reply{}, refuse("Another admin has to read all of it, so change the access of at most " +
			number(mostWishes) + " keys at a time.")
	case len(changed) > 1:
		h.key.Vendor, h.key.Label = "", ""
	}
	h.fields = settledWishes(c, wishes, changed)
	h.what += " " + cut(strings.Join(changed, ", "), maxName)
	return d.hold(ctx, c, h)
}

// settledWishes is a change of access as a button has it: what its words mean is settled now, and what was so
// already is left out, for it may be otherwise by the time of the approval. All wishes of a line are for the
// same roles.
func settledWishes(c *call, wishes []wish, keys []string) map[string]string {
	w := wishes[0]
	switch {
	case w.byDefault:
		return map[string]string{"step": "save", "default": "yes", "key": w.name.String()}
	case c.cmd.Verb != "access": // grant or revoke, typed or pressed
		return map[string]string{"role": (w.grant | w.revoke).String(), "key": strings.Join(keys, " ")}
	case c.option("key") != "":
		return nil // the roles of one key, which its line tells
	}
	fields := maps.Clone(c.data)
	for _, shown := range []string{"on", "off"} {
		left := slices.DeleteFunc(strings.Fields(fields[shown]), func(word string) bool {
			name, err := catalog.ParseKeyName(word)
			return err != nil || !slices.Contains(keys, name.String())
		})
		fields[shown] = strings.Join(left, " ")
	}
	return fields
}
