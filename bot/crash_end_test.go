//go:build unix

package main_test

import (
	"slices"
	"strings"
	"time"

	"keydesk/audit"
	"keydesk/bot/app"
	"keydesk/bot/config"
	"keydesk/catalog"
)

// tended lets Keydesk look after the folder once more, later, and wants no change of which nobody knows how
// it ended.
func (c *crash) tended() {
	c.Helper()
	settings := config.Config{Listen: "127.0.0.1:0", MetricsListen: "127.0.0.1:0",
		Data: c.house.data, LinkTTL: 5 * time.Minute}
	a, err := app.New(c.Context(), app.Config{Settings: settings})
	if err != nil {
		c.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	begun := len(a.Log.Unfinished(later))
	a.Desk.Tend(c.Context(), later)
	a.Desk.Close(c.Context())
	if open := a.Log.Unfinished(later.Add(time.Hour)); len(open) > 0 {
		c.Errorf("intents without an end: %v", open)
	}
	c.tally.settled += begun
	if err := a.Log.Close(c.Context()); err != nil {
		c.Error(err)
	}
	a.Abandon()
}

// chore compares the chore's key and the vendors with what their worker was told.
func (c *crash) chore(f *file, log []audit.Event, w *worker) {
	c.Helper()
	ch := &w.chore
	for _, l := range []looks{ch.now} {
		if l.state == "" {
			continue
		}
		name, err := catalog.ParseKeyName(w.choreName(l.label))
		if err != nil {
			c.Fatal(err)
		}
		var is item
		there := f.ask(f.at("/"+name.SecretName()), &is)
		if there != (l.state == "there") {
			c.Errorf("%s is there: %v, and was told to be %q", w.choreName(l.label), there, l.state)
		}
		if there && (!strings.Contains(is.Value, "secret-"+l.serial+`"`) || is.Tags["note"] != l.note) {
			c.Errorf("%s has another value, or the note %q instead of %q",
				w.choreName(l.label), is.Tags["note"], l.note)
		}
	}
	for _, n := range ch.owns {
		id := "keydesk-vendor-" + strings.ReplaceAll(strings.ToLower(w.vendorName(n)), " ", "-")
		if !f.ask(f.at("/"+id), &item{}) {
			c.Errorf("a vendor is lost: %s", id)
		}
	}
	c.tally.chores += len(ch.did) + len(ch.owns)
	for _, what := range ch.did {
		c.did[strings.Fields(what)[0]]++
		want := 0
		for _, other := range ch.did {
			if other == what {
				want++
			}
		}
		action, key, _ := strings.Cut(what, " ")
		n := 0
		for _, e := range log {
			if e.Key == key && e.Action == action && (e.Outcome == audit.OK || e.Outcome == audit.Found) {
				n++
			}
		}
		if n < want {
			c.Errorf("%s was told %d times, and has %d events", what, want, n)
		}
	}
}

// all of these must have happened for a run of many rounds to mean anything.
var choreKinds = []string{"add", "import", "edit", "delete", "recover", "purge"}

func (c *crash) missing() (kinds []string) {
	for _, kind := range choreKinds {
		if c.did[kind] == 0 {
			kinds = append(kinds, kind)
		}
	}
	return slices.Clip(kinds)
}
