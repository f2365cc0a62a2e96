package sheet

import (
	"slices"
	"strings"
	"unicode"

	"keydesk/catalog"
)

// meaning is what a column is for, whatever the vendor of a row is.
type meaning string

const (
	noMeaning  meaning = ""
	isVendor   meaning = "vendor"
	isLabel    meaning = "label"
	isKeyName  meaning = "key name"
	isValue    meaning = "value"
	isEndpoint meaning = "endpoint"
	isExpiry   meaning = "expiry"
	isInterval meaning = "rotation interval in days"
	isNote     meaning = "note"
)

// meanings is in the order in which they are given to columns.
var meanings = []meaning{isVendor, isKeyName, isLabel, isValue, isEndpoint, isExpiry, isInterval, isNote}

// synonyms is the folded headers of a meaning, the clearest first: where a sheet has several of vendor,
// label, endpoint, expiry or interval, the clearest is taken and the others mean nothing.
func synonyms(m meaning) []string {
	switch m {
	case isVendor:
		return []string{"vendor", "vendorname", "vendorid", "product", "tool", "service", "system", "platform",
			"hersteller", "anbieter"}
	case isKeyName:
		return []string{"keyname", keyAlone}
	case isLabel:
		return []string{"label", "client", "clientname", "customer", "customername", "site", "sitename",
			"tenant", "tenantname", "name", "kunde", "kundin"}
	case isValue:
		return []string{"value", "keyvalue", "apikey", "secret", "token", "password", "apitoken", "schlüssel",
			"schluessel", keyAlone}
	case isEndpoint:
		return []string{"endpoint", "url", "endpointurl", "apiurl", "baseurl", "address"}
	case isExpiry:
		return []string{"expires", "expiry", "expiration", "expirydate", "expirationdate", "expireson",
			"ablauf", "läuftab", "ablaufdatum"}
	case isInterval:
		return []string{"interval", "intervaldays", "rotationdays", "rotationinterval", "rotation"}
	case isNote:
		return []string{"note", "notes", "comment", "comments", "description", "notiz"}
	}
	return nil
}

// keyAlone is the header that is a key's name in a sheet without a vendor, and the value beside one.
const keyAlone = "key"

// severalAllowed says whether several columns may have a meaning.
func (m meaning) severalAllowed() bool { return m == isValue || m == isNote }

// words is what headers may be.
type words struct {
	fields map[string]string // folded names and titles of all vendors' parts and placeholders -> for people
	secret map[string]bool   // of them, those that are secret parts of some vendor
	common map[string]bool   // all synonyms
}

// Prefixes by which a header says that it is a part or a placeholder, as the forms' fields do.
const (
	partPrefix     = "part"
	endpointPrefix = "endpoint"
)

func newWords(c *catalog.Catalog) *words {
	w := &words{fields: map[string]string{}, secret: map[string]bool{}, common: map[string]bool{}}
	for _, m := range meanings {
		for _, s := range synonyms(m) {
			w.common[s] = true
		}
	}
	for _, v := range c.Vendors() {
		for _, p := range v.Parts {
			for _, f := range partWords(p) {
				w.fields[f] = p.Title
				w.secret[f] = w.secret[f] || p.Secret
			}
		}
		for _, p := range v.Placeholders {
			for _, f := range placeholderWords(p) {
				if w.fields[f] == "" {
					w.fields[f] = "endpoint: " + p.Name
				}
			}
		}
	}
	return w
}

func partWords(p catalog.Part) []string {
	return []string{fold(p.Name), fold(p.Title), partPrefix + fold(p.Name)}
}

func placeholderWords(p catalog.Placeholder) []string {
	return []string{fold(p.Name), fold(p.What), endpointPrefix + fold(p.Name)}
}

// known says whether a header means something.
func (w *words) known(header string) bool {
	_, f := w.read(header)
	return f != ""
}

// read folds a header, and gives the word it is known by: itself, or what stands before a parenthesis.
// Both are "" for one that is not known.
func (w *words) read(header string) (name, folded string) {
	short, _, _ := strings.Cut(header, "(")
	for _, name := range []string{header, short} {
		f := fold(name)
		if _, ok := w.fields[f]; f != "" && (ok || w.common[f]) {
			return plain(name), f
		}
	}
	return "", ""
}

// longestHeader is in bytes; what is longer is no name.
const longestHeader = 100

// fold makes headers comparable: lower case, letters and digits only.
func fold(s string) string {
	if len(s) > longestHeader {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// plain makes one line of printable characters of a text.
func plain(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
}

// shownAs is the name by which people are told of a column that is not known: its header, unless it looks
// like a value, as the first line of a sheet without a header does.
func shownAs(header string, i int) string {
	name := plain(header)
	looksLikeValue := slices.ContainsFunc(strings.Fields(name), func(word string) bool {
		return len(word) > 15 || strings.ContainsAny(word, "0123456789=")
	})
	if name == "" || looksLikeValue || len(name) > 60 {
		return "column " + letters(i)
	}
	return name
}

// letters is what a spreadsheet calls the column with that index: A to Z, AA and so on.
func letters(i int) string {
	out := ""
	for i++; i > 0; i = (i - 1) / 26 {
		out = string(rune('A'+(i-1)%26)) + out
	}
	return out
}
