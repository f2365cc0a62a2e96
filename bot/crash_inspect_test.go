//go:build unix

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"keydesk/audit"
	"keydesk/catalog"
	"keydesk/vault/embedded"
)

// tally is what came to pass.
type tally struct {
	rounds, starts                            int // kills under load, and of bots that were starting
	added, rotated, opened, withdrawn, unsure int
	events, bytes                             int64
	slowest                                   time.Duration // start
}

func (t *tally) add(o tally) {
	t.rounds, t.starts = t.rounds+o.rounds, t.starts+o.starts
	t.added, t.rotated, t.opened = t.added+o.added, t.rotated+o.rotated, t.opened+o.opened
	t.withdrawn, t.unsure = t.withdrawn+o.withdrawn, t.unsure+o.unsure
	t.events, t.bytes, t.slowest = t.events+o.events, max(t.bytes, o.bytes), max(t.slowest, o.slowest)
}

func (t tally) String() string {
	return fmt.Sprintf("%d kills under load and %d of a start; acknowledged: %d adds, %d rotations, %d reads, %d withdrawn "+
		"links; %d writes without an answer; %d events; slowest start %v, largest folder %d KB", t.rounds, t.starts, t.added,
		t.rotated, t.opened, t.withdrawn, t.unsure, t.events, t.slowest.Round(time.Millisecond), t.bytes>>10)
}

// verify runs `bot audit verify` on a folder that no bot uses.
func (h *house) verify(t testing.TB) {
	t.Helper()
	out, err := h.command("audit", "verify").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "No fault was found") {
		t.Errorf("bot audit verify: %v\n%s", err, out)
	}
}

// size is how many bytes the folder's files have.
func (h *house) size(t testing.TB) (all int64) {
	t.Helper()
	entries, err := os.ReadDir(h.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all += info.Size()
	}
	return all
}

// inspect looks into the file after the last kill.
func (c *crash) inspect() {
	c.house.verify(c)
	f := c.house.file(c)
	log := f.events()
	c.tally.events, c.tally.bytes = int64(len(log)), c.house.size(c)
	for _, w := range c.workers {
		for _, k := range w.keys {
			c.key(f, log, k)
		}
		for _, o := range w.opened {
			c.read(log, o)
		}
		c.tally.opened += len(w.opened)
		c.tally.withdrawn += w.withdrawn
	}
}

// key compares a key with what its worker was told: each acknowledged value is a version, once; no version has a value
// that was not sent; each version was announced in the log, and each acknowledged one has its event.
func (c *crash) key(f *file, log []audit.Event, k *key) {
	name, err := catalog.ParseKeyName(k.name)
	if err != nil {
		c.Fatal(err)
	}
	stored := map[string]version{}
	for _, v := range f.versions(name.SecretName()) {
		serial, err := serialOf(v.value)
		if _, twice := stored[serial]; err != nil || twice || !slices.Contains(k.sent, serial) {
			c.Errorf("%s: version %s: value %q, %v, there already: %v", k.name, v.id, serial, err, twice)
		}
		if slices.Contains(k.refused, serial) {
			c.Errorf("%s: %s is stored, though somebody was told that nothing was done", k.name, serial)
		}
		stored[serial] = v
		if v.current && serial != k.value {
			c.Errorf("%s holds %s instead of %s", k.name, serial, k.value)
		}
		if !has(log, func(e audit.Event) bool { return e.Op == v.op && e.Key == k.name && e.Outcome == audit.Intent }) {
			c.Errorf("%s: version %s of %s was not announced in the log", k.name, v.id, serial)
		}
	}
	for i, serial := range k.acked {
		v, ok := stored[serial]
		if !ok {
			c.Errorf("%s: %s is lost", k.name, serial)
		}
		done := func(e audit.Event) bool { return e.Version == v.id && e.Op == v.op && e.Outcome == audit.OK }
		if !has(log, func(e audit.Event) bool { return done(e) && (e.Action == "add" || e.Action == "rotate") }) {
			c.Errorf("%s: %s was stored without an event", k.name, serial)
		}
		if i == 0 && serial == k.sent[0] {
			c.tally.added++
		} else {
			c.tally.rotated++
		}
	}
	c.tally.unsure += len(k.sent) - len(k.acked)
	if (k.value == "") != (len(stored) == 0) {
		c.Errorf("%s has %d versions; its value is %q", k.name, len(stored), k.value)
	}
}

// read looks for the events of a value that somebody has seen: the order, and one retrieval.
func (c *crash) read(log []audit.Event, o order) {
	op, retrieved := "", 0
	for _, e := range log {
		if e.Action == "get" && e.Key == o.key && e.Note == o.reason && e.Outcome == audit.OK {
			op = e.Op
		}
		if op != "" && e.Op == op && e.Action == "retrieve" && e.Outcome == audit.OK {
			retrieved++
		}
	}
	if retrieved != 1 {
		c.Errorf("%s, %s: order %q, %d events of the value that was seen", o.key, o.reason, op, retrieved)
	}
}

func has(log []audit.Event, is func(audit.Event) bool) bool { return slices.ContainsFunc(log, is) }

// file is the vault's file, without a bot.
type file struct {
	testing.TB
	*embedded.Vault
}

func (h *house) file(t testing.TB) *file {
	t.Helper()
	v, err := embedded.Open(embedded.Config{Path: filepath.Join(h.data, "vault.db"), URL: "https://file.localhost"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return &file{t, v}
}

// item is what Key Vault's API tells of a secret or a version.
type item struct {
	ID    string
	Value string
	Tags  map[string]string
}

func (i item) last() string { return i.ID[strings.LastIndex(i.ID, "/")+1:] }

// ask asks the file as Key Vault is asked; false: there is no such thing.
func (f *file) ask(address string, out any) bool {
	f.Helper()
	req, err := http.NewRequestWithContext(f.Context(), http.MethodGet, address, nil)
	if err != nil {
		f.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.Token())
	res, err := f.Do(req)
	if err != nil {
		f.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return false
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, json.Unmarshal(body, out)); err != nil || res.StatusCode != http.StatusOK {
		f.Fatalf("asking the file: %s, %v", res.Status, err)
	}
	return true
}

// list gives all pages of a list.
func (f *file) list(path string) (all []item) {
	f.Helper()
	for next := f.at(path); next != ""; {
		var page struct {
			Value    []item
			NextLink string
		}
		if !f.ask(next, &page) {
			return nil
		}
		all, next = append(all, page.Value...), page.NextLink
	}
	return all
}

func (*file) at(path string) string {
	return "https://file.localhost/secrets" + path + "?api-version=2026-04-01"
}

// version is one stored value.
type version struct {
	id, op  string
	value   map[string]string
	current bool
}

// versions are all values of a secret.
func (f *file) versions(secret string) (all []version) {
	f.Helper()
	var now item
	if !f.ask(f.at("/"+secret), &now) {
		return nil
	}
	for _, i := range f.list("/" + secret + "/versions") {
		v := version{id: i.last(), op: i.Tags["op"], current: i.last() == now.last()}
		if !f.ask(f.at("/"+secret+"/"+v.id), &i) || json.Unmarshal([]byte(i.Value), &v.value) != nil {
			f.Errorf("%s: version %s cannot be read", secret, v.id)
		}
		all = append(all, v)
	}
	return all
}

// events is the log: all segments in the order of their numbers, which within one folder's life is that of time. A
// segment that could not be written leaves its number out.
func (f *file) events() (all []audit.Event) {
	f.Helper()
	segments := map[int]string{}
	for _, i := range f.list("") {
		if number, _, ok := audit.ParseName(i.last()); ok {
			segments[number] = i.last()
		}
	}
	for _, number := range slices.Sorted(maps.Keys(segments)) {
		var i item
		if !f.ask(f.at("/"+segments[number]), &i) {
			f.Fatalf("segment %d is missing", number)
		}
		lines, err := audit.DecodeSegment(i.Value)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(lines), "\n")[1:] {
			e, err := audit.ParseEvent(line)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}
