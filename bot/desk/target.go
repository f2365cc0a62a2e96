package desk

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"keydesk/cards"
	"keydesk/catalog"
)

// target is the key a command is about: its vendor, its name, and what is known of it if it is stored.
type target struct {
	vendor *catalog.Vendor
	name   catalog.KeyName
	key    catalog.Key
	stored bool
}

// stored finds the stored key a person named, decides about it, and else returns a refusal that asks which
// one they meant or says what is there.
func (d *Desk) stored(ctx context.Context, c *call) (target, error) {
	word := c.keyWord()
	if word == "" {
		return target{}, d.askKey(c)
	}
	t, err := d.target(c, word)
	if err != nil {
		return t, err
	}
	if !t.stored {
		if err := d.otherLabel(c, &t); err != nil {
			return t, err
		}
	}
	return t, d.decide(ctx, c, &t.key)
}

// pressed is the key that a button names: exactly that one, stored or not. A button is older than what is stored now, so
// nothing else may stand in for its key.
func (d *Desk) pressed(word string) (target, error) {
	name, err := catalog.ParseKeyName(word)
	v, ok := d.Catalog.Vendor(name.Vendor)
	if err != nil || !ok {
		return target{}, unknownKey()
	}
	return d.known(v, name), nil
}

// target reads "vendor" or "vendor/label" as people write it: any case, an alias, a prefix, a typo.
func (d *Desk) target(c *call, word string) (target, error) {
	typed := !c.pressed() || c.cmd.Verb == "adopt" // whose card has a line to type a name into
	if !typed {
		return d.pressed(word)
	}
	first, label, _ := strings.Cut(word, "/")
	m := d.Catalog.Lookup(first)
	switch {
	case len(m.Candidates) > 0:
		return target{}, d.askVendor(c, first, label, m.Candidates)
	case m.Vendor == nil:
		return d.byLabel(c, word)
	case m.Guess && (c.cmd.Form || c.cmd.TwoPerson): // a change is not made on a guess
		return target{}, d.askVendor(c, first, label, []*catalog.Vendor{m.Vendor})
	}
	name, err := catalog.ParseKeyName(join(m.Vendor.ID, label))
	if err != nil {
		return target{}, badLabel
	}
	return d.known(m.Vendor, name), nil
}

// oneWord takes a vendor's name of several words for one word: "IT Glue/contoso" is "itglue/contoso". Nothing is guessed:
// words that are no name may be a value.
func (d *Desk) oneWord(words []string) []string {
	for n := len(words); n > 1; n-- {
		first, last := strings.Join(words[:n-1], " "), words[n-1]
		if v := d.spelled(first + " " + last); v != nil {
			return append([]string{v.ID}, words[n:]...)
		}
		if word, label, ok := strings.Cut(last, "/"); ok {
			if v := d.spelled(first + " " + word); v != nil {
				return append([]string{v.ID + "/" + label}, words[n:]...)
			}
		}
	}
	return words
}

// noWord is a word without a letter or digit, which a name may have one character of: "Datto BCDR / Partner Portal API".
var noWord = regexp.MustCompile(`(^| )[^\pL\pN ]{2,}( |$)`)

// spelled is the vendor whose id, name or alias a text is.
func (d *Desk) spelled(text string) *catalog.Vendor {
	if m := d.Catalog.Lookup(text); m.Exact && !noWord.MatchString(text) {
		return m.Vendor
	}
	return nil
}

var badLabel = refuse("A label has letters a-z, digits and single dashes between them, 40 at most, for example acme-hq.")

func (d *Desk) known(v *catalog.Vendor, name catalog.KeyName) target {
	key, ok := d.Vault.Key(name)
	return target{vendor: v, name: name, key: key, stored: ok}
}

// byLabel takes a word that names no vendor for a label, if exactly one stored key has it.
func (d *Desk) byLabel(c *call, word string) (target, error) {
	var found []catalog.Key
	for _, k := range d.Vault.Keys() {
		if k.Name.Label == strings.ToLower(word) {
			found = append(found, k)
		}
	}
	if len(found) > 1 {
		return target{}, d.which(c, "Which of these keys?", found)
	}
	if len(found) == 1 {
		if v, ok := d.Catalog.Vendor(found[0].Name.Vendor); ok {
			return target{vendor: v, name: found[0].Name, key: found[0], stored: true}, nil
		}
	}
	return target{}, unknownKey()
}

// unknownKey does not repeat the word: it may be a key that was typed by mistake.
func unknownKey() error {
	return &refusal{title: "Which vendor?", sentence: "I know no vendor or key of that name.",
		buttons: []cards.Button{{Title: "All vendors", Verb: "vendors"}, {Title: "All keys", Verb: "keys"}}}
}

// otherLabel helps somebody who named a vendor whose keys all have labels.
func (d *Desk) otherLabel(c *call, t *target) error {
	same := keysOf(d.Vault.Keys(), t.vendor.ID)
	switch {
	case t.name.Label == "" && len(same) == 1 && !c.pressed():
		t.name, t.key, t.stored = same[0].Name, same[0], true
		return nil
	case len(same) > 0:
		return d.which(c, fmt.Sprintf("There is no key %s. Which of these?", t.name), same)
	}
	r := &refusal{asks: true, title: "No key yet", sentence: fmt.Sprintf("No key of %s is stored.", t.vendor.Name)}
	if d.commands["add"].allows(c.Roles) {
		r.buttons = []cards.Button{d.goOn(c, "Add", "add", "key", t.name.String())}
	}
	return r
}

// askVendor asks which vendor a word meant.
func (d *Desk) askVendor(c *call, word, label string, candidates []*catalog.Vendor) error {
	r := &refusal{asks: true, title: "Which one?", sentence: fmt.Sprintf("%d vendors fit that word.", len(candidates))}
	if len(candidates) == 1 {
		r.title, r.sentence = "Did you mean this one?", fmt.Sprintf("The nearest vendor is %s.", candidates[0].Name)
	}
	for _, v := range candidates[:min(6, len(candidates))] {
		r.buttons = append(r.buttons, d.goOn(c, v.Name, c.cmd.Verb, "key", join(v.ID, strings.ToLower(label))))
	}
	return r
}

// which asks which of some stored keys is meant.
func (d *Desk) which(c *call, question string, keys []catalog.Key) error {
	if len(keys) > 6 {
		return &refusal{choose: &cards.ChooseView{Title: "Which key?", Text: question, Input: "key",
			Placeholder: "Type to filter", Choices: choices(keys), Buttons: []cards.Button{d.goOn(c, "Next", c.cmd.Verb)}}}
	}
	r := &refusal{asks: true, title: "Which key?", sentence: question}
	for _, k := range keys {
		r.buttons = append(r.buttons, d.goOn(c, k.Name.String(), c.cmd.Verb, "key", k.Name.String()))
	}
	return r
}

// askKey asks which key a command without one is about: of those the person has access to.
func (d *Desk) askKey(c *call) error {
	var open []catalog.Key
	for _, k := range d.Vault.Keys() {
		if c.Roles.Any(d.Catalog.Access(k)) {
			open = append(open, k)
		}
	}
	if len(open) == 0 {
		return &refusal{title: "No key yet", sentence: "No key that you have access to is stored.",
			buttons: []cards.Button{{Title: "All keys", Verb: "keys"}}}
	}
	return d.which(c, fmt.Sprintf("%q needs a key.", c.cmd.Verb), open)
}

func choices(keys []catalog.Key) []cards.Choice {
	out := make([]cards.Choice, 0, len(keys))
	for _, k := range keys {
		out = append(out, cards.Choice{Title: k.Name.String(), Value: k.Name.String()})
	}
	return out[:min(maxChoices, len(out))]
}

// maxChoices bounds what a list to choose from is made of; the card shows what fits.
const maxChoices = 400

// goOn is a button that goes on with a command. It carries what was given along, named as on a form, so that asking back
// loses nothing; a form shows it before anything is changed.
func (d *Desk) goOn(c *call, title, verb string, pairs ...string) cards.Button {
	b := button(title, verb, pairs...)
	given := c.line.options
	if c.pressed() {
		given = c.data
	}
	for name, value := range given {
		switch {
		case name == "expires":
			name = "expiry"
		case d.isPlaceholder(name):
			name = "endpoint." + name
		case !slices.Contains(carried, name) && !strings.HasPrefix(name, "endpoint."):
			continue
		}
		b.Data[name] = cut(value, maxNote+1) // one character too long stays a mistake
	}
	if why := c.line.text(1); why != "" && c.cmd.Verb == "get" && b.Data["reason"] == "" {
		b.Data["reason"] = cut(why, maxNote+1)
	}
	return b
}

// carried is what a button carries on, besides the endpoint.
var carried = []string{"reason", "interval", "expiry", "note", "label", "owner"}

// button is a button with pairs of data.
func button(title, verb string, pairs ...string) cards.Button {
	b := cards.Button{Title: title, Verb: verb, Data: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		b.Data[pairs[i]] = pairs[i+1]
	}
	return b
}

func join(vendor, label string) string {
	if label == "" {
		return vendor
	}
	return vendor + "/" + label
}
