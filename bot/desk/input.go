package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"keydesk/catalog"
	"keydesk/vault"
)

// settings is what a form or a typed line says about a key besides its value.
type settings struct {
	interval int               // 0: not given
	expiry   catalog.Date      // zero: none
	note     string            //
	endpoint map[string]string // placeholders that were given
}

// settings reads and checks them all, and reports every mistake at once. given returns "" for what
// was left out.
func (d *Desk) settings(c *call, t target, given func(name string) string) (settings, error) {
	var in settings
	var wrong mistakes
	if s := strings.TrimSpace(given("interval")); s != "" {
		n, err := parseInterval(s)
		wrong.add(err)
		in.interval = n
	}
	if s := strings.TrimSpace(given("expiry")); s != "" {
		date, err := parseExpiry(s, catalog.DateOf(c.now))
		wrong.add(err)
		in.expiry = date
	}
	in.note = strings.TrimSpace(given("note"))
	if utf8.RuneCountInString(in.note) > maxNote {
		wrong.add(refuse("A note has at most 256 characters."))
	}
	wrong.add(noKey("The note", in.note))
	for _, p := range t.vendor.Placeholders {
		if s := strings.TrimSpace(given(p.Name)); s != "" {
			if in.endpoint == nil {
				in.endpoint = map[string]string{}
			}
			in.endpoint[p.Name] = s
			wrong.add(noKey("The value for "+p.Name, s))
		}
	}
	if in.endpoint != nil {
		if err := t.vendor.CheckEndpoint(merged(t.key.Endpoint, in.endpoint)); err != nil {
			wrong.add(refuse(sentenceCase(err.Error())))
		}
	}
	return in, wrong.err()
}

func parseExpiry(s string, today catalog.Date) (catalog.Date, error) {
	date, err := catalog.ParseDate(s)
	if err != nil {
		return date, refuse("An expiry is a date like 2027-06-30.")
	}
	if date.Sub(today) < 0 {
		return date, refuse("The expiry " + date.String() + " is in the past. " +
			"Enter the day on which the vendor ends the key, or leave it empty.")
	}
	return date, nil
}

// given is a setting as it was typed or sent with a button: "expires" is typed for the input "expiry", and an
// endpoint's placeholders by their names alone.
func (c *call) given(name string) string {
	if c.pressed() {
		switch name {
		case "interval", "expiry", "note":
			return c.data[name]
		}
		return c.data["endpoint."+name]
	}
	if name == "expiry" {
		name = "expires"
	}
	return c.line.options[name]
}

// parts takes the entered parts out of a filled form. What it returns is the only thing in a call that
// holds a value, and the values are removed from the call's data.
func (d *Desk) parts(c *call, v *catalog.Vendor) (vault.Parts, error) {
	in := vault.Parts{}
	var wrong mistakes
	for id, value := range c.data {
		name, ok := strings.CutPrefix(id, "part.")
		if !ok {
			continue
		}
		delete(c.data, id)
		if _, known := v.Part(name); !known {
			wrong.add(refuse(fmt.Sprintf("A key of %s has %s: %s.",
				v.Name, plural(len(v.Parts), "part"), partTitles(v.Parts))))
			continue
		}
		if s := vault.Entered(value); !s.IsZero() {
			in[name] = s
		}
	}
	return in, wrong.err()
}

// allParts checks that no part is missing.
func allParts(v *catalog.Vendor, in vault.Parts) error {
	var missing []catalog.Part
	for _, p := range v.Parts {
		if in[p.Name].IsZero() {
			missing = append(missing, p)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return refuse(missing[0].Title + " is empty. Nothing was stored.")
	}
	return refuse(fmt.Sprintf("A key of %s needs all of: %s. These are empty: %s.",
		v.Name, partTitles(v.Parts), partTitles(missing)))
}

// anySecret checks that a rotation brings a new secret.
func anySecret(v *catalog.Vendor, in vault.Parts) error {
	secrets := v.SecretParts()
	if slices.ContainsFunc(secrets, func(p catalog.Part) bool { return !in[p.Name].IsZero() }) {
		return nil
	}
	return refuse(fmt.Sprintf("Enter the new value: %s. Nothing was changed.", strings.ToLower(partTitles(secrets))))
}

func partTitles(parts []catalog.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Title)
	}
	return strings.Join(out, ", ")
}

// mistakes gathers refusals, so that a person learns of all at once.
type mistakes []string

func (m *mistakes) add(err error) {
	var r *refusal
	if errors.As(err, &r) && !slices.Contains(*m, r.sentence) {
		*m = append(*m, r.sentence)
	}
}

func (m mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	slices.Sort(m)
	return refuse(strings.Join(m, " "))
}

// sentenceCase makes a person's sentence of an error text.
func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
