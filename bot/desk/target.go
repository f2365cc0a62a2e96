package desk

import (
	"context"
	"regexp"
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
	return d.named(ctx, c, word)
}

// named is stored of a word.
func (d *Desk) named(ctx context.Context, c *call, word string) (target, error) {
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

// pressed is the key that a button names: exactly that one, stored or not. A button is older than what is
// stored now, so nothing else may stand in for its key.
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
	if !typed || c.decision != nil {
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

// oneWord takes a vendor's name of several words for one word: "IT Glue/contoso" is "itglue/contoso". Nothing
// is guessed: words that are no name may be a value.
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

// noWord is a word without a letter or digit, which a name may have one character of: "Datto BCDR / Partner
// Portal API".
var noWord = regexp.MustCompile(`(^| )[^\pL\pN ]{2,}( |$)`)

// spelled is the vendor whose id, name or alias a text is.
func (d *Desk) spelled(text string) *catalog.Vendor {
	if m := d.Catalog.Lookup(text); m.Exact && !noWord.MatchString(text) {
		return m.Vendor
	}
	return nil
}

var badLabel = refuse("A label has letters a-z, digits and single dashes between them, 40 at most, " +
	"for example acme-hq.")

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
