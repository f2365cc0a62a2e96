//go:build unix

package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// chore is a key with all that can happen to one besides its value: it comes in by a form, a page or a file, is edited,
// renamed, deleted, recovered and purged.
type chore struct {
	now    looks
	maybe  []looks // what else it may be, since no clear answer came
	label  int     // of the last name it was given
	did    []string
	vendor int // vendors of one's own that were begun
	owns   []int
}

// looks is how a chore's key is: its label, its value, its note; and "there", "deleted" or "" for none.
type looks struct {
	label        int
	serial, note string
	state        string
}

func (w *worker) choreName(label int) string { return fmt.Sprintf("ninjaone/c%d-%d", w.number, label) }

// chores does one thing to the chore's key, or adds a vendor.
func (w *worker) chores(p *process) error {
	c := &w.chore
	if len(c.maybe) > 0 {
		if err := w.findOut(p); err != nil {
			return err
		}
	}
	name := w.choreName(c.now.label)
	next := c.now
	switch {
	case w.IntN(8) == 0:
		return w.addVendor(p)
	case c.now.state == "":
		c.label++
		w.serial++
		next = looks{label: c.label, serial: fmt.Sprintf("%d-%06d", w.number, w.serial), state: "there"}
		how := []string{"add", "page", "import"}[w.IntN(3)]
		return w.attempt(next, strings.Replace(how, "page", "add", 1)+" "+w.choreName(next.label), func() error {
			return w.bring(p, how, next)
		})
	case c.now.state == "there" && w.IntN(3) == 0:
		w.serial++
		next.note = fmt.Sprintf("note %d", w.serial)
		return w.attempt(next, "edit "+name, func() error {
			return w.typed(p, fmt.Sprintf("edit %s note=%q", name, next.note), "Changed")
		})
	case c.now.state == "there" && w.IntN(2) == 0:
		c.label++
		next.label = c.label
		return w.attempt(next, "edit "+w.choreName(next.label), func() error {
			return w.typed(p, fmt.Sprintf("edit %s label=c%d-%d", name, w.number, next.label), "Changed")
		})
	case c.now.state == "there":
		next.state = "deleted"
		return w.attempt(next, "delete "+name, func() error {
			return w.asked(p, "delete "+name, "Delete", "Deleted", nil)
		})
	case w.IntN(2) == 0:
		next.state = "there"
		return w.attempt(next, "recover "+name, func() error { return w.typed(p, "recover "+name, "Recovered") })
	}
	return w.attempt(looks{}, "purge "+name, func() error { return w.asked(p, "purge "+name, "Purge", "Purged", nil) })
}

// attempt does something, and writes down what was acknowledged or may be.
func (w *worker) attempt(next looks, event string, do func() error) error {
	c := &w.chore
	c.maybe = append(c.maybe, next)
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", event, err)
	}
	c.now, c.maybe = next, nil
	c.did = append(c.did, event)
	return nil
}

// typed types a line that acts at once.
func (w *worker) typed(p *process, line, done string) error {
	got, err := w.who(p).say(line)
	if err == nil && !strings.Contains(got.text(), done) {
		err = refused{got.text()}
	}
	return err
}

// asked types a line and presses a button of the card that answers.
func (w *worker) asked(p *process, line, title, done string, inputs map[string]string) error {
	who := w.who(p)
	card, err := who.say(line)
	if err != nil {
		return err
	}
	got, err := who.press(card, title, inputs)
	if err == nil && !strings.Contains(got.text(), done) {
		err = refused{got.text()}
	}
	return err
}

// bring stores the key by a form, a page or a file.
func (w *worker) bring(p *process, how string, next looks) error {
	name := w.choreName(next.label)
	if how == "add" {
		inputs := map[string]string{"endpoint.region": "app", "interval": "90"}
		for part, value := range parts(next.serial) {
			inputs["part."+part] = value
		}
		return w.asked(p, "add "+name, "Save to Vault", "Stored", inputs)
	}
	who, line := w.who(p), "import"
	if how == "page" {
		line = "add " + name
	}
	card, err := who.say(line)
	if err != nil {
		return err
	}
	if card, err = who.press(card, "Use a secure page", nil); err != nil {
		return err
	}
	address := pageForm.FindStringSubmatch(card.HTML)
	if address == nil {
		return refused{card.text()}
	}
	if how == "import" {
		file := "vendor,label,client_id,client_secret,region,interval\n" +
			"ninjaone," + strings.TrimPrefix(name, "ninjaone/") + "," +
			parts(next.serial)["client_id"] + "," + parts(next.serial)["client_secret"] + ",app,90\n"
		return p.bring(html.UnescapeString(address[1]), "text/csv", []byte(file), `"result":"stored"`)
	}
	body, err := json.Marshal(map[string]any{"parts": parts(next.serial),
		"fields": map[string]string{"endpoint.region": "app", "interval": "90"}})
	if err != nil {
		return err
	}
	return p.bring(html.UnescapeString(address[1]), "application/json", body, `"preview"`)
}

var pageForm = regexp.MustCompile(`href="([^"]*/i/[^"]*)"`)

// noKey is how Keydesk says that it has none of that name.
var noKey = regexp.MustCompile("[Nn]o key ")

// bring sends what was entered on a page.
func (p *process) bring(address, kind string, body []byte, done string) error {
	res, err := p.client.Post(address, kind, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return said(res, got)
	case !bytes.Contains(got, []byte(done)):
		return refused{string(got)}
	}
	return nil
}

// addVendor adds a vendor of one's own.
func (w *worker) addVendor(p *process) error {
	c := &w.chore
	c.vendor++
	err := w.asked(p, "vendor add", "Save", "Saved", map[string]string{"name": w.vendorName(c.vendor),
		"category": "RMM", "parts": "Token", "address": "https://api.contoso.com"})
	if err != nil {
		return fmt.Errorf("vendor: %w", err)
	}
	c.owns = append(c.owns, c.vendor)
	return nil
}

func (w *worker) vendorName(n int) string { return fmt.Sprintf("Own %d %d", w.number, n) }

// findOut looks what became of the chore's key.
func (w *worker) findOut(p *process) error {
	c := &w.chore
	all := append([]looks{c.now}, c.maybe...)
	var seen []looks
	var labels []int
	for _, l := range all {
		if l.state == "" || slices.Contains(labels, l.label) {
			continue
		}
		labels = append(labels, l.label)
		card, err := w.who(p).say("key " + w.choreName(l.label))
		if err != nil {
			return err
		}
		if text := card.text(); !noKey.MatchString(text) {
			for _, l2 := range all {
				if l2.label == l.label && strings.Contains(text, "•"+l2.serial[len(l2.serial)-4:]) &&
					strings.Contains(text, l2.note) && (l2.note != "" || !strings.Contains(text, "note ")) {
					l2.state = "there"
					seen = append(seen, l2)
					break
				}
			}
			if len(seen) == 0 || seen[len(seen)-1].label != l.label {
				return fmt.Errorf("%w: %s is none of %+v: %s", errWrong, w.choreName(l.label), all, text)
			}
		}
	}
	switch {
	case len(seen) == 2: // a label was changing, and both are there: the old one goes
		err := w.asked(p, "delete "+w.choreName(seen[0].label), "Delete", "Deleted", nil)
		c.maybe = append(c.maybe, seen[1])
		if err != nil {
			return err
		}
		c.now, c.maybe = seen[1], nil
		return nil
	case len(seen) == 1 && slices.Contains(all, seen[0]):
		c.now, c.maybe = seen[0], nil
		return nil
	case len(seen) == 1:
		return fmt.Errorf("%w: %+v is there, and should be one of %+v", errWrong, seen[0], all)
	}
	return w.findDeleted(p, all)
}

// findDeleted recovers the key where it is deleted.
func (w *worker) findDeleted(p *process, all []looks) error {
	c := &w.chore
	for _, l := range all {
		if l.state != "deleted" {
			continue
		}
		there := l
		there.state = "there"
		c.maybe = append(c.maybe, there)
		err := w.typed(p, "recover "+w.choreName(l.label), "Recovered")
		if err == nil {
			c.now, c.maybe = there, nil
			return nil
		}
		var no refused
		if !errors.As(err, &no) || !strings.Contains(no.words, "no deleted key") {
			return err
		}
	}
	if !slices.ContainsFunc(all, func(l looks) bool { return l.state == "" }) {
		return fmt.Errorf("%w: nothing is there of %+v", errWrong, all)
	}
	c.now, c.maybe = looks{}, nil
	return nil
}
