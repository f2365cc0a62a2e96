package sheet

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"

	"keydesk/catalog"
)

// Template is a CSV file to fill in: a header with all that the catalog's vendors need, and examples
// without values, which are not stored if they are sent back as they are. Its first line tells Excel the
// separator, whatever the country.
func Template(c *catalog.Catalog) []byte {
	var b bytes.Buffer
	b.WriteString("sep=,\r\n")
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	header := templateHeader(c)
	_ = out.Write(header) // a bytes.Buffer takes everything
	for _, v := range exampleVendors(c) {
		values := map[string]string{"vendor": v.ID, "label": "contoso", "endpoint": example(v),
			"interval": strconv.Itoa(v.IntervalDays), "note": "Example: fill in or delete this row"}
		row := make([]string, len(header))
		for i, name := range header {
			row[i] = values[name]
		}
		_ = out.Write(row)
	}
	out.Flush()
	return b.Bytes()
}

// templateHeader has a column for each part, but one for all values of vendors with a single secret part.
func templateHeader(c *catalog.Catalog) []string {
	var parts []string
	for _, v := range c.Vendors() {
		for _, p := range v.Parts {
			if p.Secret && len(v.SecretParts()) == 1 || slices.Contains(parts, p.Name) {
				continue
			}
			parts = append(parts, p.Name)
		}
	}
	return slices.Concat([]string{"vendor", "label", "value"}, parts,
		[]string{"endpoint", "expires", "interval", "note"})
}

// exampleVendors is the first vendors with one part, with several, and with several secret ones.
func exampleVendors(c *catalog.Catalog) []*catalog.Vendor {
	var out []*catalog.Vendor
	for _, fits := range []func(v *catalog.Vendor) bool{
		func(v *catalog.Vendor) bool { return len(v.Parts) == 1 && len(v.Placeholders) > 0 },
		func(v *catalog.Vendor) bool { return len(v.Parts) > 1 && len(v.SecretParts()) == 1 },
		func(v *catalog.Vendor) bool { return len(v.SecretParts()) > 1 },
	} {
		if i := slices.IndexFunc(c.Vendors(), fits); i >= 0 {
			out = append(out, c.Vendors()[i])
		}
	}
	return out
}
