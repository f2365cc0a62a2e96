package sheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"keydesk/bot/desk/sheet"
	"keydesk/catalog"
)

// TestTemplate sends the template back as it is, which stores nothing, and filled in for every vendor.
func TestTemplate(t *testing.T) {
	c := load(t)
	blank := sheet.Template(c)
	s, err := sheet.Read(blank, c, today)
	if err != nil || len(s.Rows) != 3 {
		t.Fatalf("%v, %d rows, want 3 examples", err, len(s.Rows))
	}
	for _, r := range s.Rows {
		if !strings.HasPrefix(r.Mistake, "Empty, and needed") || r.Parts != nil || r.Endpoint == nil {
			t.Errorf("line %d: %q, %v", r.Line, r.Mistake, r.Endpoint)
		}
	}
	for _, col := range s.Columns {
		if col.Means == "" {
			t.Errorf("the column %s of the template means nothing", col.Name)
		}
	}
	s, err = sheet.Read(filled(t, c, blank), c, today)
	noValue(t, s, err)
	if err != nil || len(s.Rows) != len(c.Vendors()) || len(s.Rows) < 32 {
		t.Fatalf("%v, %d rows", err, len(s.Rows))
	}
	for i, v := range c.Vendors() {
		r := s.Rows[i]
		if r.Mistake != "" || r.Vendor != v || r.Key.String() != v.ID+"/fabrikam" || r.IntervalDays != 30 {
			t.Errorf("%s: %+v", v.ID, r)
		}
		for _, p := range v.Parts {
			if r.Parts[p.Name].Expose() != "FAKE-"+v.ID+"-"+p.Name {
				t.Errorf("%s: %s is not what was filled in", v.ID, p.Name)
			}
		}
		if _, missing := v.Resolve(r.Endpoint); len(missing) > 0 {
			t.Errorf("%s: %v is missing", v.ID, missing)
		}
	}
}

// filled is the template with a row for every vendor instead of its examples.
func filled(t *testing.T, c *catalog.Catalog, template []byte) []byte {
	t.Helper()
	first, rest, _ := bytes.Cut(template, []byte("\r\n"))
	rows, err := csv.NewReader(bytes.NewReader(rest)).ReadAll()
	if err != nil || string(first) != "sep=," {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	_ = out.Write(rows[0])
	for _, v := range c.Vendors() {
		examples := map[string]string{}
		for _, p := range v.Placeholders {
			examples[p.Name] = p.Example
		}
		endpoint, _ := v.Resolve(examples)
		cells := map[string]string{"vendor": v.ID, "label": "Fabrikam", "endpoint": endpoint, "interval": "30"}
		for _, p := range v.Parts {
			name := p.Name
			if p.Secret && len(v.SecretParts()) == 1 {
				name = "value"
			}
			cells[name] = "FAKE-" + v.ID + "-" + p.Name
		}
		var row []string
		for _, name := range rows[0] {
			row = append(row, cells[name])
		}
		_ = out.Write(row)
	}
	out.Flush()
	return b.Bytes()
}
