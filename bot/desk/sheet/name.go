package sheet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"keydesk/catalog"
)

// vendorCell is what a cell of the vendor's column found.
type vendorCell struct {
	vendor *catalog.Vendor
	wrong  string
}

// name reads vendor and label, from columns of their own or from one that holds both.
func (x *rowReader) name() {
	word, label := cutName(x.cell(at(x.cols, isKeyName)))
	if vendor := x.cell(at(x.cols, isVendor)); word == "" {
		word = vendor
	} else if vendor != "" && x.vendor(vendor).vendor != x.vendor(word).vendor {
		x.wrong("The row names two vendors.")
		return
	}
	if word == "" {
		x.wrong("The vendor is empty.")
		return
	}
	found := x.vendor(word)
	if x.row.Vendor = found.vendor; found.vendor == nil {
		x.wrong("%s", found.wrong)
		return
	}
	x.key(label, x.labelCell())
}

// cutName cuts "vendor/label", or the name of a secret, "vendor--label".
func cutName(s string) (vendor, label string) {
	if !strings.Contains(s, "/") {
		s = strings.Replace(s, "--", "/", 1)
	}
	vendor, label, _ = strings.Cut(s, "/")
	return strings.TrimSpace(vendor), strings.TrimSpace(label)
}

// labelCell is what the label's column says, unless that column is something else for this vendor.
func (x *rowReader) labelCell() string {
	i := at(x.cols, isLabel)
	if i < 0 {
		return ""
	}
	switch t := x.targetsOf(x.row.Vendor)[i]; t.role {
	case partOf:
		return ""
	case maybeOf:
		if !x.placed(t.name) {
			return ""
		}
	}
	return x.cell(i)
}

// key makes the key's name of the vendor and of the labels that two columns gave.
func (x *rowReader) key(inName, inColumn string) {
	given := inName
	if given == "" {
		given = inColumn
	}
	label := Slug(given)
	switch {
	case given != "" && label == "":
		x.wrong("The label has no letter a-z and no digit.")
		return
	case inName != "" && inColumn != "" && Slug(inColumn) != label:
		x.wrong("The row gives two labels.")
		return
	}
	whole := x.row.Vendor.ID
	if label != "" {
		whole += "/" + label
	}
	name, err := catalog.ParseKeyName(whole)
	if err != nil {
		x.wrong("The label is too long: it has 40 letters, digits and dashes at most.")
		return
	}
	x.row.Key = name
	if line, twice := x.first[name]; twice {
		x.wrong("Line %d has the same key. Delete one of the two rows, or give it another label.", line)
		return
	}
	x.first[name] = x.row.Line
}

// plainLetters is what decomposition leaves as it is.
var plainLetters = strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "ł", "l", "đ", "d")

// Slug folds a label or a name to the rules of key names: "Café Müller & Co." is "cafe-muller-co".
func Slug(s string) string {
	if len(s) > 400 {
		s = s[:400] // far over what a label may have, and it is refused
	}
	s = plainLetters.Replace(strings.ToLower(norm.NFKD.String(s)))
	words := strings.FieldsFunc(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// vendor looks a word up, once for each way it is written.
func (r *reader) vendor(word string) vendorCell {
	if v, ok := r.found[word]; ok {
		return v
	}
	m := r.catalog.Lookup(word)
	var out vendorCell
	switch {
	case m.Vendor != nil && !m.Guess:
		out.vendor = m.Vendor
	case m.Vendor != nil:
		out.wrong = "The vendor is not known. Did you mean " + m.Vendor.Name + "? Write " + m.Vendor.ID + "."
	case len(m.Candidates) > 0:
		out.wrong = "The vendor could be one of several. Write " + either(ids(m.Candidates)) + "."
	default:
		out.wrong = "The vendor is not known." + r.near(word)
	}
	r.found[word] = out
	return out
}

func (r *reader) near(word string) string {
	if like := catalog.Nearest(word, ids(r.catalog.Vendors()), 3); len(like) > 0 {
		return " Did you mean " + either(like) + "?"
	}
	return ` The command "vendors" lists those there are.`
}

func ids(vendors []*catalog.Vendor) []string {
	var out []string
	for _, v := range vendors {
		out = append(out, v.ID)
	}
	return out
}

// either joins words with commas, and "or" before the last.
func either(words []string) string {
	last := len(words) - 1
	if last <= 0 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
