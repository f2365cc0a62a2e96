package sheet

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"keydesk/catalog"
	"keydesk/vault"
)

// fields reads what depends on the vendor: the parts and the endpoint.
func (x *rowReader) fields() {
	x.row.Parts = vault.Parts{}
	for i, t := range x.targetsOf(x.row.Vendor) {
		switch t.role {
		case partOf:
			x.put(t.name, i)
		case valueOf:
			x.value(i)
		case foreign:
			if x.cell(i) != "" {
				x.wrong("%s has no %q: leave that cell empty.", x.row.Vendor.Name, x.cols[i].name)
			}
		}
	}
	x.missing()
	x.size()
	x.endpoint()
	x.swapped()
}

// addressLike is a web address, or a host's name by itself.
var addressLike = regexp.MustCompile(`^(?i:https?://\S+|([a-z0-9-]+\.)+[a-z]{2,12}(:[0-9]+)?/?)$`)

// swapped catches a value and an address in each other's columns: the value would be kept as an address, for
// all to see.
func (x *rowReader) swapped() {
	if x.row.Endpoint == nil {
		return
	}
	for _, p := range x.row.Vendor.SecretParts() {
		if addressLike.MatchString(x.row.Parts[p.Name].Expose()) {
			x.wrong("%s is an address. Is the value in the column of the address?", p.Title)
		}
	}
}

// value puts a cell of the column for values into the only secret part.
func (x *rowReader) value(i int) {
	secrets := x.row.Vendor.SecretParts()
	switch {
	case x.cell(i) == "":
	case len(secrets) == 1:
		x.put(secrets[0].Name, i)
	default:
		x.wrong("%s has several secret parts: instead of %q, use %s.",
			x.row.Vendor.Name, x.cols[i].name, columnsCalled(secrets))
	}
}

// put takes a cell as a part.
func (x *rowReader) put(name string, i int) {
	if x.cell(i) == "" {
		return
	}
	s := vault.Entered(x.cells[i])
	if why := spoiled(s.Expose()); why != "" {
		x.wrong("The cell in %q %s.", x.cols[i].name, why)
	}
	if before, ok := x.row.Parts[name]; ok && !before.Equal(s) {
		p, _ := x.row.Vendor.Part(name)
		x.wrong("%s is given twice, and not alike.", p.Title)
		return
	}
	x.row.Parts[name] = s
}

// scientific is what a spreadsheet makes of a long number.
var scientific = regexp.MustCompile(`^-?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,}$`)

// spoiled says what a program did to a value that is lost by it; "" for a value that looks whole.
func spoiled(value string) string {
	switch {
	case strings.ContainsRune(value, utf8.RuneError):
		return "has a character that cannot be read: save the sheet as CSV UTF-8"
	case scientific.MatchString(value):
		return "was turned into a number by the spreadsheet: format the column as text and enter it again"
	case strings.Trim(value, "#") == "", strings.HasPrefix(value, "#") && isFormulaError(value):
		return "was taken for a formula by the spreadsheet: format the column as text and enter it again"
	case strings.Trim(value, "*•●…") == "":
		return "is masked: enter the value itself"
	}
	return ""
}

func isFormulaError(value string) bool {
	switch value {
	case "#NAME?", "#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!":
		return true
	}
	return false
}

// missing says which parts are empty, and which columns they would be in.
func (x *rowReader) missing() {
	var empty, absent []catalog.Part
	for _, p := range x.row.Vendor.Parts {
		if _, ok := x.row.Parts[p.Name]; ok {
			continue
		}
		if x.hasColumn(p) {
			empty = append(empty, p)
		} else {
			absent = append(absent, p)
		}
	}
	if len(empty) > 0 {
		x.wrong("Empty, and needed for %s: %s.", x.row.Vendor.Name, titles(empty))
	}
	if len(absent) > 0 {
		x.wrong("%s also needs %s: add %s.", x.row.Vendor.Name, titles(absent), columnsCalled(absent))
	}
}

// hasColumn says whether there is a column in which a part could have been given.
func (x *rowReader) hasColumn(p catalog.Part) bool {
	for _, t := range x.targetsOf(x.row.Vendor) {
		if t.role == partOf && t.name == p.Name {
			return true
		}
		if t.role == valueOf && p.Secret && len(x.row.Vendor.SecretParts()) == 1 {
			return true
		}
	}
	return false
}

// size holds the parts to what the vault takes: the bare value of a key with one part, else a JSON object.
func (x *rowReader) size() {
	plain, n := map[string]string{}, 0
	for name, s := range x.row.Parts {
		plain[name] = s.Expose()
		n = len(plain[name])
	}
	if len(x.row.Vendor.Parts) > 1 {
		var count counter
		enc := json.NewEncoder(&count)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(plain) // strings always encode
		n = int(count) - len("\n")
	}
	if n > vault.MaxValue {
		x.wrong("The value is larger than 16 KB.")
	}
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// columnsCalled names the columns for some parts.
func columnsCalled(parts []catalog.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Name)
	}
	if len(out) == 1 {
		return "the column " + out[0]
	}
	return "the columns " + strings.Join(out, ", ")
}

func titles(parts []catalog.Part) string {
	var out []string
	for _, p := range parts {
		out = append(out, p.Title)
	}
	return strings.Join(out, ", ")
}
