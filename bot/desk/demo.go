package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"keydesk/cards"
	"keydesk/catalog"
	"keydesk/vault"

	"golang.org/x/sync/errgroup"
)

// demoNote marks an example key, so that "demo remove" takes no other.
const demoNote = "Example key, made by demo. Its value is made up."

// examples are vendors with how many days ago their example key was rotated, and in how many days it expires
// (0: never).
var examples = []struct {
	vendor      string
	age, expiry int
}{{"ninjaone", 10, 0}, {"cw-manage", 100, 0}, {"sentinelone", 85, 0}, {"huntress", 30, 0}, {"meraki", 20, 9},
	{"unifi", 180, 0}, {"fortigate", 60, 0}, {"itglue", 5, 0}, {"datto-rmm", 88, 0}, {"duo", 15, 0},
	{"acronis", 10, -3}, {"proofpoint", 40, 45}}

// demo fills the sandbox with example keys, or removes them.
func (d *Desk) demo(ctx context.Context, c *call) (Reply, error) {
	if !d.Sandbox {
		return Reply{}, refuse("Example keys are for the sandbox. This vault holds real ones.")
	}
	if strings.EqualFold(c.line.text(0), "remove") || c.option("do") == "remove" {
		return d.removeDemo(ctx, c)
	}
	var entries []entry
	for _, x := range examples {
		if v, ok := d.Catalog.Vendor(x.vendor); ok {
			if e := d.example(c, v, x.age, x.expiry); !e.stored {
				entries = append(entries, e)
			}
		}
	}
	n, err := d.all(len(entries), func(i int) error {
		_, err := d.enter(ctx, c, entries[i])
		return err
	})
	return d.demoCard(ctx, c, n, len(entries), err, cards.NoticeView{Title: plural(n, "example key") + " stored",
		Text:    "Some are due, overdue or expired. Their values are made up.",
		Lines:   []string{"Remove them with: demo remove"},
		Buttons: []cards.Button{{Title: "All keys", Verb: "keys"}, button("Remove", "demo", "do", "remove")}})
}

// demoCard tells how many of all went well, and why the first of the others did not.
func (d *Desk) demoCard(
	ctx context.Context, c *call, n, all int, err error, v cards.NoticeView,
) (Reply, error) {
	if err != nil && n == 0 {
		return Reply{}, err
	}
	v.Tone, v.Ref = cards.Good, c.op
	if err != nil {
		d.noteFailure(ctx, "not all example keys were done", err)
		v.Tone = cards.Warn
		v.Lines = append(v.Lines, fmt.Sprintf("%d of %d were not: %s", all-n, all, Sentence(err)))
	}
	return Reply{Card: cards.Notice(v)}, nil
}

// example is a key with made-up values.
func (d *Desk) example(c *call, v *catalog.Vendor, age, expiry int) entry {
	name := catalog.KeyName{Vendor: v.ID, Label: "demo"}
	e := entry{target: d.known(v, name), what: "Stored", parts: vault.Parts{}}
	for _, p := range v.Parts {
		e.parts[p.Name] = vault.NewSecret(madeUpValue(v, p.Name))
	}
	endpoint := map[string]string{}
	for _, p := range v.Placeholders {
		endpoint[p.Name] = p.Example
	}
	e.at = stamp().AddDate(0, 0, -age)
	var ends catalog.Date
	if expiry != 0 {
		ends = catalog.DateOf(time.Now().AddDate(0, 0, expiry))
	}
	key := d.fresh(c, &e, endpoint, 0, ends, demoNote)
	e.store = func(ctx context.Context) (catalog.Key, error) { return d.storeExample(ctx, key, e.parts) }
	return e
}

// storeExample stores an example key, or brings back the one that was deleted and could not be purged.
func (d *Desk) storeExample(ctx context.Context, key catalog.Key, parts vault.Parts) (catalog.Key, error) {
	made, err := d.Vault.Create(ctx, key, parts)
	if !errors.Is(err, vault.ErrDeleted) {
		return made, err
	}
	if was, gone := d.Vault.FindDeleted(ctx, key.Name); gone != nil || was.Key.Note != demoNote {
		return made, err
	}
	return d.Vault.Recover(ctx, key.Name)
}

// madeUpValue is the value of an example's part.
func madeUpValue(v *catalog.Vendor, part string) string {
	return fmt.Sprintf("obviously-fake-%s-%s-demo", v.ID, strings.ReplaceAll(part, "_", "-"))
}

// exampleKeys is the example keys as they were made, and the names of those that somebody has given another
// value or note: they are no examples any more.
func (d *Desk) exampleKeys(ctx context.Context, c *call) (keys []catalog.Key, changed []string, err error) {
	for _, k := range d.Vault.Keys() {
		v, ok := d.Catalog.Vendor(k.Name.Vendor)
		if !ok || k.Name.Label != "demo" {
			continue
		}
		e := d.example(c, v, 0, 0)
		made, err := d.holds(ctx, &e)
		switch {
		case err != nil:
			return nil, nil, err
		case made && k.Note == demoNote:
			keys = append(keys, k)
		case made || k.Note == demoNote:
			changed = append(changed, k.Name.String())
		}
	}
	return keys, changed, nil
}

// removeDemo deletes the example keys, and purges them so that their names are free again.
func (d *Desk) removeDemo(ctx context.Context, c *call) (Reply, error) {
	keys, changed, err := d.exampleKeys(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	var kept atomic.Int64
	n, err := d.all(len(keys), func(i int) error {
		_, err := d.change(ctx, c, keys[i].Name, func() (catalog.Key, error) {
			_, err := d.Vault.Delete(ctx, keys[i].Name, keys[i].Op)
			return keys[i], err
		})
		if err != nil {
			return err
		}
		d.withdrawAll(ctx, keys[i].Name)
		if err := d.Vault.Purge(ctx, keys[i].Name, ""); err != nil { // it is deleted all the same
			d.noteFailure(ctx, "an example key could not be purged", err)
			kept.Add(1)
		}
		return nil
	})
	v := cards.NoticeView{Title: plural(n, "example key") + " removed"}
	if len(changed) > 0 {
		v.Lines = append(v.Lines, "Somebody has changed these since, so they stay: "+strings.Join(changed, ", ")+
			". Delete what is not wanted.")
	}
	if k := kept.Load(); k > 0 {
		v.Lines = append(v.Lines, fmt.Sprintf("The vault keeps %d of them as deleted for a while. "+
			"\"demo\" brings them back.", k))
	}
	return d.demoCard(ctx, c, n, len(keys), err, v)
}

// all does something n times side by side. It goes on after a failure, and returns how often it went well and
// the first failure.
func (d *Desk) all(n int, do func(i int) error) (done int, err error) {
	var g errgroup.Group
	g.SetLimit(sideBySide)
	var mu sync.Mutex
	for i := range n {
		g.Go(func() error {
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			}
			return err
		})
	}
	err = g.Wait()
	return done, err
}
